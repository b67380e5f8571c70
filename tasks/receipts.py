"""Receipts: what reading one back shows of the invoice that it was given for."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from clients.clearfacts_facts import DeliveredDocument
from clients.naming import Ref, parse_ref
from db.reconciliations import Sent
from invoices.findings import Finding, PolicyClass, Severity
from invoices.legible import legible

# Whether an unknown id is answered with nothing or with an error is not published.
_NO_SUCH_DOCUMENT = re.compile(r"\b(not (be )?found|no such|does not exist)\b", re.IGNORECASE)
_LOOK = "Look it up in Clearfacts"


class Seen(StrEnum):
    """What reading a receipt back came to."""

    CONFIRMED = "confirmed"
    DIFFERENT = "different"
    NOT_CHECKED = "not_checked"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one receipt, with a finding where there is something to say."""

    seen: Seen
    finding: dict[str, Any] | None = None


def compared(sent: Sent, document: DeliveredDocument | None) -> Receipt:
    """What Clearfacts shows under the invoice's receipt, against what was forwarded."""
    if document is None:
        return missing(sent)
    expected = Ref.of(sent.invoice_id, sent.document_sha256)
    found = parse_ref(document.comment or "")
    if found == expected:
        return Receipt(Seen.CONFIRMED)
    return _no_ref(sent, expected, document.comment) if found is None else _other(sent, expected, found)


def refused(sent: Sent, why: str) -> Receipt:
    """Clearfacts answered about this document that it will not show it."""
    return missing(sent) if _NO_SUCH_DOCUMENT.search(why) else not_read(sent, why)


def missing(sent: Sent) -> Receipt:
    """Clearfacts has no such document for this account."""
    message = (
        f"{_name(sent)}: Clearfacts shows this account no document {sent.receipt}, which was its receipt."
    )
    fix = f"{_LOOK}. If it is not there, ask the accountant before anything is forwarded again."
    return _receipt(Seen.DIFFERENT, sent, "WB-RECEIPT-MISSING", message, fix, expected=sent.receipt)


def not_read(sent: Sent, why: str) -> Receipt:
    """The question failed, which says nothing of the document."""
    message = f"{_name(sent)}: its receipt could not be read back. {legible(why, 300)}"
    fix = "Reconcile again later; if it stays, look the invoice up in Clearfacts."
    return _receipt(Seen.NOT_CHECKED, sent, "WB-RECEIPT-NOT-READ", message, fix)


def unverified(sent: Sent) -> Receipt:
    """There is no receipt to read: a person saw it in the portal."""
    message = f"{_name(sent)}: a person saw it in Clearfacts; there is no receipt that could be read back."
    fix = "Nothing, if that person was sure."
    return _receipt(Seen.UNVERIFIED, sent, "WB-RECEIPT-UNVERIFIED", message, fix)


def _other(sent: Sent, expected: Ref, found: Ref) -> Receipt:
    message = f"{_name(sent)}: its receipt leads to a document with {found}, not {expected}."
    fix = f"{_LOOK}: is the invoice there too? If not, tell the accountant which document took its place."
    return _receipt(
        Seen.DIFFERENT, sent, "WB-RECEIPT-OTHER", message, fix, found=str(found), expected=str(expected)
    )


def _no_ref(sent: Sent, expected: Ref, comment: str | None) -> Receipt:
    said = legible(comment) if comment else None
    shown = f"the comment “{said}”" if said else "no comment"
    message = f"{_name(sent)}: the document under its receipt has {shown}, without {expected}."
    fix = f"{_LOOK}: somebody may have changed the comment. Check that it is the same invoice."
    return _receipt(
        Seen.DIFFERENT, sent, "WB-RECEIPT-NO-REF", message, fix, found=said, expected=str(expected)
    )


def _name(sent: Sent) -> str:
    return legible(sent.number or str(sent.invoice_id), 60)


def _receipt(
    seen: Seen,
    sent: Sent,
    code: str,
    message: str,
    fix: str,
    *,
    found: str | None = None,
    expected: str | None = None,
) -> Receipt:
    severity = Severity.FATAL if seen is Seen.DIFFERENT else Severity.WARNING
    finding = Finding(code, severity, PolicyClass.WARNING, message, found=found, expected=expected, fix=fix)
    return Receipt(
        seen,
        as_found(
            finding,
            invoice_id=str(sent.invoice_id),
            number=sent.number,
            company_number=sent.company_number,
            receipt=sent.receipt,
        ),
    )


def as_found(
    finding: Finding,
    *,
    company_number: str,
    invoice_id: str | None = None,
    number: str | None = None,
    receipt: str | None = None,
    month: str | None = None,
) -> dict[str, Any]:
    """A finding on a reconciliation report, in the shape that programs read."""
    told = finding.as_json()
    shown = ("code", "severity", "message", "found", "expected", "fix")
    return {
        **{name: told[name] for name in shown},
        "invoice_id": invoice_id,
        "number": number,
        "company_number": company_number,
        "receipt": receipt,
        "month": month,
    }
