"""Invoices in the shapes that callers ask for and get."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from api.paging import CursorParameter, Limit
from db.invoice_items import OUTWARD
from invoices.findings import Verdict
from invoices.lifecycle import NEEDS_PERSON, State
from invoices.source import Direction

Status = Literal[
    "pending",
    "sent",
    "failed",
    "duplicate",
    "held",
    "outcome_unknown",
    "superseded",
    "dismissed",
    "out_of_scope",
]
SortBy = Literal[
    "received",
    "-received",
    "updated",
    "-updated",
    "issued",
    "-issued",
    "amount",
    "-amount",
    "number",
    "-number",
]

Words = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
CompanyNumber = Annotated[str, StringConstraints(pattern=r"^[01][0-9]{9}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


def _money(text: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", text):
        raise ValueError("must be an amount such as 1250.00")
    return text


Money = Annotated[str, AfterValidator(_money), Field(examples=["1250.00"])]


def _written_as_a_date(value: object) -> object:
    # A number would be taken for seconds since 1970.
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("must be a date such as 2026-11-21")
    return value


Day = Annotated[date, BeforeValidator(_written_as_a_date)]


class InvoiceQuery(BaseModel):
    """Which invoices a list shows, in which order; what is left out does not narrow."""

    model_config = ConfigDict(extra="forbid")

    state: list[State] = Field([], description="Any of these states of the ledger; repeat the parameter.")
    status: list[Status] = Field(
        [], description="Any of these outward names of states; repeat the parameter."
    )
    needs_person: bool | None = Field(None, description="Whether a person has to look at it.")
    company: CompanyNumber | None = Field(None, description="Ten digits.", examples=["0428759497"])
    direction: Direction | None = Field(None, description="Sold or bought by the company.")
    supplier: Words | None = Field(
        None, description="Words of the supplier's name, or its enterprise or VAT number."
    )
    number: Words | None = Field(None, description="The invoice's number, exactly.")
    issued_from: Day | None = Field(None, description="Issued on this day or later.", examples=["2026-01-01"])
    issued_until: Day | None = Field(
        None, description="Issued on this day or earlier.", examples=["2026-12-31"]
    )
    amount_min: Money | None = Field(None, description="Of the amount due, in whatever currency.")
    amount_max: Money | None = Field(None, description="Of the amount due, in whatever currency.")
    currency: Currency | None = Field(None, description="Of the amount due.", examples=["EUR"])
    job: UUID | None = Field(None, description="Those that this run, or the run for this request, touched.")
    text: Words | None = Field(
        None,
        description="Words of the number, the source's id or the supplier (the last stands for all that begin so, from"
        " three characters or five digits on); or exactly a receipt or the invoice's id.",
    )
    limit: Limit = 50
    cursor: CursorParameter = None

    def states(self) -> tuple[State, ...]:
        """The ledger's states that `state`, `status` and `needs_person` leave."""
        return tuple(
            state
            for state in State
            if (not self.state or state in self.state)
            and (not self.status or OUTWARD[state] in self.status)
            and (self.needs_person is None or (state in NEEDS_PERSON) is self.needs_person)
        )

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> Self:
        if self.issued_from and self.issued_until and self.issued_from > self.issued_until:
            raise ValueError("issued_from lies after issued_until")
        if self.amount_min and self.amount_max and Decimal(self.amount_min) > Decimal(self.amount_max):
            raise ValueError("amount_min is more than amount_max")
        return self


class ListQuery(InvoiceQuery):
    """Invoices, those received last first."""

    sort: SortBy = Field("-received", description="`-`: descending. What has no such value counts as least.")


class HistoryQuery(InvoiceQuery):
    """Invoices, those that something happened to last first."""

    sort: SortBy = Field("-updated", description="`-`: descending. What has no such value counts as least.")


class Supplier(BaseModel):
    """Who issued an invoice, as the document says."""

    name: str | None = Field(examples=["Drukkerij Peeters"])
    number: str | None = Field(description="Enterprise number, else VAT number.", examples=["0403019261"])


class InvoiceItem(BaseModel):
    """One version of one source record, with its state."""

    id: UUID
    source: str = Field(examples=["java-backend"])
    source_id: str
    version: int
    number: str | None = Field(examples=["2026-0042"])
    company_number: str | None = Field(examples=["0428759497"])
    direction: Direction | None
    type: str | None = Field(description="BT-3.", examples=["380"])
    state: State
    status: Status = Field(description="The state by its outward name.")
    verdict: Verdict | None = Field(description="What the rules say; null until they were asked.")
    blocked_by: UUID | None = Field(description="The invoice that stands in its way.")
    reason: str | None = Field(description="Why it is in its state, in a sentence.")
    receipt: str | None
    document_sha256: str
    issue_date: date | None
    currency: str | None = Field(examples=["EUR"])
    amount: str | None = Field(description="Amount due, a decimal.", examples=["1250.00"])
    supplier: Supplier
    findings_count: int
    needs_person: bool
    created_at: datetime
    updated_at: datetime


class InvoicePage(BaseModel):
    """A page of a list."""

    items: list[InvoiceItem]
    count: int = Field(description="How many are on this page.")
    next_cursor: str | None = Field(description="For the next page; null at the end.")


class FindingShown(BaseModel):
    """One broken rule, in the caller's language."""

    code: str = Field(description="Stable.", examples=["BR-CO-15"])
    severity: Literal["fatal", "warning"]
    message: str
    fix: str | None
    location: str | None = Field(description="XPath.")
    line: int | None
    term: str | None = Field(description="Business term of EN 16931.", examples=["BT-112"])
    found: str | None
    expected: str | None


class RuleSet(BaseModel):
    """A rule set that the document was checked by."""

    name: str
    version: str


class AttemptShown(BaseModel):
    """One try to deliver."""

    id: UUID
    job_id: UUID | None
    claimed_at: datetime
    settled_at: datetime | None = Field(description="Null while it is under way, or cut off.")
    outcome: Literal["accepted", "refused", "not_delivered", "unknown"] | None
    code: str | None
    message: str | None
    http_status: int | None
    receipt: str | None


class EventShown(BaseModel):
    """One transition."""

    sequence: int
    at: datetime
    actor: str = Field(description="The person or run that did it.")
    job_id: UUID | None
    from_state: State | None
    to_state: State
    why: str = Field(description="Stable code.", examples=["checked"])
    sentence: str = Field(description="The same for people.")
    blocked_by: UUID | None
    decision_id: UUID | None


class DecisionShown(BaseModel):
    """What a person decided."""

    id: UUID
    decision: str
    saw_state: State
    actor: str
    reason: str | None = Field(description="Null where it was erased.")
    at: datetime


class OtherInvoice(BaseModel):
    """Another invoice, in brief."""

    id: UUID
    number: str | None
    company_number: str | None
    direction: Direction | None
    state: State
    status: Status
    issue_date: date | None
    currency: str | None
    amount: str | None


class NearDuplicate(BaseModel):
    """An invoice that looks like this one, and by what."""

    evidence: str
    invoice: OtherInvoice


class Links(BaseModel):
    """Where to go from here."""

    self: str
    document: str
    resolve: str


class InvoiceDetail(InvoiceItem):
    """An invoice with all that is known of it."""

    why: str = Field(description="Stable code for the reason of its state.", examples=["other_content"])
    disposition: str | None = Field(description="What policy makes of the verdict.")
    rule_sets: list[RuleSet]
    findings: list[FindingShown]
    blocker: OtherInvoice | None = Field(description="What stands in its way.")
    near_duplicates: list[NearDuplicate]
    attempts: list[AttemptShown]
    events: list[EventShown]
    decisions: list[DecisionShown]
    links: Links
