"""The root fields of Clearfacts' schema that the contract names, and what each does."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sandbox.clearfacts.multipart import Part
from sandbox.clearfacts.parser import Selection
from sandbox.clearfacts.portal import Portal
from sandbox.errors import GraphQLError
from sandbox.journal import Call, Entry

SCOPES = frozenset({"upload_document", "read_administrations", "statistics"})
CONTENT_TYPES = frozenset({"application/pdf", "image/jpeg", "application/xml"})
INVOICE_TYPES = frozenset({"PURCHASE", "SALE", "VARIOUS"})
STATISTICS_TYPES = frozenset({"AIR", "processing"})
FIRST_BY_DEFAULT = 50
LONGEST_PERIOD_YEARS = 10

_COMPANY_NUMBER = re.compile(r"[0-9]{10}")


@dataclass(slots=True)
class Invocation:
    """One call of a root field: its arguments, the file of an upload, and its journal entry."""

    portal: Portal
    arguments: Mapping[str, Any]
    file: Part | None
    entry: Entry


@dataclass(frozen=True, slots=True)
class RootField:
    """How a root field is called: operation, scope needed, arguments with types, fields, what answers it."""

    operation: str
    call: Call
    scope: str
    arguments: Mapping[str, str]
    fields: Selection
    resolve: Callable[[Invocation], Any]


def upload_file(invocation: Invocation) -> dict[str, Any]:
    """Take the file; nothing makes the same upload twice one document."""
    given, file, entry = invocation.arguments, invocation.file, invocation.entry
    if given["invoicetype"] not in INVOICE_TYPES:
        raise GraphQLError(f'Value "{given["invoicetype"]}" does not exist in "InvoiceTypeArgument" enum.')
    number = given["companyNumber"]
    if number is None or not _COMPANY_NUMBER.fullmatch(number):
        raise GraphQLError("companyNumber must be ten digits")
    if number not in invocation.portal.administrations:
        raise GraphQLError("Unknown administration")
    if not given["filename"]:
        raise GraphQLError("filename must not be empty")
    if file is None or not file.content:
        raise GraphQLError("The file is empty")
    if file.content_type not in CONTENT_TYPES:
        raise GraphQLError(f"Content type {file.content_type} is not supported")
    document = invocation.portal.take(number, given["invoicetype"], given["filename"], given["comment"])
    entry.uuid = document.uuid
    return {"uuid": document.uuid, "name": document.name, "amountOfPages": 1}


def document_by_id(invocation: Invocation) -> dict[str, Any]:
    """A document that was uploaded here."""
    found = invocation.portal.document(invocation.arguments["id"])
    if found is None:
        raise GraphQLError("Document not found")
    return found.as_graphql()


def administrations(invocation: Invocation) -> list[dict[str, Any]]:
    """A page of the administrations listed."""
    offset = invocation.arguments["offset"] or 0
    given = invocation.arguments["first"]
    first = FIRST_BY_DEFAULT if given is None else given
    if offset < 0 or first < 0:
        raise GraphQLError("offset and first must not be negative")
    listed = list(invocation.portal.administrations.values())
    return [each.as_graphql() for each in listed[offset : offset + first]]


def company_statistics(invocation: Invocation) -> list[dict[str, Any]]:
    """Documents taken per administration and month; the same for both types."""
    given = invocation.arguments
    if given["type"] not in STATISTICS_TYPES:
        raise GraphQLError(f"Unknown type of statistics: {given['type']}")
    start, end = _date(given["startPeriod"]), _date(given["endPeriod"])
    if start > end or end.year - start.year > LONGEST_PERIOD_YEARS:
        raise GraphQLError("The period is not valid")
    return invocation.portal.statistics(start, end)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise GraphQLError(f"Not a date: {text}") from None


def describe_upload(entry: Entry, given: Mapping[str, Any], file: Part, *, keep_body: bool) -> None:
    """Put what is uploaded into the journal entry."""
    entry.company_number = given["companyNumber"]
    entry.invoicetype = given["invoicetype"]
    entry.filename = given["filename"]
    entry.comment = given["comment"]
    entry.sha256 = hashlib.sha256(file.content).hexdigest()
    entry.body = bytes(file.content) if keep_body else None


ROOT_FIELDS = {
    "uploadFile": RootField(
        "mutation",
        Call.UPLOAD,
        "upload_document",
        {
            "companyNumber": "String",
            "filename": "String!",
            "invoicetype": "InvoiceTypeArgument",
            "comment": "String",
        },
        {"uuid": {}, "name": {}, "amountOfPages": {}},
        upload_file,
    ),
    "document": RootField(
        "query",
        Call.DOCUMENT,
        "upload_document",
        {"id": "ID!"},
        {"date": {}, "comment": {}, "type": {}, "paymentState": {}, "file": {"uuid": {}, "name": {}}},
        document_by_id,
    ),
    "administrations": RootField(
        "query",
        Call.ADMINISTRATIONS,
        "read_administrations",
        {"offset": "Int", "first": "Int"},
        {"name": {}, "companyNumber": {}, "accountManager": {}, "emails": {"type": {}, "emailAddress": {}}},
        administrations,
    ),
    "getCompanyStatistics": RootField(
        "query",
        Call.STATISTICS,
        "statistics",
        {"type": "String!", "startPeriod": "String!", "endPeriod": "String!"},
        {"companyNumber": {}, "items": {"period": {}, "value": {}}},
        company_statistics,
    ),
}
"""The contract does not give the types of getCompanyStatistics: it shows strings."""
