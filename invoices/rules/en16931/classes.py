"""Policy classes: what kind of thing each EN 16931 rule watches over."""

from collections.abc import Iterator, Mapping

from invoices.findings import PolicyClass, Severity

_CATEGORIES = ("AE", "AF", "AG", "E", "G", "IC", "O", "S", "Z")

_MONEY = {
    # Amounts, quantities, prices, VAT categories and rates, and the currency without which none means anything.
    "BR": "05 12-16 22 24 26-28 31-32 36-37 41 43 45-48 53",
    # What the document is, which decides its sign; currencies; VAT categories.
    "BR-CL": "01 03-04 17-18",
    # A VAT category on every line; totals; the VAT breakdown.
    "BR-CO": "04 10-18",
    "BR-DEC": "01-02 05-06 09-20 23-25 27-28",
    # Breakdown presence, rates, taxable amounts and VAT amounts of each category.
    **{f"BR-{category}": "01 05-09" for category in _CATEGORIES},
    # Categories that must not meet on one invoice.
    "BR-B": "01-02",
    "BR-O": "01 05-09 11-14",
    "UBL-DT": "01",
    # Without exactly one VAT category a line's VAT is anybody's guess.
    "UBL-SR": "48",
}
_FORM = {
    # Identifiers, dates, names, addresses, reasons, references, payment details.
    "BR": "01-04 06-11 17-21 23 25 29-30 33 38 42 44 49-50 52 54-57 61-65",
    "BR-CO": "03 05-09 19-26",
    "BR-CL": "05-08 10-11 13-16 19-26",
    # Whose VAT number is named, and why no VAT is due; the amounts are right whatever these say.
    **{f"BR-{category}": "02-04 10" for category in _CATEGORIES},
    "BR-IC": "02-04 10-12",
    "UBL-CR": "666 673",
    "UBL-DT": "06-07",
    "UBL-SR": "01-37 39-40 42-47 49-56",
}


def policy_class(code: str, severity: Severity) -> PolicyClass:
    """The class of an EN 16931 rule by its id; a rule that is not fatal only warns."""
    if severity is not Severity.FATAL:
        return PolicyClass.WARNING
    return CLASSES.get(code, PolicyClass.FORM)


def _codes(families: Mapping[str, str]) -> Iterator[str]:
    for family, numbers in families.items():
        for span in numbers.split():
            first, _, last = span.partition("-")
            yield from (f"{family}-{number:02}" for number in range(int(first), int(last or first) + 1))


CLASSES: Mapping[str, PolicyClass] = {
    **dict.fromkeys(_codes(_FORM), PolicyClass.FORM),
    **dict.fromkeys(_codes(_MONEY), PolicyClass.MONEY),
}
"""The class of each rule that is fatal."""
