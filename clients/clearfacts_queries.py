"""What is sent to Clearfacts: the texts of its queries, and the form of an upload."""

import json
from dataclasses import dataclass, field
from datetime import date

from clients.multipart import Form, Part, form
from invoices.source import Direction

_UPLOAD = """\
mutation upload(
  $companyNumber: String, $filename: String!, $invoicetype: InvoiceTypeArgument, $comment: String
) {
  uploadFile(
    companyNumber: $companyNumber, filename: $filename, invoicetype: $invoicetype, comment: $comment
  ) {
    uuid
    name
    amountOfPages
  }
}"""
DOCUMENT = """\
query document($id: ID!) { document(id: $id) { date comment \
... on InvoiceDocument { type paymentState file { uuid name } } } }"""
ADMINISTRATIONS = """\
query administrations($offset: Int, $first: Int) { \
administrations(offset: $offset, first: $first) { companyNumber } }"""
_STATISTICS = """\
query statistics {{ getCompanyStatistics(type: "processing", startPeriod: "{start}", endPeriod: "{end}") \
{{ companyNumber items {{ period value }} }} }}"""


@dataclass(frozen=True, slots=True)
class Upload:
    """One document for one company's books; `company_number` is ten digits."""

    document: bytes = field(repr=False)
    company_number: str
    direction: Direction
    filename: str
    comment: str


def upload_form(upload: Upload) -> Form:
    """The three parts that Clearfacts wants, in its order; never `tags`, which it answers with an error."""
    variables = {
        "companyNumber": upload.company_number,
        "filename": upload.filename,
        "invoicetype": upload.direction.value,
        "comment": upload.comment,
    }
    return form(
        (
            Part("query", _UPLOAD.encode()),
            Part("variables", json.dumps(variables).encode()),
            Part("file", upload.document, upload.filename, "application/xml"),
        )
    )


def statistics_query(start: date, end: date) -> str:
    """The query for the documents processed from `start` to `end`; its types of variables are unpublished."""
    return _STATISTICS.format(start=start.isoformat(), end=end.isoformat())
