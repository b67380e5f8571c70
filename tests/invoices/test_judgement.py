"""Judgement: what a record's verdict, company and route make of it, before it meets other invoices."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.company import Identifier
from invoices.document import Kind
from invoices.facts import Facts
from invoices.findings import Checked, Finding, PolicyClass, RuleSetVersion, Severity, Verdict
from invoices.judgement import CHECKS_BEFORE_HELD, Judgement, Owner, judge, out_of_scope, sole_owner
from invoices.lifecycle import State
from invoices.party import Party
from invoices.policy import Disposition, Preset
from invoices.routes import Route
from invoices.source import Direction
from invoices.why import Why

SELLER, BUYER, STRANGER = "0403019261", "0428759497", "0123456749"
START = date(2026, 1, 1)
ON = Route(True, START, Preset.BALANCED)

SALE, PURCHASE = Direction.SALE, Direction.PURCHASE
OURS = {SALE: SELLER, PURCHASE: BUYER}
ROLE = {SALE: "seller", PURCHASE: "buyer"}
TERM = {SALE: "BT-30", PURCHASE: "BT-47"}

VALID = Checked(Verdict.VALID, (RuleSetVersion("UBL XSD", "2.1"),))
COULD_NOT_CHECK = Checked(Verdict.COULD_NOT_CHECK, ())

both_directions = pytest.mark.parametrize("direction", Direction)


def party(number, vat=None):
    numbers = () if vat is None else (f"BE{vat}",)
    legal = () if number is None else (Identifier(number, "0208"),)
    return Party(legal_ids=legal, vat_numbers=numbers)


FACTS = Facts(
    kind=Kind.INVOICE,
    self_billed=False,
    number="2026/0412",
    normalised_number="20260412",
    issue_date=date(2026, 3, 14),
    due_date=None,
    type_code="380",
    currency="EUR",
    payable_amount=None,
    tax_amount=None,
    seller=party(SELLER, SELLER),
    buyer=party(BUYER, BUYER),
    issuer_key=f"enterprise {SELLER}",
    fingerprint="0" * 64,
    customization_id=None,
    profile_id=None,
)


def invalid(policy_class):
    finding = Finding("BR-01", Severity.FATAL, policy_class, "A rule is broken.")
    return Checked(Verdict.INVALID, VALID.rule_sets, (finding,))


def owner(direction, company=None, route=ON):
    return Owner(company or OURS[direction], direction, route)


def of_ours(direction, ours):
    """Facts on which the party in our role is `ours`."""
    return replace(FACTS, **{ROLE[direction]: ours})


class TestChecksThatFailed:
    @pytest.mark.parametrize("failed", range(1, CHECKS_BEFORE_HELD))
    def test_are_repeated_by_the_next_run(self, failed):
        judgement = judge(COULD_NOT_CHECK, None, owner(SALE), failed)
        assert judgement == Judgement(State.COULD_NOT_CHECK, Why.CHECK_FAILED)

    def test_hold_the_invoice_the_third_time(self):
        assert judge(COULD_NOT_CHECK, FACTS, owner(SALE), 3) == Judgement(State.HELD, Why.CHECK_FAILED)

    def test_weigh_more_than_a_route_that_is_off(self):
        off = owner(SALE, route=replace(ON, enabled=False))
        assert judge(COULD_NOT_CHECK, FACTS, off, 1).state is State.COULD_NOT_CHECK


@both_directions
@pytest.mark.parametrize("preset", Preset)
def test_what_cannot_be_read_is_invalid_whatever_the_preset(direction, preset):
    unreadable = invalid(PolicyClass.STRUCTURE)
    judgement = judge(unreadable, None, owner(direction, route=replace(ON, preset=preset)), 0)
    assert judgement == Judgement(State.INVALID, Why.FINDINGS, Disposition.BLOCK)


def test_a_record_of_which_nobody_knows_whose_it_is_is_held():
    assert judge(VALID, FACTS, None, 0) == Judgement(State.HELD, Why.COMPANY_UNCLEAR)


@both_directions
class TestRoutes:
    def test_one_that_is_off_leaves_the_invoice_out_of_scope(self, direction):
        off = owner(direction, route=replace(ON, enabled=False))
        assert judge(VALID, FACTS, off, 0) == Judgement(State.OUT_OF_SCOPE, Why.ROUTE_OFF)

    @pytest.mark.parametrize(("issued", "in_scope"), [(START - timedelta(days=1), False), (START, True)])
    def test_one_takes_invoices_from_its_first_day_on(self, direction, issued, in_scope):
        judgement = judge(VALID, replace(FACTS, issue_date=issued), owner(direction), 0)
        assert judgement.state is (None if in_scope else State.OUT_OF_SCOPE)
        assert judgement.why is (Why.CHECKED if in_scope else Why.BEFORE_START)

    def test_history_is_left_alone_even_where_it_breaks_rules(self, direction):
        old = replace(FACTS, issue_date=START - timedelta(days=1))
        assert judge(invalid(PolicyClass.STRUCTURE), old, owner(direction), 0).state is State.OUT_OF_SCOPE


@given(st.none() | st.dates(), st.booleans(), st.dates())
def test_an_unknown_date_of_issue_is_no_reason_to_leave_an_invoice_out(issued, enabled, start):
    why = out_of_scope(Route(enabled, start, Preset.BALANCED), issued)
    if not enabled:
        assert why is Why.ROUTE_OFF
    else:
        assert why is (Why.BEFORE_START if issued and issued < start else None)


@both_directions
class TestWhoseInvoiceItIs:
    @pytest.mark.parametrize(
        "ours",
        [
            lambda number: Party(legal_ids=(Identifier(number),)),
            lambda number: Party(endpoint=Identifier(number, "0208")),
            lambda number: Party(identifications=(Identifier(number, "0208"),)),
            lambda number: Party(endpoint=Identifier(f"BE{number}", "9925")),
            lambda number: Party(vat_numbers=(f"BE{number}",)),
        ],
        ids=["legal entity", "0208 endpoint", "0208 identification", "9925 endpoint", "VAT number alone"],
    )
    def test_the_company_is_found_by_any_of_its_numbers(self, direction, ours):
        facts = of_ours(direction, ours(OURS[direction]))
        assert judge(VALID, facts, owner(direction), 0).state is None

    def test_a_member_of_a_vat_unit_is_known_by_its_enterprise_number(self, direction):
        facts = of_ours(direction, party(OURS[direction], vat=STRANGER))
        assert judge(VALID, facts, owner(direction), 0).state is None

    def test_the_vat_number_of_the_unit_with_another_enterprise_number_is_held(self, direction):
        facts = of_ours(direction, party(STRANGER, vat=OURS[direction]))
        judgement = judge(VALID, facts, owner(direction), 0)
        assert judgement == Judgement(State.HELD, Why.COMPANY_BY_VAT_ONLY)

    def test_a_company_that_is_not_on_the_document_makes_it_invalid(self, direction):
        judgement = judge(VALID, FACTS, owner(direction, STRANGER), 0)
        assert (judgement.state, judgement.why) == (State.INVALID, Why.COMPANY_NOT_ON_DOCUMENT)
        assert judgement.disposition is Disposition.BLOCK
        (finding,) = judgement.findings
        found = f"{OURS[direction][:4]}.{OURS[direction][4:7]}.{OURS[direction][7:]}"
        assert (
            finding.message == f"0123.456.749 is not the {ROLE[direction]} on this document; that is {found}."
        )
        assert (finding.code, finding.term) == ("WB-COMPANY", TERM[direction])
        assert (finding.found, finding.expected) == (OURS[direction], STRANGER)

    def test_the_other_role_does_not_count(self, direction):
        other = PURCHASE if direction is SALE else SALE
        judgement = judge(VALID, FACTS, owner(direction, OURS[other]), 0)
        assert judgement.why is Why.COMPANY_NOT_ON_DOCUMENT

    def test_a_party_without_any_number_is_not_named_in_the_finding(self, direction):
        judgement = judge(VALID, of_ours(direction, Party(name="Nobody")), owner(direction), 0)
        (finding,) = judgement.findings
        assert finding.message.endswith(f"is not the {ROLE[direction]} on this document.")
        assert finding.found is None


@pytest.mark.parametrize(
    ("policy_class", "direction", "expected"),
    [
        (PolicyClass.STRUCTURE, SALE, Disposition.BLOCK),
        (PolicyClass.STRUCTURE, PURCHASE, Disposition.BLOCK),
        (PolicyClass.MONEY, SALE, Disposition.HOLD),
        (PolicyClass.MONEY, PURCHASE, Disposition.HOLD),
        (PolicyClass.FORM, SALE, Disposition.HOLD),
        (PolicyClass.FORM, PURCHASE, Disposition.DELIVER_WITH_WARNING),
    ],
)
def test_what_breaks_rules_goes_on_to_dedupe_with_the_disposition_of_its_route(
    policy_class, direction, expected
):
    judgement = judge(invalid(policy_class), FACTS, owner(direction), 0)
    assert judgement == Judgement(None, Why.CHECKED, expected)


def test_the_preset_is_that_of_the_route():
    strict = owner(PURCHASE, route=replace(ON, preset=Preset.STRICT))
    assert judge(invalid(PolicyClass.FORM), FACTS, strict, 0).disposition is Disposition.BLOCK


class TestTheNumberThatTheSourceStates:
    @pytest.mark.parametrize("stated", [None, "2026/0412", "  2026/0412 "])
    def test_is_no_finding_where_it_is_the_documents(self, stated):
        assert judge(VALID, FACTS, owner(SALE), 0, stated).findings == ()

    def test_is_no_finding_where_the_document_has_none(self):
        assert judge(VALID, replace(FACTS, number=None), owner(SALE), 0, "2026/0412").findings == ()

    def test_is_a_warning_where_it_is_another(self):
        judgement = judge(VALID, FACTS, owner(SALE), 0, "2026/0413")
        assert judgement.disposition is Disposition.DELIVER
        (finding,) = judgement.findings
        assert (finding.code, finding.severity) == ("WB-NUMBER", Severity.WARNING)
        assert (finding.found, finding.expected) == ("2026/0412", "2026/0413")


class TestSoleOwner:
    @both_directions
    def test_is_the_one_listed_company_in_its_role(self, direction):
        assert sole_owner(FACTS, [OURS[direction], STRANGER]) == (OURS[direction], direction)

    def test_is_nobody_where_no_party_is_listed(self):
        assert sole_owner(FACTS, [STRANGER]) is None
        assert sole_owner(FACTS, []) is None

    def test_is_nobody_where_both_parties_are_listed(self):
        assert sole_owner(FACTS, [SELLER, BUYER]) is None

    def test_is_nobody_where_a_company_invoices_itself(self):
        assert sole_owner(replace(FACTS, buyer=FACTS.seller), [SELLER]) is None

    @both_directions
    def test_is_found_by_a_vat_number_that_nothing_contradicts(self, direction):
        assert sole_owner(of_ours(direction, party(None, OURS[direction])), [OURS[direction]]) == (
            OURS[direction],
            direction,
        )

    @both_directions
    def test_is_not_found_by_a_vat_number_that_an_enterprise_number_contradicts(self, direction):
        facts = of_ours(direction, party(STRANGER, vat=OURS[direction]))
        assert sole_owner(facts, [OURS[direction]]) is None
