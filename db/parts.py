"""Parts in SQL: whether an invoice's company is in a part."""

from invoices.parts import Part


def in_part(company_number: str) -> str:
    """SQL that says whether the company number of a column is in the part that `values` names."""
    # The whole is the usual case, for which nothing needs to be computed.
    return f"(CAST(:parts AS int) = 1 OR company_part({company_number}, :parts) = :part)"


def values(part: Part) -> dict[str, int]:
    """What `in_part` refers to."""
    return {"part": part.number, "parts": part.of}
