"""What a record's verdict, company and route make of it, before it is compared with other invoices."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from invoices.company import Match, format_enterprise_number, owners, party_match
from invoices.facts import Facts
from invoices.findings import Checked, Finding, PolicyClass, Severity, Verdict
from invoices.lifecycle import State
from invoices.policy import Disposition, disposition
from invoices.routes import Route
from invoices.source import Direction
from invoices.why import Why

CHECKS_BEFORE_HELD = 3
"""How often a check may fail before a person is asked."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose invoice a record is, in which role, and the route that this means."""

    company_number: str
    direction: Direction
    route: Route


@dataclass(frozen=True, slots=True)
class Judgement:
    """The state a record moves to, or None where only its twins can still stand in its way."""

    state: State | None
    why: Why
    disposition: Disposition | None = None
    findings: tuple[Finding, ...] = ()


def judge(
    checked: Checked,
    facts: Facts | None,
    owner: Owner | None,
    failed_checks: int,
    stated_number: str | None = None,
) -> Judgement:
    """Judge one record; `failed_checks` counts the times its check failed, this time included."""
    if checked.verdict is Verdict.COULD_NOT_CHECK:
        again = failed_checks < CHECKS_BEFORE_HELD
        return Judgement(State.COULD_NOT_CHECK if again else State.HELD, Why.CHECK_FAILED)
    if facts is None:
        return Judgement(State.INVALID, Why.FINDINGS, Disposition.BLOCK)
    if owner is None:
        return Judgement(State.HELD, Why.COMPANY_UNCLEAR)
    if why := out_of_scope(owner.route, facts.issue_date):
        return Judgement(State.OUT_OF_SCOPE, why)
    if misaddressed := _misaddressed(facts, owner.company_number, owner.direction):
        return misaddressed
    decided = disposition(checked.verdict, checked.findings, owner.direction, owner.route.preset)
    return Judgement(None, Why.CHECKED, decided, _number_differs(facts.number, stated_number))


def out_of_scope(route: Route, issue_date: date | None) -> Why | None:
    """Why a route leaves an invoice out, or None. An unknown date of issue is no reason."""
    if not route.enabled:
        return Why.ROUTE_OFF
    if issue_date is not None and issue_date < route.deliver_from:
        return Why.BEFORE_START
    return None


def sole_owner(facts: Facts, listed: Collection[str]) -> tuple[str, Direction] | None:
    """The company and direction of a document whose record names none: the one listed party, if just one."""
    found = owners(facts, listed)
    return found[0] if len(found) == 1 else None


def _match(facts: Facts, company_number: str, direction: Direction) -> Match:
    party = facts.seller if direction is Direction.SALE else facts.buyer
    return party_match(party, company_number)


def _misaddressed(facts: Facts, company_number: str, direction: Direction) -> Judgement | None:
    match = _match(facts, company_number, direction)
    if match is Match.NONE:
        return Judgement(
            State.INVALID,
            Why.COMPANY_NOT_ON_DOCUMENT,
            Disposition.BLOCK,
            (_not_on_document(facts, company_number, direction),),
        )
    if match is Match.VAT_CONFLICT:
        return Judgement(State.HELD, Why.COMPANY_BY_VAT_ONLY)
    return None


def _not_on_document(facts: Facts, company_number: str, direction: Direction) -> Finding:
    sale = direction is Direction.SALE
    found = (facts.seller if sale else facts.buyer).enterprise_number
    role, term = ("seller", "BT-30") if sale else ("buyer", "BT-47")
    return Finding(
        code="WB-COMPANY",
        severity=Severity.FATAL,
        policy_class=PolicyClass.STRUCTURE,
        message=f"{format_enterprise_number(company_number)} is not the {role} on this document"
        + (f"; that is {format_enterprise_number(found)}." if found else "."),
        location="/*/cac:AccountingSupplierParty" if sale else "/*/cac:AccountingCustomerParty",
        term=term,
        found=found,
        expected=company_number,
        fix="Correct the company of the record in the source, or the party on the invoice, and issue it again.",
    )


def _number_differs(number: str | None, stated: str | None) -> tuple[Finding, ...]:
    if stated is None or number is None or stated.strip() == number.strip():
        return ()
    return (
        Finding(
            code="WB-NUMBER",
            severity=Severity.WARNING,
            policy_class=PolicyClass.WARNING,
            message=f"The document's number is {number}; the source calls it {stated}.",
            location="/*/cbc:ID",
            term="BT-1",
            found=number,
            expected=stated,
            fix="The document counts. Correct the number in the source.",
        ),
    )
