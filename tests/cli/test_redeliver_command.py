"""`waybill redeliver`: what is ready and due goes out, in this process."""

import json
from uuid import uuid4

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.records import Administration
from sandbox.serve import Sandbox
from tests.cli.test_run_command import COUNTS
from tests.db.conftest import COMPANY, Arrange


@pytest.fixture
def own_sandbox():
    with Sandbox((), [Administration(COMPANY, "Klant")]) as running:
        yield running


@pytest.fixture(autouse=True)
def _own_systems(settings, own_sandbox, database_url, prefect_api):
    settings.setenv("PREFECT_API_URL", prefect_api)
    settings.setenv("WAYBILL_DATABASE_URL", database_url.render_as_string(hide_password=False))
    settings.setenv("WAYBILL_RETRY_WITHIN_SECONDS", "1")
    for name, value in own_sandbox.environment.items():
        settings.setenv(name, value)


@pytest.fixture
def leave_ready(ledger):
    """So many invoices that are checked and ready."""
    with ledger.worker() as worker:
        arrange = Arrange(ledger, worker)
        yield lambda count: [arrange.in_state("ready") for _ in range(count)]


def test_it_prints_the_report_that_a_run_prints(waybill, leave_ready, settings):
    settings.setenv("USER", "an")
    leave_ready(2)

    result = waybill("redeliver", "--json")

    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert list(report) == ["job_id", "state", "counts", "waiting"]
    assert report["counts"] == {**dict.fromkeys(COUNTS, 0), "sent": 2}
    assert (report["state"], report["waiting"]) == ("completed", 0)
    (job,) = waybill.rows("jobs")
    assert (job["job_id"], job["flow"]) == (report["job_id"], "redeliver-invoices")
    assert job["requested_by"] == "an (waybill redeliver)"


def test_only_those_that_are_named_go(waybill, leave_ready):
    first, _, third = leave_ready(3)

    result = waybill("redeliver", "--invoice-id", first, "--invoice-id", third)

    assert (result.exit_code, result.stdout) == (0, "completed: 2 sent; 1 waiting.\n")
    assert [row["state"] for row in waybill.rows("invoices")] == ["sent", "ready", "sent"]


def test_an_unknown_one_ends_it_before_it_begins(waybill):
    result = waybill("redeliver", "--invoice-id", uuid4())
    assert result.exit_code == 2
    assert "The ledger has no invoice" in result.stderr
    assert waybill.rows("jobs") == []


def test_people_are_told_where_to_look(waybill, leave_ready, own_sandbox):
    leave_ready(2)
    own_sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.ERRORS))

    result = waybill("redeliver")

    assert result.exit_code == 1
    assert "needs person: 1 sent, 1 failed; 0 waiting." in result.stdout
    assert "1 need a person: waybill invoices --job" in result.stdout


def test_a_run_that_failed_says_why(waybill, leave_ready, own_sandbox):
    leave_ready(1)
    own_sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.UNAUTHORIZED, times=None))

    result = waybill("redeliver")

    assert result.exit_code == 2
    assert "failed: 1 ready; 1 waiting." in result.stdout
    assert "token" in result.stderr
