"""Parameters that flows share, as the Run dialog of the Prefect UI shows them; docstrings describe them."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from invoices.parts import PATTERN, Part


def _is_a_part(text: str | None) -> str | None:
    return text and str(Part.parse(text))


# Prefect overwrites a field's own title with the parameter's name, but not what comes in by this way.
InvoiceIds = Annotated[
    list[UUID] | None,
    Field(
        examples=[["0f8fad5b-d9cb-469f-a165-70867728950e"]],
        json_schema_extra={"title": "Only these invoices"},
    ),
]
Force = Annotated[bool, Field(json_schema_extra={"title": "Again what is invalid or failed"})]
DryRun = Annotated[bool, Field(json_schema_extra={"title": "Dry run"})]
PartOfCompanies = Annotated[
    str | None,
    AfterValidator(_is_a_part),
    Field(json_schema_extra={"title": "Part of the companies", "pattern": PATTERN, "examples": ["2/4"]}),
]
RequestedBy = Annotated[
    str | None,
    Field(max_length=300, examples=["An Peeters"], json_schema_extra={"title": "Your name"}),
]
RequestsOnly = Annotated[bool, Field(json_schema_extra={"title": "Open requests only (for programs)"})]
CorrelationId = Annotated[
    str | None,
    Field(max_length=128, json_schema_extra={"title": "Correlation id (for programs)"}),
]
Days = Annotated[int | None, Field(ge=1, le=366, examples=[7, 31], json_schema_extra={"title": "Days back"})]
