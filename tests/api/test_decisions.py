"""Decisions over HTTP: carried out in view of the state that a person saw, kept with who and why."""

from contextlib import closing
from uuid import uuid4

import pytest
from sqlalchemy import text

from clients.clearfacts import Clearfacts
from clients.clearfacts_queries import Upload
from clients.naming import Ref
from db.decisions import Decision
from db.waypoints import Waypoint
from invoices.lifecycle import State
from sandbox.demo import DEMO_ADMINISTRATIONS, demo_records
from sandbox.serve import Sandbox
from tests.db.conftest import OTHER_COMPANY, Arrange


@pytest.fixture
def arrange(ledger):
    with ledger.worker() as worker:
        yield Arrange(ledger, worker)


def decide(client, invoice_id, decision, saw, **details):
    body = {"decision": decision, "saw_state": saw, "reason": "I looked.", **details}
    return client.post(f"/api/v1/invoices/{invoice_id}/resolve", json=body)


@pytest.mark.parametrize(
    ("decision", "state", "details", "after"),
    [
        ("release", "held", {}, "ready"),
        ("release", "invalid", {}, "ready"),
        ("release", "failed", {}, "ready"),
        ("release", "out_of_scope", {}, "ready"),
        ("dismiss", "held", {}, "dismissed"),
        ("dismiss", "outcome_unknown", {}, "dismissed"),
        ("already_booked", "held", {}, "duplicate"),
        ("arrived", "outcome_unknown", {"seen": True}, "sent"),
        ("send_again", "outcome_unknown", {}, "ready"),
    ],
)
def test_a_decision_is_carried_out_and_audited(as_user, arrange, owner, decision, state, details, after):
    invoice_id = arrange.in_state(State(state))

    answer = decide(as_user, invoice_id, decision, state, **details)

    assert answer.status_code == 200
    assert answer.json()["data"]["state"] == after
    assert arrange.state(invoice_id) == after
    last = arrange.events(invoice_id)[-1]
    assert last.actor == f"{as_user.caller_name} (user)"
    with owner.connect() as connection:
        kept = connection.execute(
            text(
                "SELECT d.*, p.content FROM decision d JOIN payload p ON p.id = d.reason_id WHERE invoice_id = :id"
            ),
            {"id": invoice_id},
        ).one()
    assert (kept.id, kept.actor, kept.saw_state) == (last.decision_id, last.actor, state)
    assert bytes(kept.content) == b"I looked."


@pytest.mark.parametrize(("decision", "state"), [("release", "held"), ("send_again", "outcome_unknown")])
def test_what_may_go_now_is_asked_for_in_the_same_moment(as_user, arrange, owner, decision, state):
    invoice_id = arrange.in_state(State(state))

    answer = decide(as_user, invoice_id, decision, state)

    with owner.connect() as connection:
        asked = connection.execute(text("SELECT * FROM run_request")).one()
    assert str(asked.id) == answer.json()["data"]["job_id"]
    assert asked.invoice_ids == [invoice_id]


def test_a_dismissed_invoice_asks_for_no_run(as_user, arrange, owner):
    answer = decide(as_user, arrange.in_state(State.HELD), "dismiss", "held")

    assert answer.json()["data"]["job_id"] is None
    with owner.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM run_request")).scalar_one() == 0


def test_an_invoice_that_moved_on_is_a_conflict_and_nothing_happens(as_user, arrange, owner):
    invoice_id = arrange.in_state(State.SENT)

    answer = decide(as_user, invoice_id, "release", "held")

    assert answer.status_code == 409
    assert "sent now, not held" in answer.json()["detail"]
    assert arrange.state(invoice_id) is State.SENT
    with owner.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM decision")).scalar_one() == 0


def test_a_decision_that_does_not_fit_the_state_is_a_conflict(as_user, arrange):
    assert decide(as_user, arrange.in_state(State.HELD), "send_again", "held").status_code == 409


def test_another_companys_invoice_is_not_there(caller, arrange):
    invoice_id = arrange.in_state(State.HELD)

    answer = decide(caller("user", companies=[OTHER_COMPANY]), invoice_id, "dismiss", "held")

    assert answer.status_code == 404
    assert arrange.state(invoice_id) is State.HELD


def test_an_invoice_that_nobody_knows(as_user):
    assert decide(as_user, uuid4(), "dismiss", "held").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"decision": "arrived"},
        {"decision": "arrived", "seen": True, "receipt": str(uuid4())},
        {"decision": "release", "seen": True},
        {"decision": "eat"},
        {"saw_state": "lost"},
        {"reason": "  "},
        {"reason": None},
        {"receipt": "not-a-uuid"},
    ],
)
def test_a_body_that_says_it_badly_is_told_which_field(as_user, arrange, body):
    usable = {"decision": "dismiss", "saw_state": "held", "reason": "I looked."}
    invoice_id = arrange.in_state(State.HELD)

    answer = as_user.post(f"/api/v1/invoices/{invoice_id}/resolve", json={**usable, **body})

    assert answer.status_code == 422
    assert answer.json()["error"]["details"]
    assert arrange.state(invoice_id) is State.HELD


class TestReadingBack:
    @pytest.fixture
    def sandbox(self):
        with Sandbox((), DEMO_ADMINISTRATIONS) as running:
            yield running

    @pytest.fixture
    def person(self, serve, caller, sandbox):
        named = {
            name.removeprefix("WAYBILL_").lower(): value
            for name, value in sandbox.environment.items()
            if name.startswith("WAYBILL_CLEARFACTS")
        }
        return caller("user", server=serve(**named))

    def test_a_receipt_that_clearfacts_does_not_show_is_not_believed(self, person, arrange):
        invoice_id = arrange.in_state(State.OUTCOME_UNKNOWN)

        answer = decide(person, invoice_id, "arrived", "outcome_unknown", receipt=str(uuid4()))

        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "receipt-not-confirmed"
        assert arrange.state(invoice_id) is State.OUTCOME_UNKNOWN

    def test_a_receipt_whose_document_is_the_invoice_is_kept_as_verified(self, person, arrange, sandbox):
        invoice_id = arrange.in_state(State.OUTCOME_UNKNOWN)
        receipt = self.upload(sandbox, invoice_id)

        answer = decide(person, invoice_id, "arrived", "outcome_unknown", receipt=receipt)

        assert answer.status_code == 200
        row = arrange.row(invoice_id)
        assert (row.state, row.receipt, row.receipt_verified) == ("sent", receipt, True)

    def test_another_invoices_receipt_is_not_believed(self, person, arrange, sandbox):
        receipt = self.upload(sandbox, uuid4())

        answer = decide(
            person, arrange.in_state(State.OUTCOME_UNKNOWN), "arrived", "outcome_unknown", receipt=receipt
        )

        assert "is not this invoice" in answer.json()["detail"]

    def test_a_receipt_is_believed_once(self, person, arrange, sandbox):
        first, second = arrange.in_state(State.OUTCOME_UNKNOWN), arrange.in_state(State.OUTCOME_UNKNOWN)
        receipt = self.upload(sandbox, first)
        with arrange.ledger.transaction(arrange.actor, Waypoint.DECIDED) as connection:
            connection.execute(
                text(
                    "UPDATE invoice SET state = 'sent', receipt = :receipt, receipt_verified = true WHERE id = :id"
                ),
                {"receipt": receipt, "id": second},
            )

        answer = decide(person, first, "arrived", "outcome_unknown", receipt=receipt)

        assert answer.status_code == 409
        assert "another invoice" in answer.json()["detail"]

    def test_a_clearfacts_that_cannot_be_asked_is_said(self, serve, caller, arrange):
        invoice_id = arrange.in_state(State.OUTCOME_UNKNOWN)
        person = caller("user", server=serve(clearfacts_url="http://127.0.0.1:9/", clearfacts_token="t" * 80))

        answer = decide(person, invoice_id, "arrived", "outcome_unknown", receipt=str(uuid4()))

        assert answer.json()["error"]["code"] == "receipt-not-confirmed"
        assert "could not be read back" in answer.json()["detail"]

    def upload(self, sandbox, invoice_id):
        """Clearfacts' receipt for a document that is named after the invoice."""
        record = next(iter(demo_records()))
        settings = sandbox.environment
        clearfacts = Clearfacts(
            settings["WAYBILL_CLEARFACTS_URL"],
            settings["WAYBILL_CLEARFACTS_LOGIN_URL"],
            settings["WAYBILL_CLEARFACTS_TOKEN"],
        )
        with closing(clearfacts):
            number = "".join(filter(str.isdigit, record.company_number))
            answer = clearfacts.upload(
                Upload(
                    record.read_document(),
                    number,
                    record.direction,
                    "a.xml",
                    f"{Ref.of(invoice_id, '0' * 64)}",
                )
            )
        return answer.receipt


def test_every_decision_of_the_ledger_can_be_made(facade):
    decisions = facade.get("/openapi.json").json()["components"]["schemas"]["Decision"]["enum"]
    assert decisions == [each.value for each in Decision]
