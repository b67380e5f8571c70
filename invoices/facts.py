"""Facts: what the ledger keeps of a document, so that it need not be read again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from invoices.company import Identifier
from invoices.differences import fingerprint
from invoices.document import Document, Kind
from invoices.invoice import read_invoice
from invoices.issuer import business_kind, is_self_billed, issuer_key
from invoices.party import Party
from invoices.spelling import normalise_number
from invoices.values import Amount


@dataclass(frozen=True, slots=True)
class Facts:
    """What a document says, as far as it says it.

    Attributes:
        kind: Invoice or credit note, by root and type code.
        self_billed: The buyer issued it.
        number: BT-1, fit to be shown.
        normalised_number: BT-1, fit to be compared.
        issue_date: BT-2.
        due_date: BT-9.
        type_code: BT-3.
        currency: BT-5.
        payable_amount: BT-115.
        tax_amount: BT-110.
        seller: BG-4.
        buyer: BG-7.
        issuer_key: Who issued it, fit to be compared.
        fingerprint: Of its accounting content.
        customization_id: BT-24.
        profile_id: BT-23.
    """

    kind: Kind
    self_billed: bool
    number: str | None
    normalised_number: str | None
    issue_date: date | None
    due_date: date | None
    type_code: str | None
    currency: str | None
    payable_amount: Decimal | None
    tax_amount: Decimal | None
    seller: Party
    buyer: Party
    issuer_key: str | None
    fingerprint: str
    customization_id: str | None
    profile_id: str | None

    @classmethod
    def of(cls, document: Document) -> Self:
        """The facts of a document, also of one that breaks the rules."""
        invoice = read_invoice(document)
        return cls(
            kind=business_kind(invoice),
            self_billed=is_self_billed(invoice),
            number=invoice.number,
            normalised_number=normalise_number(invoice.number or "") or None,
            issue_date=invoice.issue_date,
            due_date=invoice.due_date,
            type_code=invoice.type_code,
            currency=invoice.currency,
            payable_amount=_value(invoice.totals.payable),
            tax_amount=_value(invoice.totals.tax),
            seller=invoice.seller,
            buyer=invoice.buyer,
            issuer_key=issuer_key(invoice),
            fingerprint=fingerprint(document),
            customization_id=invoice.customization_id,
            profile_id=invoice.profile_id,
        )

    def as_json(self) -> dict[str, Any]:
        """The facts as a JSON object: amounts as text, dates in ISO 8601, parties as objects.

        A party also carries its `enterprise_number`, for queries.
        """
        return {
            **asdict(self),
            "issue_date": self.issue_date and self.issue_date.isoformat(),
            "due_date": self.due_date and self.due_date.isoformat(),
            "payable_amount": _plain(self.payable_amount),
            "tax_amount": _plain(self.tax_amount),
            "seller": {**asdict(self.seller), "enterprise_number": self.seller.enterprise_number},
            "buyer": {**asdict(self.buyer), "enterprise_number": self.buyer.enterprise_number},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The facts that `as_json` wrote."""
        return cls(
            **{
                **data,
                "kind": Kind(data["kind"]),
                "issue_date": _date(data["issue_date"]),
                "due_date": _date(data["due_date"]),
                "payable_amount": _decimal(data["payable_amount"]),
                "tax_amount": _decimal(data["tax_amount"]),
                "seller": _party(data["seller"]),
                "buyer": _party(data["buyer"]),
            }
        )


def _value(amount: Amount | None) -> Decimal | None:
    return None if amount is None else amount.value


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _party(data: Mapping[str, Any]) -> Party:
    endpoint = data["endpoint"]
    return Party(
        name=data["name"],
        country=data["country"],
        legal_ids=tuple(Identifier(**each) for each in data["legal_ids"]),
        endpoint=None if endpoint is None else Identifier(**endpoint),
        identifications=tuple(Identifier(**each) for each in data["identifications"]),
        vat_numbers=tuple(data["vat_numbers"]),
    )
