"""Reconciliation: receipts read back and monthly counts compared, against a sandbox that loses and changes things."""

from itertools import pairwise
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from sqlalchemy import text

from clients.naming import Ref, upload_comment
from db.decisions import Decision
from db.ledger import Actor
from db.pace import pause
from db.reconciliations import reconciliation
from flows import reconcile as flow
from flows.reconcile import reconcile_deliveries
from invoices.company import format_enterprise_number
from invoices.lifecycle import State
from sandbox.faults import FaultKind
from sandbox.journal import Call
from sandbox.load import load_records
from sandbox.records import Administration
from tests.db.conftest import COMPANY, Arrange
from tests.flows.watched import report_of

UNCHANGED = "SELECT id, state, receipt, updated_at FROM invoice ORDER BY id"


@pytest.fixture
def arrange(ledger):
    """Brings invoices into any state without a run."""
    with ledger.worker() as worker:
        yield Arrange(ledger, worker)


@pytest.fixture
def send(sandbox, arrange, rows):
    """So many invoices that Clearfacts took, in the ledger and there."""
    sandbox.portal.list_company(Administration(COMPANY, "Klant"))

    def make(count):
        for invoice_id in [arrange.in_state(State.READY) for _ in range(count)]:
            claimed = arrange.claim(invoice_id)
            comment = upload_comment(Ref.of(invoice_id, claimed.document_sha256))
            taken = sandbox.portal.take(COMPANY, "PURCHASE", f"{invoice_id}.xml", comment)
            arrange.settle(claimed, "accepted", receipt=taken.uuid)
        return rows(states=["sent"])

    return make


@pytest.fixture
def reconciled(sandbox, prefect_api, ledger):
    """Reconciles; gives the run's report and the one that is kept. Nothing in the ledger's invoices changes."""

    def run(**parameters):
        with ledger.reading() as connection:
            before = connection.execute(text(UNCHANGED)).all()
        report = report_of(reconcile_deliveries, **parameters)
        with ledger.reading() as connection:
            assert connection.execute(text(UNCHANGED)).all() == before
            return report, reconciliation(connection, report.job_id)

    return run


def figures(kept):
    names = ("receipts", "confirmed", "different", "not_checked", "unverified")
    return tuple(kept[name] for name in names)


def codes(kept):
    return [found["code"] for found in kept["findings"]]


def test_what_clearfacts_shows_as_it_was_forwarded_is_confirmed(sandbox, run_job, reconciled):
    for record in load_records(45):
        sandbox.portal.list_company(
            Administration("".join(filter(str.isdigit, record.company_number)), "Load")
        )
        sandbox.feed.put(record)
    run_job()
    sandbox.journal.clear()

    report, kept = reconciled(requested_by="an")

    assert report.state == kept["state"] == "completed"
    assert figures(kept) == (45, 45, 0, 0, 0)
    assert (kept["findings"], kept["findings_left_out"], kept["notes"]) == ([], 0, [])
    assert kept["statistics"]["fewer"] == kept["statistics"]["missing"] == 0
    assert kept["statistics"]["compared"] > 0
    assert report.counts == {
        "receipts": 45, "confirmed": 45, "different": 0, "not_checked": 0, "unverified": 0, "fewer": 0,
    }  # fmt: skip
    assert sandbox.journal.counts()[Call.DOCUMENT] == {"accepted": 45}
    assert Call.UPLOAD not in sandbox.journal.counts()


class TestDifferences:
    def test_a_document_that_is_gone_is_found_and_the_month_has_fewer(self, send, reconciled, sandbox):
        gone, _ = send(2)
        sandbox.portal.lose(gone["receipt"])

        report, kept = reconciled()

        assert (report.state, figures(kept)) == ("needs_person", (2, 1, 1, 0, 0))
        receipt, month = kept["findings"]
        assert (receipt["code"], receipt["severity"]) == ("WB-RECEIPT-MISSING", "fatal")
        assert (receipt["invoice_id"], receipt["number"]) == (gone["id"], gone["number"])
        assert (receipt["receipt"], receipt["expected"]) == (gone["receipt"], gone["receipt"])
        assert gone["number"] in receipt["message"]
        assert (month["code"], month["severity"]) == ("WB-STATISTICS-FEWER", "warning")
        assert month["company_number"] == gone["company_number"]
        assert int(month["expected"]) == int(month["found"]) + 1
        assert format_enterprise_number(gone["company_number"]) in month["message"]
        assert kept["statistics"]["fewer"] == 1

    def test_a_comment_with_the_ref_of_another_invoice_is_found(self, send, reconciled, sandbox):
        one, other = send(2)
        theirs = Ref.of(UUID(other["id"]), other["document_sha256"])
        ours = Ref.of(UUID(one["id"]), one["document_sha256"])
        sandbox.portal.comment(one["receipt"], f"Paid. {theirs}")

        _, kept = reconciled()

        (found,) = kept["findings"]
        assert found["code"] == "WB-RECEIPT-OTHER"
        assert (found["found"], found["expected"]) == (str(theirs), str(ours))
        assert figures(kept) == (2, 1, 1, 0, 0)

    def test_the_ref_of_another_document_of_the_same_invoice_is_found(self, send, reconciled, sandbox):
        (one,) = send(1)
        sandbox.portal.comment(one["receipt"], str(Ref.of(UUID(one["id"]), "0" * 64)))

        assert codes(reconciled()[1]) == ["WB-RECEIPT-OTHER"]

    @pytest.mark.parametrize(
        ("comment", "shown"),
        [
            (None, None),
            ("", None),
            ("Betaald\u202e\x07 op 3/4", "Betaald op 3/4"),
            ("x" * 500, "x" * 79 + "…"),
        ],
        ids=["none", "empty", "controls", "long"],
    )
    def test_a_comment_without_a_ref_is_found_and_quoted_legibly(
        self, send, reconciled, sandbox, comment, shown
    ):
        (one,) = send(1)
        sandbox.portal.comment(one["receipt"], comment)

        (found,) = reconciled()[1]["findings"]

        assert (found["code"], found["found"]) == ("WB-RECEIPT-NO-REF", shown)
        assert found["message"].isprintable()

    def test_a_sentence_of_a_person_before_the_ref_changes_nothing(self, send, reconciled, sandbox):
        (one,) = send(1)
        ref = Ref.of(UUID(one["id"]), one["document_sha256"])
        sandbox.portal.comment(one["receipt"], f"Betaald op 3/4, zie Ref WB-0000000000 00000000. {ref}")

        assert figures(reconciled()[1]) == (1, 1, 0, 0, 0)

    def test_more_findings_than_a_report_lists_are_counted(self, send, reconciled, sandbox, monkeypatch):
        monkeypatch.setattr(flow, "MOST_FINDINGS", 3)
        for each in send(25):
            sandbox.portal.comment(each["receipt"], None)

        _, kept = reconciled()

        assert figures(kept) == (25, 0, 25, 0, 0)
        assert (len(kept["findings"]), kept["findings_left_out"]) == (3, 22)


class TestNotChecked:
    @pytest.mark.parametrize(
        "kind", [FaultKind.DROP, FaultKind.SERVER_ERROR, FaultKind.NOT_JSON, FaultKind.ERRORS]
    )
    def test_a_question_that_fails_is_neither_a_pass_nor_a_difference(self, send, reconciled, fault, kind):
        send(3)
        fault(Call.DOCUMENT, kind)

        report, kept = reconciled()

        assert (report.state, figures(kept)) == ("needs_person", (3, 2, 0, 1, 0))
        assert codes(kept) == ["WB-RECEIPT-NOT-READ"]

    def test_a_429_is_waited_for_and_asked_again(self, send, reconciled, fault):
        send(3)
        fault(Call.DOCUMENT, FaultKind.TOO_MANY_REQUESTS, times=2, retry_after="1")

        assert figures(reconciled()[1]) == (3, 3, 0, 0, 0)

    def test_a_destination_that_keeps_failing_is_left_alone_and_the_rest_is_not_checked(
        self, send, reconciled, fault, sandbox, monkeypatch
    ):
        monkeypatch.setenv("WAYBILL_CLEARFACTS_GIVE_UP_AFTER", "3")
        monkeypatch.setenv("WAYBILL_CLEARFACTS_CONCURRENCY", "1")
        send(45)
        fault(Call.DOCUMENT, FaultKind.SERVER_ERROR, times=None)

        report, kept = reconciled()

        assert (report.state, figures(kept)) == ("failed", (45, 0, 0, 45, 0))
        assert "stopped early, 42 were not read. 3 questions in a row" in report.problems[0]
        assert kept["error"] == report.problems[0]
        assert len(sandbox.journal.entries(Call.DOCUMENT)) == 3
        assert Call.STATISTICS not in sandbox.journal.counts()

    @pytest.mark.parametrize("kind", [FaultKind.UNAUTHORIZED, FaultKind.FORBIDDEN])
    def test_a_refused_token_fails_the_run_and_passes_nothing(self, send, reconciled, fault, sandbox, kind):
        send(25)
        fault(Call.DOCUMENT, kind, times=None)

        report, kept = reconciled()

        assert (report.state, figures(kept)) == ("failed", (25, 0, 0, 25, 0))
        assert "the token, or one of its scopes, is not accepted" in report.problems[0]
        assert len(sandbox.journal.entries(Call.DOCUMENT)) <= 4

    def test_a_token_that_cannot_be_used_is_said_without_showing_it(self, send, reconciled, monkeypatch):
        send(1)
        monkeypatch.setenv("WAYBILL_CLEARFACTS_TOKEN", "hush\nhush")

        report, kept = reconciled()

        assert (report.state, kept) == ("failed", None)
        assert "Clearfacts cannot be asked" in report.problems[0]
        assert "hush" not in report.problems[0]
        assert set(report.counts.values()) == {0}

    def test_while_clearfacts_asks_for_a_pause_it_is_asked_one_thing_at_a_time(
        self, send, reconciled, ledger, sandbox
    ):
        send(3)
        pause(ledger, Actor("a run"), 600)

        _, kept = reconciled()

        assert figures(kept) == (3, 3, 0, 0, 0)
        asked = [entry.time for entry in sandbox.journal.entries(Call.DOCUMENT)]
        assert min(b - a for a, b in pairwise(asked)).total_seconds() >= 0.9


def test_an_invoice_that_a_person_only_saw_is_listed_as_unverified_and_needs_nobody(
    send, arrange, reconciled, sandbox
):
    send(1)
    seen = arrange.in_state(State.OUTCOME_UNKNOWN)
    sandbox.portal.take(COMPANY, "PURCHASE", "seen.xml", None)
    arrange.decide(seen, Decision.ARRIVED)

    report, kept = reconciled()

    assert (report.state, figures(kept)) == ("completed", (2, 1, 0, 0, 1))
    (found,) = kept["findings"]
    assert (found["code"], found["invoice_id"]) == ("WB-RECEIPT-UNVERIFIED", str(seen))


class TestMonths:
    def test_what_came_by_other_channels_is_as_it_should_be(self, send, reconciled, sandbox):
        (one,) = send(1)
        for _ in range(3):
            sandbox.portal.take(one["company_number"], "PURCHASE", "by-mail.pdf", None)

        report, kept = reconciled()

        assert report.state == "completed"
        assert kept["statistics"] == {"compared": 1, "fewer": 0, "missing": 0, "malformed": 0}

    def test_a_company_without_a_count_and_a_row_that_cannot_be_read_are_counted(
        self, send, reconciled, sandbox
    ):
        (one,) = send(1)
        sandbox.portal.unlist_company(one["company_number"])
        sandbox.portal.list_company(Administration("12", "No number"))

        report, kept = reconciled()

        assert report.state == "completed"
        assert (kept["statistics"]["missing"], kept["statistics"]["compared"]) == (1, 0)
        assert kept["statistics"]["malformed"] > 0
        assert len(kept["notes"]) == 2

    @pytest.mark.parametrize("kind", [FaultKind.FORBIDDEN, FaultKind.SERVER_ERROR, FaultKind.ERRORS])
    def test_without_them_the_receipts_count_and_a_note_says_so(self, send, reconciled, fault, kind):
        send(2)
        fault(Call.STATISTICS, kind, times=None)

        report, kept = reconciled()

        assert (report.state, figures(kept)) == ("completed", (2, 2, 0, 0, 0))
        assert kept["statistics"] is None
        assert "monthly counts could not be compared" in kept["notes"][0]


class TestDays:
    @pytest.fixture
    def long_ago(self, send, owner):
        """One that was forwarded ten days ago, one today."""
        old, _ = send(2)
        with owner.begin() as connection:
            connection.exec_driver_sql("SET session_replication_role = replica")
            connection.execute(
                text("UPDATE audit_event SET at = at - interval '10 days' WHERE invoice_id = :id"),
                {"id": old["id"]},
            )

    @pytest.mark.usefixtures("long_ago")
    @pytest.mark.parametrize(("days", "receipts"), [(None, 1), (9, 1), (11, 2)])
    def test_only_what_was_forwarded_in_the_last_days_is_read(self, reconciled, days, receipts):
        assert reconciled(days=days)[1]["receipts"] == receipts

    @pytest.mark.usefixtures("long_ago")
    def test_a_setting_says_how_many(self, reconciled, monkeypatch):
        monkeypatch.setenv("WAYBILL_RECONCILE_DAYS", "30")
        assert reconciled()[1]["receipts"] == 2

    def test_nothing_forwarded_is_nothing_found(self, reconciled):
        report, kept = reconciled()
        assert (report.state, figures(kept)) == ("completed", (0, 0, 0, 0, 0))


def test_slack_hears_of_findings(send, reconciled, sandbox):
    (one,) = send(1)
    sandbox.portal.comment(one["receipt"], None)

    reconciled()

    (message,) = sandbox.journal.entries(Call.MESSAGE)
    assert "Of the receipts read back, 1 differ and 0 could not be checked" in (message.text or "")


def test_artifacts_show_it_in_prefect(send, reconciled, sandbox):
    (one,) = send(1)
    sandbox.portal.comment(one["receipt"], None)

    report, _ = reconciled()

    with get_client(sync_client=True) as client:
        of_this_run = {"artifacts": {"flow_run_id": {"any_": [str(report.job_id)]}}}
        shown = {
            each["key"]: each for each in client.request("POST", "/artifacts/filter", json=of_this_run).json()
        }
    assert set(shown) == {"reconciliation", "reconciliation-findings"}
    assert "| different | 1 |" in shown["reconciliation"]["data"]
    assert "WB-RECEIPT-NO-REF" in shown["reconciliation-findings"]["data"]


def test_logs_hold_nothing_of_the_invoices(send, reconciled, sandbox, caplog):
    (one,) = send(1)
    sandbox.portal.comment(one["receipt"], "Jan Peeters betaalde dit")
    caplog.clear()

    reconciled()

    for secret in (one["number"], one["receipt"], "Peeters", one["company_number"]):
        assert secret not in caplog.text
