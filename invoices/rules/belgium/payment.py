"""What a payment from Belgium relies on: structured communication, account number and due date.

Sources: Febelfin's structured communication (OGM, VCS): twelve digits, the last two the remainder of the
first ten by 97, or 97 for 0; ISO 13616 for IBAN, whose Belgian form ends in the same kind of check digits.
"""

import re
from decimal import Decimal

from invoices.findings import PolicyClass, Severity
from invoices.rules.choosing import Profile, is_belgian, profile_of, value_begins
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, attribute, value_of

BELGIAN_RATES = frozenset(map(Decimal, (6, 12, 21)))
"""Belgian VAT rates above zero, in percent."""

TABLE = Table(is_belgian)

_MARKS = ("+++", "***")
_COMMUNICATION = re.compile(r"(?P<mark>\+{3}|\*{3}|) ?([0-9]{3}) ?/ ?([0-9]{4}) ?/ ?([0-9]{5}) ?(?P=mark)")
_TWELVE_DIGITS = re.compile(r"[0-9]{12}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")
_BELGIAN_IBAN = re.compile(r"BE[0-9]{14}")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@TABLE.rule("WB-BE-OGM", Severity.WARNING, PolicyClass.WARNING, "/cac:PaymentMeans/cbc:PaymentID")
def communication_is_right(reference: Leaf, subject: Subject) -> Broken | None:
    """A payment reference (BT-83) that is meant to be a structured communication has the right check digits.

    It is meant to be one if it is written like one, or if a Belgian seller gives twelve digits.
    """
    text = value_of(reference)
    written = _COMMUNICATION.fullmatch(text)
    if written:
        digits = "".join(written.groups()[1:])
    elif text.startswith(_MARKS):
        return Broken(reference, text)
    elif _TWELVE_DIGITS.fullmatch(text) and subject.seller_country == "BE":
        digits = text
    else:
        return None
    expected = structured_communication(digits[:10])
    return None if expected[3:-3].replace("/", "") == digits else Broken(reference, text, expected)


def structured_communication(reference: str) -> str:
    """Ten digits as `+++123/4567/89002+++`, with their check digits."""
    digits = f"{reference}{int(reference) % 97 or 97:02}"
    return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"


@TABLE.rule(
    "WB-BE-IBAN",
    Severity.WARNING,
    PolicyClass.WARNING,
    "/cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID",
)
def account_is_right(account: Leaf, _subject: Subject) -> Broken | None:
    """An account (BT-84) that looks like an IBAN has its check digits, a Belgian one those at its end too."""
    number = "".join(value_of(account).split()).upper()
    if not _IBAN.fullmatch(number) or _is_iban(number):
        return None
    return Broken(account, value_of(account))


@TABLE.rule(
    "WB-BE-DUE", Severity.WARNING, PolicyClass.WARNING, "/cbc:DueDate", "/cac:PaymentMeans/cbc:PaymentDueDate"
)
def is_due_after_issue(due: Leaf, subject: Subject) -> Broken | None:
    """The due date (BT-9) is not before the date of issue (BT-2)."""
    due_on, issued_on = value_of(due)[:10], subject.root.value("cbc:IssueDate")[:10]
    if not (_ISO_DATE.fullmatch(due_on) and _ISO_DATE.fullmatch(issued_on)) or due_on >= issued_on:
        return None
    return Broken(due, due_on, issued_on)


@TABLE.rule("WB-BE-EUR", Severity.WARNING, PolicyClass.WARNING, "/")
def belgian_vat_is_in_euro(root: Node, subject: Subject) -> Broken | None:
    """Belgian VAT that a seller with a Belgian VAT number charges in another currency is in euro too (BT-111).

    Source: Directive 2006/112/EC, article 230. Where BT-6 is EUR, BR-53 of EN 16931 says that it is missing.
    """
    if subject.currency in {"", "EUR"} or not _sells_with_belgian_vat(root):
        return None
    if any(attribute(vat, "currencyID") == "EUR" for vat in root.leaves("cac:TaxTotal/cbc:TaxAmount")):
        return None
    said = root.value("cbc:TaxCurrencyCode") == "EUR" and profile_of(subject) is not Profile.E_FFF
    return None if said else Broken(root.leaves("cbc:DocumentCurrencyCode")[0], subject.currency, "EUR")


def _sells_with_belgian_vat(root: Node) -> bool:
    seller, representative = "cac:AccountingSupplierParty/cac:Party", "cac:TaxRepresentativeParty"
    number = "cac:PartyTaxScheme/cbc:CompanyID"
    if not any(value_begins(root, f"{party}/{number}", "BE") for party in (seller, representative)):
        return False
    return any(
        Decimal(subtotal.value("cac:TaxCategory/cbc:Percent") or 0) in BELGIAN_RATES
        and Decimal(subtotal.value("cbc:TaxAmount") or 0)
        for subtotal in root.nodes("cac:TaxTotal/cac:TaxSubtotal")
    )


def _is_iban(number: str) -> bool:
    rest = "".join(str(int(character, 36)) for character in number[4:] + number[:4])
    if int(rest) % 97 != 1:
        return False
    if not number.startswith("BE"):
        return True
    return bool(_BELGIAN_IBAN.fullmatch(number)) and int(number[14:]) == (int(number[4:14]) % 97 or 97)
