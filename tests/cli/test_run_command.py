"""`waybill run`: the main job once, in this process."""

import json
from dataclasses import replace
from uuid import uuid4

import pytest

from sandbox.demo import DEMO_ADMINISTRATIONS
from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.load import load_records
from sandbox.serve import Sandbox

COUNTS = [
    "fetched", "rejected_records", "ready", "sent", "duplicate", "held", "invalid", "could_not_check", "failed",
    "outcome_unknown", "superseded", "out_of_scope",
]  # fmt: skip


@pytest.fixture
def own_sandbox():
    with Sandbox((), DEMO_ADMINISTRATIONS) as running:
        yield running


@pytest.fixture
def offer(own_sandbox):
    def put(*records):
        for record in records:
            own_sandbox.feed.put(replace(record, updated_at=None))

    return put


@pytest.fixture(autouse=True)
def _own_systems(settings, own_sandbox, database_url, prefect_api):
    settings.setenv("PREFECT_API_URL", prefect_api)
    settings.setenv("WAYBILL_DATABASE_URL", database_url.render_as_string(hide_password=False))
    settings.setenv("WAYBILL_RETRY_WITHIN_SECONDS", "1")
    for name, value in own_sandbox.environment.items():
        settings.setenv(name, value)


def uploads(sandbox):
    return len(sandbox.journal.entries(Call.UPLOAD))


def flat(text):
    return " ".join(text.split())


class TestJson:
    def test_is_exactly_the_documented_object(self, waybill, offer):
        offer(*load_records(3))
        result = waybill("run", "--json")
        assert result.exit_code == 0
        (line,) = result.stdout.splitlines()
        report = json.loads(line)
        assert list(report) == ["job_id", "state", "counts", "waiting"]
        assert list(report["counts"]) == COUNTS
        assert report["counts"] == {**dict.fromkeys(COUNTS, 0), "fetched": 3, "sent": 3}
        assert (report["state"], report["waiting"]) == ("completed", 0)
        (job,) = waybill.rows("jobs", report["job_id"])
        assert (job["state"], list(job["counts"].items())) == (
            report["state"],
            list(report["counts"].items()),
        )

    def test_of_a_dry_run_adds_what_would_happen_to_each(self, waybill, offer, own_sandbox):
        offer(*load_records(2))
        report = json.loads(waybill("run", "--dry-run", "--json").stdout)
        assert list(report) == ["job_id", "state", "counts", "waiting", "outcomes"]
        assert [outcome["state"] for outcome in report["outcomes"]] == ["ready", "ready"]
        assert uploads(own_sandbox) == 0
        assert waybill.rows("invoices") == []


class TestExitCode:
    def test_is_1_where_an_invoice_needs_a_person(self, waybill, offer, own_sandbox):
        offer(*load_records(2))
        own_sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.ERRORS))

        result = waybill("run")

        assert result.exit_code == 1
        (job,) = waybill.rows("jobs")
        assert "needs person: 2 fetched, 1 sent, 1 failed; 0 waiting." in result.stdout
        hint = f"waybill invoices --job {job['job_id'][:8]} --needs-person"
        assert f"1 need a person: {hint}" in result.stdout
        (failed,) = waybill.rows(*hint.split()[1:])
        assert failed["state"] == "failed"

    def test_is_1_where_a_record_could_not_become_an_invoice(self, waybill, offer):
        (record,) = load_records(1)
        offer(replace(record, overrides={"companyNumber": "0123.456.788"}))
        result = waybill("run")
        assert result.exit_code == 1
        assert "1 records could not become invoices: waybill rejected" in result.stdout

    def test_is_2_where_the_run_itself_failed(self, waybill, offer, own_sandbox):
        offer(*load_records(2))
        own_sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.UNAUTHORIZED, times=None))
        result = waybill("run")
        assert result.exit_code == 2
        assert "failed: 2 fetched, 2 ready; 2 waiting." in result.stdout
        assert "token" in result.stderr

    def test_is_2_where_the_run_broke_off(self, waybill, settings):
        settings.setenv("WAYBILL_JAVA_BACKEND_TOKEN", "hush\nhush")
        result = waybill("run", "--json")
        assert result.exit_code == 2
        assert json.loads(result.stdout)["state"] == "failed"
        assert "hush" not in result.stderr


class TestNamedInvoices:
    def test_only_these_are_worked_on(self, waybill, offer, own_sandbox):
        offer(*load_records(3))
        outage = own_sandbox.faults.add(
            Fault(call=Call.ADMINISTRATIONS, fault=FaultKind.FORBIDDEN, times=None)
        )
        assert waybill("run").exit_code == 2
        own_sandbox.faults.remove(outage.id)
        first, second, _ = waybill.rows("invoices")

        report = json.loads(
            waybill("run", "--json", "--invoice-id", first["id"], "--invoice-id", second["number"]).stdout
        )

        assert (report["counts"]["sent"], report["waiting"]) == (2, 1)
        assert report["counts"]["fetched"] == 0

    def test_an_unknown_one_ends_the_run_before_it_begins(self, waybill, offer):
        offer(*load_records(1))
        unknown = str(uuid4())
        result = waybill("run", "--invoice-id", unknown)
        assert result.exit_code == 2
        assert f"The ledger has no invoice {unknown}." in flat(result.stderr)
        assert waybill.rows("jobs") == []


class TestForce:
    def test_needs_ids_or_all_failed(self, waybill):
        result = waybill("run", "--force")
        assert result.exit_code == 2
        assert "--force needs --invoice-id or --all-failed" in flat(result.stderr)

    @pytest.mark.parametrize("how", ["--all-failed", "--invoice-id"])
    def test_releases_failed_ones(self, waybill, offer, own_sandbox, how):
        offer(*load_records(1))
        own_sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.ERRORS))
        assert waybill("run").exit_code == 1
        (row,) = waybill.rows("invoices")
        named = [how] if how == "--all-failed" else [how, row["id"]]

        assert waybill("run", "--force", *named).exit_code == 0

        (row,) = waybill.rows("invoices")
        assert row["state"] == "sent"


class TestDryRun:
    def test_people_read_what_would_happen(self, waybill, offer, own_sandbox):
        offer(*load_records(2))
        result = waybill("run", "--dry-run")
        assert result.exit_code == 0
        assert result.stdout.startswith("What would happen (ready: would be forwarded); nothing was changed:")
        assert "Checked; may be forwarded." in flat(result.stdout)
        assert "--needs-person" not in result.stdout
        assert uploads(own_sandbox) == 0


class TestWhatIsTakenForGranted:
    def test_is_said_as_long_as_no_route_is_set(self, waybill, settings, ledger):
        settings.delenv("WAYBILL_DELIVER_FROM")
        said = f"No route is set: all companies' invoices issued from {ledger.created_on()} on are forwarded"
        result = waybill("run", "--json")
        assert said in flat(result.stderr)
        assert len(result.stdout.splitlines()) == 1

    def test_is_not_said_once_a_route_is_set(self, waybill, settings):
        settings.delenv("WAYBILL_DELIVER_FROM")
        waybill("routes", "set", "--deliver-from", "2026-01-01")
        assert "No route is set" not in waybill("run").stderr


def test_a_run_with_nothing_to_do_says_so_and_its_job_who_asked_for_it(waybill, settings):
    settings.setenv("USER", "an")
    result = waybill("run")
    assert (result.exit_code, result.stdout) == (0, "completed: nothing to do; 0 waiting.\n")
    assert "No route is set" not in result.stderr
    assert waybill.rows("jobs")[0]["requested_by"] == "an (waybill run)"
