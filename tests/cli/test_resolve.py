"""`waybill resolve`: what a person decides about one invoice."""

import json
from uuid import uuid4

import pytest
from sqlalchemy import text

from db.waypoints import Waypoint
from invoices.source import Direction
from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.records import SandboxRecord

BECAUSE = ("--reason", "I looked in the portal.")


def flat(result):
    """What it says on stderr, on one line."""
    return " ".join(result.stderr.split())


def document_of(connection, invoice_id):
    """The bytes of an invoice's document."""
    query = (
        "SELECT p.content FROM invoice i JOIN document d ON d.id = i.document_id JOIN payload p ON p.id = d.payload_id"
        " WHERE i.id = :id"
    )
    return connection.execute(text(query), {"id": invoice_id}).scalar_one()


@pytest.fixture
def taken(arrange):
    """An upload that Clearfacts took without our hearing of it: the invoice's id and the document's uuid."""
    before = set(arrange.sandbox.portal._documents)
    invoice_id = arrange.outcome_unknown(taken=True)
    (uuid,) = set(arrange.sandbox.portal._documents) - before
    return invoice_id, uuid


class TestArrived:
    def test_with_the_uuid_that_clearfacts_shows_it_is_sent(self, waybill, arrange, taken):
        invoice_id, uuid = taken

        result = waybill("resolve", invoice_id, "--arrived", uuid, *BECAUSE)

        assert result.exit_code == 0
        assert f"{invoice_id}: outcome_unknown -> sent" in result.stdout
        row = arrange.row(invoice_id)
        assert (row.state, row.receipt, row.receipt_verified) == ("sent", uuid, True)

    def test_seen_records_it_as_unverified(self, waybill, arrange):
        invoice_id = arrange.outcome_unknown()
        assert waybill("resolve", invoice_id, "--arrived", "--seen", *BECAUSE).exit_code == 0
        row = arrange.row(invoice_id)
        assert (row.state, row.receipt, row.receipt_verified) == ("sent", None, False)

    def test_the_document_of_another_invoice_is_refused(self, waybill, arrange, taken):
        _, uuid = taken
        other = arrange.outcome_unknown()
        result = waybill("resolve", other, "--arrived", uuid, *BECAUSE)
        assert result.exit_code == 2
        assert "is not this invoice" in flat(result)
        assert arrange.state(other) == "outcome_unknown"

    def test_a_uuid_that_clearfacts_does_not_show_is_refused(self, waybill, arrange):
        invoice_id = arrange.outcome_unknown()
        result = waybill("resolve", invoice_id, "--arrived", uuid4(), *BECAUSE)
        assert result.exit_code == 2
        assert "could not be read back (Clearfacts refused to answer: Document not found)" in flat(result)
        assert arrange.state(invoice_id) == "outcome_unknown"

    @pytest.mark.parametrize("kind", [FaultKind.UNAUTHORIZED, FaultKind.DROP, FaultKind.ERRORS])
    def test_where_it_cannot_be_read_back_seen_is_offered(self, waybill, arrange, taken, kind):
        invoice_id, uuid = taken
        arrange.sandbox.faults.add(Fault(call=Call.DOCUMENT, fault=kind))
        result = waybill("resolve", invoice_id, "--arrived", uuid, *BECAUSE)
        assert result.exit_code == 2
        assert "say --seen" in flat(result)
        assert arrange.state(invoice_id) == "outcome_unknown"

    def test_a_token_that_cannot_be_used_is_said_without_showing_it(self, waybill, taken, settings):
        settings.setenv("WAYBILL_CLEARFACTS_TOKEN", "hush\nhush")
        invoice_id, uuid = taken
        result = waybill("resolve", invoice_id, "--arrived", uuid, *BECAUSE)
        assert result.exit_code == 2
        assert "hush" not in result.stderr

    @pytest.mark.parametrize("extra", [(), (str(uuid4()), "--seen")], ids=["neither", "both"])
    def test_either_a_uuid_or_seen_is_needed(self, waybill, arrange, extra):
        result = waybill("resolve", arrange.outcome_unknown(), "--arrived", *extra, *BECAUSE)
        assert result.exit_code == 2
        assert "either the document's UUID in Clearfacts, or --seen" in flat(result)

    def _give(self, bench, invoice_id, receipt):
        with bench.ledger.transaction(bench.actor, Waypoint.SETTLED) as connection:
            connection.execute(
                text("UPDATE invoice SET receipt = :receipt WHERE id = :id"),
                {"receipt": receipt, "id": invoice_id},
            )

    def test_a_receipt_of_another_invoice_is_refused(self, waybill, arrange, taken, bench):
        invoice_id, uuid = taken
        other = arrange.outcome_unknown()
        self._give(bench, other, uuid)
        result = waybill("resolve", invoice_id, "--arrived", uuid, *BECAUSE)
        # Others look for whatever nobody recorded in the same ledger.
        self._give(bench, other, None)
        assert result.exit_code == 2
        assert "belongs to another invoice" in flat(result)


class TestSendAgain:
    def test_it_is_ready_once_the_upload_can_no_longer_be_under_way(self, waybill, arrange):
        invoice_id = arrange.outcome_unknown()
        assert waybill("resolve", invoice_id, "--send-again", *BECAUSE).exit_code == 0
        assert arrange.state(invoice_id) == "ready"

    def test_it_is_refused_before(self, waybill, arrange):
        invoice_id = arrange.outcome_unknown(budget=600)
        result = waybill("resolve", invoice_id, "--send-again", *BECAUSE)
        assert result.exit_code == 2
        assert "may still be under way" in result.stderr
        assert arrange.state(invoice_id) == "outcome_unknown"

    def test_it_is_refused_where_a_newer_version_exists(self, waybill, arrange, bench):
        invoice_id = arrange.outcome_unknown()
        with bench.ledger.reading() as connection:
            content = document_of(connection, invoice_id)
        arrange.arrive(
            SandboxRecord(
                source_id=arrange.row(invoice_id).source_id,
                version=2,
                direction=Direction(arrange.row(invoice_id).direction),
                company_number=arrange.row(invoice_id).company_number,
                number=arrange.row(invoice_id).number,
                document=content.replace(b"Levering", b"Vervoer"),
            )
        )
        result = waybill("resolve", invoice_id, "--send-again", *BECAUSE)
        assert result.exit_code == 2
        assert "Version 2 of this invoice exists" in flat(result)
        assert arrange.state(invoice_id) == "outcome_unknown"


def test_the_second_of_two_people_is_told_what_the_first_decided(waybill, arrange, settings):
    invoice_id = arrange.held()
    settings.setenv("USER", "an")
    assert waybill("resolve", invoice_id, "--release", "--saw", "held", *BECAUSE).exit_code == 0
    settings.setenv("USER", "jan")

    result = waybill("resolve", invoice_id, "--dismiss", "--saw", "held", *BECAUSE)

    assert result.exit_code == 2
    assert "is ready now, not held: look again, then decide" in flat(result)
    assert arrange.state(invoice_id) == "ready"


@pytest.mark.parametrize(
    ("state", "option", "after"),
    [
        ("held", "--release", "ready"),
        ("held", "--already-booked", "duplicate"),
        ("held", "--dismiss", "dismissed"),
        ("invalid", "--release", "ready"),
        ("invalid", "--dismiss", "dismissed"),
        ("failed", "--release", "ready"),
        ("failed", "--dismiss", "dismissed"),
        ("outcome_unknown", "--dismiss", "dismissed"),
    ],
)
def test_a_decision_moves_the_invoice(waybill, arrange, state, option, after):
    invoice_id = getattr(arrange, state)()
    result = waybill("resolve", invoice_id, option, *BECAUSE, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "id": str(invoice_id),
        "decision": option.removeprefix("--").replace("-", "_"),
        "from": state,
        "state": after,
    }
    row = arrange.row(invoice_id)
    assert row.state == after
    assert row.reason.endswith("I looked in the portal.")


@pytest.mark.parametrize(
    ("state", "option"),
    [("sent", "--dismiss"), ("sent", "--release"), ("ready", "--already-booked"), ("held", "--send-again")],
)
def test_a_decision_that_does_not_fit_the_state_is_refused(waybill, arrange, state, option):
    invoice_id = getattr(arrange, state)()
    result = waybill("resolve", invoice_id, option, *BECAUSE)
    assert result.exit_code == 2
    assert f"is {state}" in flat(result)
    assert arrange.state(invoice_id) == state


def test_a_decision_in_view_of_another_state_is_a_conflict(waybill, arrange):
    invoice_id = arrange.held()
    result = waybill("resolve", invoice_id, "--dismiss", "--saw", "invalid", *BECAUSE)
    assert result.exit_code == 2
    assert "is held now, not invalid" in flat(result)
    assert arrange.state(invoice_id) == "held"


@pytest.mark.parametrize("options", [(), ("--release", "--dismiss")], ids=["none", "two"])
def test_exactly_one_decision_is_needed(waybill, options):
    result = waybill("resolve", uuid4(), *options, *BECAUSE)
    assert result.exit_code == 2
    assert "exactly one of" in result.stderr


@pytest.mark.parametrize("extra", [str(uuid4()), "--seen"], ids=["a uuid", "seen"])
def test_a_uuid_or_seen_without_arrived_is_refused(waybill, arrange, extra):
    invoice_id = arrange.held()
    result = waybill("resolve", invoice_id, extra, "--dismiss", *BECAUSE)
    assert result.exit_code == 2
    assert "--arrived only" in result.stderr
    assert arrange.state(invoice_id) == "held"


@pytest.mark.parametrize("reason", [(), ("--reason", "  ")], ids=["none", "blank"])
def test_a_reason_is_needed(waybill, arrange, reason):
    invoice_id = arrange.held()
    result = waybill("resolve", invoice_id, "--dismiss", *reason)
    assert result.exit_code == 2
    assert "--reason" in result.stderr
    assert arrange.state(invoice_id) == "held"


class TestNames:
    def test_the_number_of_one_invoice_will_do(self, waybill, arrange):
        invoice_id = arrange.failed()
        number = arrange.row(invoice_id).number
        assert waybill("resolve", number, "--dismiss", *BECAUSE).exit_code == 0
        assert arrange.state(invoice_id) == "dismissed"

    def test_a_number_of_several_is_refused(self, waybill, arrange):
        invoice_id = arrange.held()
        result = waybill("resolve", arrange.row(invoice_id).number, "--dismiss", *BECAUSE)
        assert result.exit_code == 2
        assert "2 invoices are called" in result.stderr

    def test_an_unknown_one_is_refused(self, waybill):
        result = waybill("resolve", "no-such-invoice", "--dismiss", *BECAUSE)
        assert result.exit_code == 2
        assert "The ledger has no invoice no-such-invoice." in result.stderr

    def test_the_start_of_its_id_will_do(self, waybill, arrange):
        invoice_id = arrange.failed()
        assert waybill("resolve", str(invoice_id)[:8], "--dismiss", *BECAUSE).exit_code == 0
        assert arrange.state(invoice_id) == "dismissed"


def test_the_decision_is_kept_with_who_made_it(waybill, arrange, bench, settings):
    settings.setenv("USER", "an")
    invoice_id = arrange.failed()
    waybill("resolve", invoice_id, "--dismiss", *BECAUSE)
    with bench.ledger.reading() as connection:
        decided = connection.execute(
            text("SELECT actor, decision, saw_state FROM decision WHERE invoice_id = :id"), {"id": invoice_id}
        ).one()
    assert tuple(decided) == ("an (waybill resolve)", "dismiss", "failed")
