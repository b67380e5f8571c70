"""The life of an invoice: where it came from, what was done with it, and how it stood at any moment."""

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.ledger import Actor
from db.lineage import life
from db.seals import seal
from invoices.lifecycle import State


@pytest.fixture
def told(ledger):
    """The life of an invoice, up to a moment where one is given."""

    def tell(invoice_id, as_of=None):
        with ledger.reading() as connection:
            return life(connection, invoice_id, as_of)

    return tell


def test_it_begins_with_the_record_its_document_and_what_it_is(arrange, told):
    (invoice_id,) = arrange.arrive(arrange.record("r-1", document=b"<a/>", number="ERP-1"))
    arrange.check(invoice_id, facts=arrange.facts("2026/0412"))
    arrange.dedupe(invoice_id)
    found = told(invoice_id)
    assert found["state"] == "ready"
    assert (found["record"]["source"], found["record"]["source_id"]) == ("java-backend", "r-1")
    assert (found["record"]["version"], found["record"]["stated_number"]) == (1, "ERP-1")
    assert found["record"]["arrived_at"] == found["events"][0]["at"]
    assert found["document"] == {
        "sha256": sha256(b"<a/>").hexdigest(),
        "size": 4,
        "erased_at": None,
        "erased_because": None,
    }
    amount = found["invoice"].pop("payable_amount")
    assert float(amount) > 100
    assert found["invoice"] == {
        "number": "2026/0412",
        "kind": "invoice",
        "type": "380",
        "issuer": "Leverancier",
        "issue_date": "2026-03-14",
        "currency": "EUR",
        "company_number": "0428759497",
        "direction": "PURCHASE",
    }


def test_one_that_was_not_checked_yet_has_the_number_that_the_source_gave(arrange, told):
    (invoice_id,) = arrange.arrive(arrange.record(number="ERP-1"))
    found = told(invoice_id)["invoice"]
    assert (found["number"], found["kind"], found["issuer"], found["payable_amount"]) == (
        "ERP-1",
        None,
        None,
        None,
    )


def test_a_self_billed_one_was_issued_by_the_buyer(arrange, told):
    invoice_id = arrange.checked(facts=arrange.facts(self_billed=True))
    assert told(invoice_id)["invoice"]["issuer"] == "Klant"


def test_it_names_the_other_versions_of_its_record(arrange, told):
    first = arrange.record()
    (older,) = arrange.arrive(first)
    (newer,) = arrange.arrive(arrange.record(first.source_id, 2))
    ((version,),) = [told(older)["record"]["other_versions"]]
    assert (version["id"], version["version"]) == (str(newer), 2)
    arrived = datetime.fromisoformat(told(older)["events"][0]["at"])
    assert told(older, arrived)["record"]["other_versions"] == []


def test_a_verdict_comes_with_its_rule_sets_and_findings_and_what_was_done_about_it(arrange, told):
    event = told(arrange.in_state("invalid"))["events"][-1]
    assert (event["verdict"]["verdict"], event["disposition"]) == ("invalid", "block")
    assert event["verdict"]["rule_sets"]
    assert [each["code"] for each in event["verdict"]["findings"]] == ["BR-01"]


def test_findings_that_a_later_check_replaced_are_not_passed_off_as_those_of_the_earlier(
    arrange, told, owner
):
    invoice_id = arrange.in_state("invalid")
    with owner.begin() as connection:
        connection.execute(text("UPDATE verdict SET findings = '[]'"))
    assert told(invoice_id)["events"][-1]["verdict"]["findings"] is None


def test_what_blocks_it_is_named(arrange, told):
    first, second = arrange.twins("other content")
    blocker = told(second)["events"][-1]["blocked_by"]
    assert (blocker["id"], blocker["number"]) == (str(first), arrange.row(first).number)


def test_an_attempt_stands_with_the_event_that_it_led_to(arrange, told):
    invoice_id = arrange.in_state("ready")
    arrange.settle(arrange.claim(invoice_id), "accepted", receipt="a-uuid", http_status=200)
    found = told(invoice_id)
    (attempt,) = found["attempts"]
    assert found["events"][-1]["attempt_id"] == attempt["id"]
    assert (attempt["outcome"], attempt["http_status"], attempt["receipt"]) == ("accepted", 200, "a-uuid")
    assert found["receipt"] == {"receipt": "a-uuid", "verified": True}


def test_a_decision_comes_with_who_and_why_until_the_reason_is_erased(arrange, told, owner):
    invoice_id = arrange.in_state("held")
    arrange.decide(invoice_id, "release", reason="The supplier confirmed it.")
    decision = told(invoice_id)["events"][-1]["decision"]
    assert (decision["decision"], decision["saw_state"], decision["actor"], decision["reason"]) == (
        "release",
        "held",
        "an@example.be",
        "The supplier confirmed it.",
    )
    with owner.begin() as connection:
        connection.execute(text("UPDATE payload SET content = NULL, erased_at = now()"))
    erased = told(invoice_id)["events"][-1]["decision"]
    assert (erased["reason"], erased["reason_erased"]) == (None, True)
    assert erased["reason_sha256"] == sha256(b"The supplier confirmed it.").hexdigest()
    assert told(invoice_id)["document"]["erased_at"]


def test_jobs_say_who_asked_for_them(arrange, told):
    job = uuid4()
    arrange.run(
        "INSERT INTO job (id, flow_run_id, run_count, flow, requested_by, parameters)"
        " VALUES (:id, :id, 1, 'process-invoices', 'an', '{}')",
        id=job,
    )
    (invoice_id,) = arrange.arrive(arrange.record(), actor=Actor("run", job))
    found = told(invoice_id)
    assert [(each["job_id"], each["requested_by"]) for each in found["jobs"]] == [(str(job), "an")]
    assert found["events"][0]["job"] == {"job_id": str(job), "flow": "process-invoices", "requested_by": "an"}


def test_each_event_names_the_first_seal_over_it(arrange, ledger, told):
    invoice_id = arrange.in_state("ready")
    seal(ledger, Actor("a sealer"))
    arrange.sent_on(invoice_id, "accepted")
    assert [event["seal"] for event in told(invoice_id)["events"]] == [1, 1, None, None]
    seal(ledger, Actor("a sealer"))
    assert [event["seal"] for event in told(invoice_id)["events"]] == [1, 1, 2, 2]


class TestAsOf:
    def test_before_it_arrived_it_is_not_in_the_ledger(self, arrange, told):
        invoice_id = arrange.in_state("sent")
        arrived = datetime.fromisoformat(told(invoice_id)["record"]["arrived_at"])
        found = told(invoice_id, arrived - timedelta(microseconds=1))
        assert (found["state"], found["events"], found["attempts"]) == (None, [], [])
        assert found["record"]["arrived_at"] is None

    @pytest.mark.parametrize("state", State)
    def test_at_each_event_it_stood_as_the_event_left_it(self, arrange, told, state):
        invoice_id = arrange.in_state(state)
        events = told(invoice_id)["events"]
        for position, event in enumerate(events, start=1):
            found = told(invoice_id, datetime.fromisoformat(event["at"]))
            assert found["state"] == event["to"]
            assert [each["sequence"] for each in found["events"]] == list(range(1, position + 1))
        assert found["state"] == state

    def test_an_attempt_was_open_until_it_was_settled(self, arrange, told):
        invoice_id = arrange.in_state("ready")
        arrange.settle(arrange.claim(invoice_id), "accepted", receipt="a-uuid")
        (attempt,) = told(invoice_id)["attempts"]
        before = datetime.fromisoformat(attempt["settled_at"]) - timedelta(microseconds=1)
        (then,) = told(invoice_id, before)["attempts"]
        assert (then["outcome"], then["receipt"], then["settled_at"]) == (None, None, None)
        assert told(invoice_id, before)["receipt"] is None
