"""Issuer and kind: who gave an invoice its number, and which of the issuer's number series it is in."""

from invoices.company import PartyIdentifiers
from invoices.document import Kind
from invoices.invoice import Invoice
from invoices.party import Party
from invoices.spelling import normalise_number

SELF_BILLING_CODES = frozenset({"389", "261"})
"""UNTDID 1001: invoice and credit note that the buyer issues."""
CREDIT_NOTE_CODES = frozenset(
    {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"}
)
"""UNTDID 1001: those that EN 16931 (BR-CL-01) takes for credit notes."""


def is_self_billed(invoice: Invoice) -> bool:
    """Whether the buyer issued it, in a number series of the buyer's for this seller."""
    return invoice.type_code in SELF_BILLING_CODES


def business_kind(invoice: Invoice) -> Kind:
    """A credit note by its root or its code.

    No invoice is sent under a credit note's root, and an Invoice with type code 381 is what bookkeepers
    book as a credit note: whichever of the two says so is right.
    """
    return Kind.CREDIT_NOTE if invoice.type_code in CREDIT_NOTE_CODES else invoice.kind


def issuer_key(invoice: Invoice) -> str | None:
    """Who issued it; for self-billing the buyer and the seller together. None where nothing says so.

    Of a party the first there is of enterprise number, VAT number, endpoint and name.
    """
    parties = (invoice.buyer, invoice.seller) if is_self_billed(invoice) else (invoice.seller,)
    keys = [key for key in map(_party_key, parties) if key]
    return " for ".join(keys) or None


def _party_key(party: Party) -> str | None:
    number = party.enterprise_number
    if number:
        return f"enterprise {number}"
    for kind, value in (("VAT", _vat_number(party)), ("endpoint", _endpoint(party)), ("name", party.name)):
        if value and (normal := normalise_number(value)):
            return f"{kind} {normal}"
    return None


def _vat_number(party: PartyIdentifiers) -> str:
    return "".join(char for char in next(iter(party.vat_numbers), "") if char.isalnum())


def _endpoint(party: PartyIdentifiers) -> str | None:
    return None if party.endpoint is None else f"{party.endpoint.scheme or ''}:{party.endpoint.value}"
