"""What the ledger keeps of checks: verdicts once per document and rule sets, and judgements on records."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from db.checks import Judged, apply_judgements, contents, store_verdicts, unchecked
from db.waypoints import Waypoint
from invoices.check import CheckedDocument, could_not_check
from invoices.findings import Checked, PolicyClass, RuleSetVersion, Severity, Verdict
from invoices.judgement import CHECKS_BEFORE_HELD, Judgement
from invoices.lifecycle import State
from invoices.why import Why
from tests.db.conftest import RULES_KEY


def waiting(ledger, *ids):
    with ledger.reading() as connection:
        return unchecked(connection, ids, RULES_KEY)


def verdicts(arrange):
    return arrange.all("SELECT * FROM verdict ORDER BY created_at")


def test_only_received_and_failed_checks_wait_in_order_of_arrival(ledger, arrange):
    ids = {state: arrange.in_state(state) for state in State}
    found = waiting(ledger, *reversed(ids.values()))
    assert [each.id for each in found] == [ids[State.RECEIVED], ids[State.COULD_NOT_CHECK]]
    assert [each.failed_checks for each in found] == [0, 1]
    assert waiting(ledger) == []


def test_what_waits_brings_what_its_record_said(ledger, arrange):
    (named,) = arrange.arrive(arrange.record(document=b"<four/>", number="2026/1"))
    (nameless,) = arrange.arrive(arrange.record(company_number=None, direction=None))
    found, other = waiting(ledger, named, nameless)
    assert (found.state, found.size, found.stated_number) == (State.RECEIVED, 7, "2026/1")
    assert (found.company_number, found.direction) == ("0428759497", "PURCHASE")
    assert (found.checked, found.facts) == (None, None)
    assert (other.company_number, other.direction) == (None, None)


def test_a_verdict_is_kept_for_every_record_with_the_same_bytes(ledger, arrange):
    first, second = arrange.arrive(*(arrange.record(document=b"<same/>") for _ in range(2)))
    facts, finding = arrange.facts(), arrange.finding(PolicyClass.WARNING, Severity.WARNING)
    arrange.check(first, facts=facts, findings=[finding])
    (found,) = waiting(ledger, second)
    assert found.checked is not None
    assert (found.checked.verdict, found.checked.findings) == (Verdict.VALID, (finding,))
    assert found.checked.rule_sets[0].name == verdicts(arrange)[0].rule_sets[0]["name"]
    assert found.facts == facts


def test_a_verdict_stands_once_given_and_a_failed_check_gives_way(ledger, arrange):
    (invoice_id,) = arrange.arrive(arrange.record())
    document_id = waiting(ledger, invoice_id)[0].document_id
    facts = arrange.facts()
    for result, expected in (
        (could_not_check("it hung"), Verdict.COULD_NOT_CHECK),
        (CheckedDocument(checked_as(Verdict.INVALID), facts), Verdict.INVALID),
        (CheckedDocument(checked_as(Verdict.VALID), arrange.facts()), Verdict.INVALID),
        (could_not_check("it hung"), Verdict.INVALID),
    ):
        with ledger.transaction(arrange.actor, Waypoint.JUDGED) as connection:
            store_verdicts(connection, {document_id: result}, RULES_KEY)
        assert [row.verdict for row in verdicts(arrange)] == [expected]
    assert waiting(ledger, invoice_id)[0].facts == facts


def checked_as(verdict):
    return Checked(verdict, (RuleSetVersion("a rule set", "1"),))


def test_a_failed_check_and_a_verdict_of_other_rule_sets_are_no_verdict(ledger, arrange):
    failed = arrange.in_state(State.COULD_NOT_CHECK)
    assert waiting(ledger, failed)[0].checked is None
    (other,) = arrange.arrive(arrange.record())
    arrange.check(other, facts=arrange.facts(), findings=())
    arrange.run("UPDATE verdict SET rule_sets_key = 'older'")
    assert waiting(ledger, other)[0].checked is None
    assert {row.rule_sets_key for row in verdicts(arrange)} == {"older"}


def test_contents_come_in_batches_that_fit_in_memory_without_what_was_erased(ledger, arrange, owner):
    sizes = [9_000_000, 8_000_000, 1, 20_000_000, 2]
    arrange.arrive(*(arrange.record(document=b"x" * size) for size in sizes))
    rows = arrange.all(
        "SELECT d.id, d.size FROM invoice i JOIN document d ON d.id = i.document_id ORDER BY arrival"
    )
    batches = list(contents(ledger, {row.id: row.size for row in rows}))
    assert [[len(content) for content in batch.values()] for batch in map(sorted_by_size, batches)] == [
        [9_000_000],
        [1, 8_000_000],
        [20_000_000],
        [2],
    ]
    with owner.begin() as connection:
        connection.execute(text("UPDATE payload SET content = NULL, erased_at = now() WHERE size = 2"))
    assert [len(batch) for batch in contents(ledger, {row.id: row.size for row in rows})] == [1, 2, 1, 0]
    assert list(contents(ledger, {})) == []


def sorted_by_size(batch):
    return dict(sorted(batch.items(), key=lambda item: len(item[1])))


def test_a_judgement_is_written_with_the_facts_and_the_verdict(arrange):
    facts = arrange.facts("2026/7", issue_date=date(2026, 2, 28), payable_amount=Decimal("12345678901234.50"))
    invoice_id = arrange.checked(facts=facts, number="N-7")
    row = arrange.row(invoice_id)
    assert (row.number, row.issue_date, row.type_code) == ("2026/7", date(2026, 2, 28), "380")
    assert (row.payable_amount, row.currency) == (Decimal("12345678901234.50"), "EUR")
    assert (row.issuer_key, row.fingerprint) == (facts.issuer_key, facts.fingerprint)
    assert (row.disposition, row.verdict_id) == ("deliver", verdicts(arrange)[0].id)
    assert len(row.identity_key) == 64
    assert (row.state, row.why) == (State.RECEIVED, Why.ARRIVED)


def test_a_number_that_the_source_states_otherwise_is_a_finding_of_the_record(arrange):
    (invoice_id,) = arrange.arrive(arrange.record(number="N-8"))
    arrange.check(invoice_id, facts=arrange.facts("2026/8"))
    assert [each["code"] for each in arrange.row(invoice_id).findings] == ["WB-NUMBER"]


def test_an_amount_without_currency_is_not_kept(arrange):
    row = arrange.row(arrange.checked(facts=arrange.facts(currency=None)))
    assert (row.payable_amount, row.currency) == (None, None)


def test_a_document_that_cannot_be_read_has_its_own_hash_for_identity(arrange):
    one, two = (arrange.deduped(facts=None, findings=[arrange.finding()]) for _ in range(2))
    (unreadable,) = arrange.arrive(arrange.record())
    arrange.check(unreadable, facts=None, findings=[arrange.finding()])
    assert arrange.states(one, two, unreadable) == [State.INVALID] * 3
    assert (arrange.row(unreadable).number, arrange.row(unreadable).fingerprint) == (None, None)
    assert arrange.row(unreadable).identity_key is not None


def test_a_record_without_company_is_held_without_identity(arrange):
    (invoice_id,) = arrange.arrive(arrange.record(company_number=None, direction=None))
    arrange.check(invoice_id, facts=arrange.facts())
    row = arrange.row(invoice_id)
    assert (row.state, row.why, row.identity_key) == (State.HELD, Why.COMPANY_UNCLEAR, None)


def test_a_check_that_fails_is_counted_and_held_after_the_third_time(arrange):
    (invoice_id,) = arrange.arrive(arrange.record())
    states = []
    for failures in range(1, CHECKS_BEFORE_HELD + 1):
        arrange.check(invoice_id, result=could_not_check("it hung"))
        states.append(arrange.state(invoice_id))
        assert arrange.row(invoice_id).checks == failures
    assert states == [State.COULD_NOT_CHECK, State.COULD_NOT_CHECK, State.HELD]
    assert [event.to_state for event in arrange.events(invoice_id)] == ["received", "could_not_check", "held"]


def test_a_judgement_comes_too_late_for_an_invoice_that_has_moved_on(ledger, arrange):
    record = arrange.record("a", 1)
    (invoice_id,) = arrange.arrive(record)
    (invoice,) = waiting(ledger, invoice_id)
    arrange.arrive(arrange.record("a", 2))
    late = Judged(invoice, arrange.facts(), None, Judgement(State.INVALID, Why.FINDINGS))
    with ledger.transaction(arrange.actor, Waypoint.JUDGED) as connection:
        apply_judgements(connection, [late], RULES_KEY)
        apply_judgements(connection, [], RULES_KEY)
    assert (arrange.state(invoice_id), arrange.row(invoice_id).number) == (State.SUPERSEDED, None)


@pytest.mark.parametrize("released", [False, True])
@pytest.mark.parametrize("broken", [False, True])
def test_one_that_was_held_on_arrival_is_checked_too_but_stays_where_it_is(ledger, arrange, released, broken):
    first = arrange.in_state(State.SENT)
    (changed,) = arrange.arrive(arrange.record(arrange.row(first).source_id))
    if released:
        arrange.decide(changed, "release")
    state = State.READY if released else State.HELD
    facts = arrange.facts("2026/9")
    arrange.check(changed, facts=facts, findings=[arrange.finding()] if broken else [])
    row = arrange.row(changed)
    assert (row.state, row.number, row.disposition) == (state, "2026/9", "block" if broken else "deliver")
    assert row.identity_key is not None
    assert waiting(ledger, changed) == []
    if released:
        assert arrange.dedupe(changed) == [changed]
        assert arrange.claim(changed) is not None
