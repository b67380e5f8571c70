"""`waybill reconcile`: what was forwarded, compared with what Clearfacts shows."""

import json

import pytest

from clients.naming import Ref, upload_comment
from flows import reconcile as flow
from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.records import Administration
from sandbox.serve import Sandbox
from tests.db.conftest import COMPANY, Arrange

SHAPE = [
    "job_id", "state", "error", "from", "until", "receipts", "confirmed", "different", "not_checked", "unverified",
    "statistics", "findings", "findings_left_out", "notes",
]  # fmt: skip
OF_A_FINDING = [
    "code", "severity", "message", "found", "expected", "fix", "invoice_id", "number", "company_number", "receipt",
    "month",
]  # fmt: skip


@pytest.fixture
def own_sandbox():
    with Sandbox((), [Administration(COMPANY, "Klant")]) as running:
        yield running


@pytest.fixture(autouse=True)
def _own_systems(settings, own_sandbox, database_url, prefect_api):
    settings.setenv("PREFECT_API_URL", prefect_api)
    settings.setenv("WAYBILL_DATABASE_URL", database_url.render_as_string(hide_password=False))
    for name, value in own_sandbox.environment.items():
        settings.setenv(name, value)


@pytest.fixture
def receipts(ledger, own_sandbox):
    """The receipts of two invoices that Clearfacts took."""
    given = []
    with ledger.worker() as worker:
        arrange = Arrange(ledger, worker)
        for _ in range(2):
            claimed = arrange.claim(arrange.in_state("ready"))
            comment = upload_comment(Ref.of(claimed.invoice_id, claimed.document_sha256))
            given.append(own_sandbox.portal.take(COMPANY, "PURCHASE", "a.xml", comment).uuid)
            arrange.settle(claimed, "accepted", receipt=given[-1])
        yield given


def flat(text):
    return " ".join(text.split())


@pytest.mark.usefixtures("receipts")
def test_nothing_found_is_0(waybill, settings):
    settings.setenv("USER", "an")

    result = waybill("reconcile", "--json")

    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert list(report) == SHAPE
    assert (report["state"], report["receipts"], report["confirmed"]) == ("completed", 2, 2)
    (job,) = waybill.rows("jobs", report["job_id"])
    assert (job["flow"], job["requested_by"]) == ("reconcile-deliveries", "an (waybill reconcile)")
    assert waybill.rows("reconcile", "--last") == [report]


def test_findings_are_1_and_people_read_what_to_do(waybill, receipts, own_sandbox):
    own_sandbox.portal.lose(receipts[0])

    result = waybill("reconcile")

    assert result.exit_code == 1
    said = flat(result.stdout)
    assert f"Clearfacts shows this account no document {receipts[0]}" in said
    assert "[WB-RECEIPT-MISSING] Look it up in Clearfacts." in said
    assert "[WB-STATISTICS-FEWER]" in said
    assert "needs person: 2 receipts from 20" in said
    assert "UTC: 1 confirmed, 1 different." in said
    assert "Monthly counts of companies: 1 compared, 1 with fewer" in said
    again = waybill("reconcile", "--last", "--json")
    assert again.exit_code == 1
    assert [list(found) for found in json.loads(again.stdout)["findings"]] == [OF_A_FINDING, OF_A_FINDING]


def test_more_than_a_report_lists_are_counted(waybill, receipts, own_sandbox, settings):
    settings.setattr(flow, "MOST_FINDINGS", 1)
    for each in receipts:
        own_sandbox.portal.comment(each, None)
    assert "... and 1 more findings, not listed." in waybill("reconcile").stdout


@pytest.mark.usefixtures("receipts")
def test_a_run_that_failed_is_2_and_says_why(waybill, own_sandbox):
    own_sandbox.faults.add(Fault(call=Call.DOCUMENT, fault=FaultKind.UNAUTHORIZED, times=None))

    result = waybill("reconcile")

    assert result.exit_code == 2
    assert "Reading receipts stopped early, 2 were not read." in flat(result.stderr)
    assert "2 not checked" in result.stdout
    assert "Monthly counts: not compared." in result.stdout


@pytest.mark.usefixtures("receipts")
def test_without_monthly_counts_a_note_says_so(waybill, own_sandbox):
    own_sandbox.faults.add(Fault(call=Call.STATISTICS, fault=FaultKind.FORBIDDEN, times=None))

    result = waybill("reconcile")

    assert result.exit_code == 0
    assert "monthly counts could not be compared" in flat(result.stderr)


def test_one_that_broke_off_has_no_report(waybill, settings):
    settings.setenv("WAYBILL_CLEARFACTS_TOKEN", "hush\nhush")

    result = waybill("reconcile", "--json")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no report" in flat(result.stderr)
    assert "hush" not in result.stderr


def test_the_last_of_none_is_2(waybill):
    result = waybill("reconcile", "--last")
    assert result.exit_code == 2
    assert "Nothing has been reconciled yet" in flat(result.stderr)


def test_days_do_not_go_with_the_last(waybill):
    result = waybill("reconcile", "--last", "--days", "3")
    assert result.exit_code == 2
    assert "--days goes with a new reconciliation" in flat(result.stderr)


def test_days_are_taken(waybill):
    report = json.loads(waybill("reconcile", "--days", "3", "--json").stdout)
    (job,) = waybill.rows("jobs")
    assert job["parameters"] == {"days": 3}
    assert report["from"] < report["until"]
