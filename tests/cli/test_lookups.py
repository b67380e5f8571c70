"""`waybill invoices`, `attempts`, `jobs`, `rejected`: looking things up."""

import json
from dataclasses import replace
from uuid import uuid4

import pytest

from sandbox.load import load_records
from tasks.fetch import cursor_in_ledger, fetch_page

INVOICE_FIELDS = [
    "id", "source", "source_id", "version", "number", "company_number", "direction", "type", "state", "verdict",
    "blocked_by", "reason", "receipt", "document_sha256", "findings", "updated_at",
]  # fmt: skip


class TestInvoices:
    def test_programs_read_exactly_the_documented_fields(self, waybill, arrange):
        invoice_id = arrange.sent()
        (row,) = waybill.rows("invoices", invoice_id)
        assert list(row) == INVOICE_FIELDS
        assert row["id"] == str(invoice_id)
        assert (row["source"], row["version"], row["type"]) == ("java-backend", 1, row["type"])
        assert (row["state"], row["verdict"], row["blocked_by"]) == ("sent", "valid", None)
        assert row["receipt"]
        assert len(row["document_sha256"]) == 64
        assert row["updated_at"].endswith("+00:00")

    def test_findings_are_given_in_short(self, waybill, arrange):
        (row,) = waybill.rows("invoices", arrange.invalid())
        assert row["verdict"] == "invalid"
        assert row["findings"]
        assert all(list(each) == ["code", "severity", "location", "message"] for each in row["findings"])

    def test_one_that_is_blocked_names_its_blocker(self, waybill, arrange):
        (row,) = waybill.rows("invoices", arrange.held())
        (blocker,) = waybill.rows("invoices", row["blocked_by"])
        assert (row["state"], blocker["state"]) == ("held", "ready")
        assert row["number"] == blocker["number"]

    @pytest.mark.parametrize("name", ["id", "source_id", "number"])
    def test_one_is_found_by_any_of_its_names(self, waybill, arrange, name):
        wanted = str(arrange.ready())
        (row,) = waybill.rows("invoices", wanted)
        assert [each["id"] for each in waybill.rows("invoices", row[name])] == [wanted]

    @pytest.mark.parametrize("length", [8, 9, 13, 20])
    def test_the_start_of_an_id_will_do(self, waybill, arrange, length):
        wanted = str(arrange.ready())
        assert [each["id"] for each in waybill.rows("invoices", wanted[:length])] == [wanted]

    def test_fewer_than_eight_characters_of_an_id_are_no_name(self, waybill, arrange):
        result = waybill("invoices", str(arrange.ready())[:7])
        assert result.exit_code == 2

    def test_all_that_share_a_number_are_shown(self, waybill, arrange):
        (row,) = waybill.rows("invoices", arrange.held())
        assert len(waybill.rows("invoices", row["number"])) == 2

    def test_each_option_narrows(self, waybill, arrange):
        invoice_id = arrange.failed()
        (row,) = waybill.rows("invoices", invoice_id)
        other = "SALE" if row["direction"] == "PURCHASE" else "PURCHASE"
        narrowed = {
            ("--state", "failed"): ("--state", "sent"),
            ("--company", f"BE {row['company_number']}"): ("--company", "0123.456.749"),
            ("--direction", row["direction"].lower()): ("--direction", other),
            ("--number", row["number"]): ("--number", "another"),
            ("--source-id", row["source_id"]): ("--source-id", "another"),
            ("--since", "2026-01-01"): ("--since", "2030-01-01"),
            ("--until", "2030-01-01"): ("--until", "2025-12-31"),
            ("--needs-person",): ("--state", "held"),
            ("--job", str(arrange.bench.actor.job_id)): None,
        }
        for fitting, other_value in narrowed.items():
            found = [each["id"] for each in waybill.rows("invoices", *fitting)]
            assert str(invoice_id) in found, fitting
            if other_value:
                assert str(invoice_id) not in [each["id"] for each in waybill.rows("invoices", *other_value)]

    def test_a_company_of_that_name_only(self, waybill, arrange):
        (row,) = waybill.rows("invoices", arrange.ready())
        result = waybill("invoices", row["number"], "--company", "0123456749")
        assert result.exit_code == 2
        assert f"no invoice {row['number']}" in result.stderr

    def test_so_many_at_most(self, waybill, arrange):
        arrange.ready()
        arrange.ready()
        assert len(waybill.rows("invoices", "--limit", "2")) == 2

    def test_a_table_fits_in_80_columns_and_its_ids_can_be_used(self, waybill, arrange):
        invoice_id = str(arrange.held())
        table = waybill("invoices", "--state", "held").stdout
        assert max(map(len, table.splitlines())) <= 80
        row = next(line for line in table.splitlines() if line.startswith(invoice_id[:8]))
        assert row.split()[4] == "held"
        assert waybill.rows("invoices", row.split()[0])[0]["id"] == invoice_id

    def test_a_named_one_is_shown_in_full_with_its_findings(self, waybill, arrange):
        invoice_id = arrange.invalid()
        shown = waybill("invoices", invoice_id).stdout
        (row,) = waybill.rows("invoices", invoice_id)
        assert f"{row['number']}: invalid" in shown
        for finding in row["findings"]:
            assert f"{finding['message']} [{finding['code']}]" in shown
        assert str(invoice_id) in shown
        assert row["document_sha256"] in shown

    def test_nothing_found_is_said_and_is_no_error(self, waybill):
        result = waybill("invoices", "--number", "no such number")
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "None.\n")
        assert waybill.rows("invoices", "--number", "no such number") == []

    def test_an_unknown_one_is_named(self, waybill):
        unknown = str(uuid4())
        result = waybill("invoices", unknown)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"The ledger has no invoice {unknown}." in " ".join(result.stderr.split())

    def test_a_company_number_with_a_slip_is_refused_with_why(self, waybill):
        result = waybill("invoices", "--company", "0123.456.788")
        assert result.exit_code == 2
        assert "check digits" in result.stderr

    def test_what_comes_from_outside_cannot_speak_to_the_terminal(self, waybill, arrange):
        record = next(arrange.records)
        invoice_id = arrange.arrive(replace(record, source_id="[red]\u202e]0;owned"))
        shown = waybill("invoices", invoice_id).stdout
        assert "[red]\N{REPLACEMENT CHARACTER}]0;owned" in shown


class TestAttempts:
    def test_programs_read_one_object_for_each_attempt(self, waybill, arrange):
        invoice_id = arrange.sent()
        (attempt,) = waybill.rows("attempts", invoice_id)
        assert list(attempt) == [
            "id", "invoice_id", "number", "job_id", "company_number", "direction", "document_sha256", "claimed_at",
            "settled_at", "outcome", "code", "message", "http_status", "receipt",
        ]  # fmt: skip
        assert attempt["invoice_id"] == str(invoice_id)
        assert (attempt["outcome"], attempt["http_status"]) == ("accepted", 200)
        assert attempt["claimed_at"] < attempt["settled_at"]

    def test_people_read_a_table_with_times_in_utc(self, waybill, arrange):
        invoice_id = str(arrange.failed())
        table = waybill("attempts", invoice_id).stdout
        (attempt,) = waybill.rows("attempts", invoice_id)
        heading, first = table.splitlines()[:2]
        assert "At (UTC)" in heading
        assert first.startswith(attempt["claimed_at"][:19].replace("T", " "))
        assert first.split()[2] == invoice_id[:8]
        assert "refused" in first
        assert max(map(len, table.splitlines())) <= 80

    def test_one_that_was_never_tried_has_none(self, waybill, arrange):
        assert waybill.rows("attempts", arrange.ready()) == []


class TestJobs:
    def test_programs_read_one_object_for_each_job(self, waybill, bench):
        (job,) = waybill.rows("jobs", bench.actor.job_id)
        assert list(job) == [
            "job_id", "flow", "requested_by", "parameters", "state", "counts", "waiting", "error", "started_at",
            "ended_at",
        ]  # fmt: skip
        assert (job["job_id"], job["state"]) == (str(bench.actor.job_id), "running")

    def test_people_read_a_table_whose_ids_can_be_used(self, waybill, bench):
        table = waybill("jobs").stdout
        assert str(bench.actor.job_id)[:8] in table
        assert max(map(len, table.splitlines())) <= 80
        assert waybill.rows("jobs", str(bench.actor.job_id)[:8])[0]["requested_by"] == "a test"

    @pytest.mark.parametrize("command", [("jobs",), ("invoices", "--job")])
    def test_an_unknown_one_is_named(self, waybill, command):
        result = waybill(*command, "not-a-job")
        assert result.exit_code == 2
        assert "The ledger has no job not-a-job." in result.stderr


class TestRejected:
    @pytest.fixture
    def rejected(self, arrange):
        """The source id of a record that could not become an invoice."""
        (record,) = load_records(1)
        source_id = f"BAD-{uuid4()}"
        bad = replace(
            record, source_id=source_id, overrides={"companyNumber": "0123.456.788"}, updated_at=None
        )
        arrange.sandbox.feed.put(bad)
        assert fetch_page(arrange.bench, cursor_in_ledger(arrange.bench)).rejected == 1
        return source_id

    def test_programs_read_what_is_wrong(self, waybill, rejected):
        row = next(each for each in waybill.rows("rejected") if each["source_id"] == rejected)
        assert list(row) == [
            "id", "source", "source_id", "version", "finding", "seen", "created_at", "resolved_at",
        ]  # fmt: skip
        assert "check digits" in row["finding"]["message"]

    @pytest.mark.usefixtures("rejected")
    def test_people_read_what_to_do(self, waybill):
        shown = " ".join(waybill("rejected").stdout.split())
        assert "check digits" in shown
        assert "Correct" in shown

    def test_those_that_came_right_are_shown_on_demand(self, waybill, arrange, rejected):
        record = next(arrange.records)
        arrange.arrive(replace(record, source_id=rejected, version=2))
        assert rejected not in [each["source_id"] for each in waybill.rows("rejected")]
        assert rejected in [each["source_id"] for each in waybill.rows("rejected", "--all")]


def test_json_is_one_object_a_line_without_escapes(waybill, arrange):
    arrange.ready()
    lines = waybill("invoices", "--json").stdout.splitlines()
    assert len(lines) == len([json.loads(line) for line in lines]) > 0
