"""Evidence: what an event of the audit trail knows about the check, the upload or the decision that moved it."""

from hashlib import sha256

import pytest
from sqlalchemy import text

from db import migrate
from db.audit import at_one_moment, totals, verify
from db.decisions import Decision, force
from db.ledger import Actor, Ledger
from db.seals import seal_all
from db.sweep import sweep
from db.waypoints import Waypoint
from invoices.lifecycle import State
from tests.db.conftest import BySql

SEALER = Actor("a sealer")


def problems(ledger):
    with at_one_moment(ledger) as connection:
        return list(verify(connection, documents=True))


class TestEvidence:
    def test_on_entry_it_is_the_record_and_the_documents_hash(self, arrange):
        (invoice_id,) = arrange.arrive(arrange.record("r-1", document=b"<a/>"))
        (entry,) = arrange.events(invoice_id)
        assert entry.evidence == {
            "record": {
                "document_sha256": sha256(b"<a/>").hexdigest(),
                "source": "java-backend",
                "source_id": "r-1",
                "version": 1,
                "company_number": "0428759497",
                "direction": "PURCHASE",
            }
        }

    def test_after_a_check_it_is_the_verdict_that_was_acted_upon(self, arrange):
        invoice_id = arrange.in_state("invalid")
        event = arrange.events(invoice_id)[-1]
        (verdict,) = arrange.all("SELECT id, rule_sets, findings::text FROM verdict")
        assert event.evidence == {
            "disposition": "block",
            "verdict": {
                "id": str(verdict.id),
                "verdict": "invalid",
                "rule_sets": verdict.rule_sets,
                "findings_sha256": sha256(verdict.findings.encode()).hexdigest(),
            },
        }

    @pytest.mark.parametrize("outcome", ["accepted", "refused", "not_delivered", "unknown"])
    def test_after_an_upload_it_is_the_attempt_settled_in_the_same_statement(self, arrange, outcome):
        invoice_id = arrange.in_state("ready")
        arrange.settle(arrange.claim(invoice_id), outcome, answer=b"said")
        event = arrange.events(invoice_id)[-1]
        ((attempt_id, digest),) = arrange.all("SELECT id, hash FROM attempt")
        assert digest is not None
        assert event.evidence["attempt"] == {
            "id": str(attempt_id),
            "hash": digest,
            "answer_sha256": sha256(b"said").hexdigest(),
        }
        assert ("receipt" in event.evidence) == (outcome == "accepted")

    def test_after_a_second_upload_it_is_the_second_attempt_even_if_the_clock_went_back(self, arrange, owner):
        invoice_id = arrange.sent_on(arrange.in_state("ready"), "not_delivered")
        with owner.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(
                text("UPDATE attempt SET claimed_at = claimed_at + interval '1 day', updated_at = 'epoch'")
            )
            connection.execute(text("UPDATE invoice SET next_attempt_at = NULL"))
        second = arrange.claim(invoice_id)
        arrange.settle(second, "accepted")
        assert arrange.events(invoice_id)[-1].evidence["attempt"]["id"] == str(second.attempt_id)

    def test_after_a_sweep_it_is_the_attempt_that_was_given_up(self, arrange, ledger):
        with ledger.worker() as dead:
            invoice_id = arrange.in_state("ready")
            claimed = arrange.claim(invoice_id, worker=dead)
        assert sweep(ledger, arrange.actor) == [invoice_id]
        ((digest,),) = arrange.all("SELECT hash FROM attempt")
        evidence = arrange.events(invoice_id)[-1].evidence
        assert evidence["attempt"] == {"id": str(claimed.attempt_id), "hash": digest, "answer_sha256": None}

        arrange.settle(claimed, "accepted", receipt="late-uuid")
        late = arrange.events(invoice_id)[-1]
        assert (late.why, late.evidence) == (
            "late_answer",
            {"receipt": "late-uuid", "receipt_verified": True},
        )

    def test_after_a_decision_it_is_what_was_decided_on_what_grounds(self, arrange):
        invoice_id = arrange.in_state("outcome_unknown")
        arrange.decide(invoice_id, "arrived", reason="Seen in the portal.")
        event = arrange.events(invoice_id)[-1]
        assert event.evidence == {
            "receipt": None,
            "receipt_verified": False,
            "decision": {
                "id": str(event.decision_id),
                "invoice_id": str(invoice_id),
                "decision": "arrived",
                "saw_state": "outcome_unknown",
                "actor": "an@example.be",
                "reason_sha256": sha256(b"Seen in the portal.").hexdigest(),
            },
        }

    def test_what_was_released_before_its_check_has_the_verdict_on_its_claim(self, arrange):
        first = arrange.record()
        arrange.arrive(first)
        (changed,) = arrange.arrive(arrange.record(first.source_id))
        assert arrange.state(changed) is State.HELD
        arrange.decide(changed, "release")
        arrange.check(changed, facts=arrange.facts())
        arrange.dedupe(changed)
        arrange.claim(changed)
        assert arrange.events(changed)[-1].evidence["verdict"]["verdict"] == "valid"

    def test_other_moves_have_none(self, arrange):
        events = arrange.events(arrange.in_state("sending"))
        assert [event.evidence is None for event in events] == [False, False, True]


class TestForcedChecks:
    def test_a_verdict_that_was_replaced_stays_on_the_event_that_acted_upon_it(self, arrange, ledger):
        invoice_id = arrange.in_state("invalid")
        with ledger.transaction(arrange.actor, Waypoint.FORCED) as connection:
            force(connection, [invoice_id])
        assert problems(ledger) == []
        arrange.check(invoice_id, facts=arrange.facts())
        arrange.dedupe(invoice_id)
        verdicts = [event.evidence["verdict"]["verdict"] for event in arrange.events(invoice_id)[1::2]]
        assert verdicts == ["invalid", "valid"]
        assert problems(ledger) == []

    def test_a_check_that_failed_may_be_made_again(self, arrange, ledger):
        invoice_id = arrange.in_state("could_not_check")
        assert problems(ledger) == []
        arrange.check(invoice_id, facts=arrange.facts())
        arrange.dedupe(invoice_id)
        assert problems(ledger) == []


class TestUpgrade:
    def test_a_history_from_before_seals_is_taken_as_it_is_and_sealed(self, arrange, ledger, owner):
        ids = [arrange.in_state(state) for state in State]
        with owner.begin() as connection:
            migrate.downgrade(connection, "0002")
            sql = BySql(connection)
            ids += [sql.invoice(state) for state in State]
            migrate.upgrade(connection)
        older = Ledger(ledger.url)
        arrange.ledger = older
        assert problems(older) == []
        with older.reading() as connection:
            assert totals(connection).unsealed_events == totals(connection).events
        assert seal_all(older, SEALER) >= len(ids)
        arrange.decide(ids[list(State).index(State.HELD)], Decision.RELEASE)
        assert problems(older) == []
        with older.reading() as connection:
            assert totals(connection).unsealed_events == 1
        older.close()
