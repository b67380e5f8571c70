"""Which way round an invoice is entered: what contradicts itself would be entered the wrong way round."""

from decimal import Decimal

from invoices.findings import PolicyClass, Severity
from invoices.rules.choosing import Profile, is_belgian, profile_of
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, attribute, value_of

CREDIT_TYPES_OF_INVOICES = frozenset({"81"})
"""UNTDID 1001: credit notes that EN 16931 takes in an Invoice; BR-CL-01 refuses all others, 381 too."""

_TOTALS = ("cbc:TaxInclusiveAmount", "cbc:PayableAmount")
_REFUSED_OTHERWISE = frozenset({Profile.PEPPOL_BILLING, Profile.PEPPOL_SELF_BILLING, Profile.E_FFF})


def _is_left_to_us(subject: Subject) -> bool:
    return is_belgian(subject) and profile_of(subject) not in _REFUSED_OTHERWISE


TABLE = Table(is_belgian)
WITHOUT_PEPPOL = Table(_is_left_to_us)


@TABLE.rule("WB-BE-SIGN", Severity.FATAL, PolicyClass.MONEY, "/cac:LegalMonetaryTotal")
def credit_note_is_positive(total: Node, subject: Subject) -> Broken | None:
    """The totals of a CreditNote (BT-112, BT-115) are not negative: credited is what they say.

    Neither EN 16931 nor Peppol has a rule on the sign.
    """
    if not subject.is_credit_note:
        return None
    for name in _TOTALS:
        for amount in total.leaves(name):
            if Decimal(value_of(amount)) < 0:
                found = f"{value_of(amount)} {attribute(amount, 'currencyID') or ''}".rstrip()
                return Broken(amount, found, found.removeprefix("-"))
    return None


@WITHOUT_PEPPOL.rule("WB-BE-TYPE", Severity.FATAL, PolicyClass.MONEY, "/cbc:InvoiceTypeCode")
def invoice_is_no_credit_note(code: Leaf, _subject: Subject) -> Broken | None:
    """The type code (BT-3) of an Invoice is not one of a credit note, as far as others do not say so.

    BR-CL-01 of EN 16931 refuses all codes of credit notes in an Invoice but 81; Peppol refuses 81 as well
    (PEPPOL-EN16931-P0100, or R007 if the profile is unknown). In e-FFF, which knows no CreditNote at first, a
    credit note may be an Invoice of type 381.
    """
    return Broken(code, value_of(code), "381") if value_of(code) in CREDIT_TYPES_OF_INVOICES else None
