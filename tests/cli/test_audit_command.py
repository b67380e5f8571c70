"""`waybill audit`: the life of one invoice, and whether the history of all is whole."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from cli.audit_report import _WORDS
from db import audit_checks
from db.claims import claim
from db.ledger import Actor
from db.seals import last_seal, seal_all


@pytest.fixture
def tamper(cli_database):
    """Runs a statement past all guards, and takes it back at the end of the test."""
    engine = create_engine(cli_database)
    back = []

    def run(statement, undo, **parameters):
        back.append((undo, parameters))
        _past_guards(engine, statement, parameters)

    yield run
    for undo, parameters in back:
        _past_guards(engine, undo, parameters)
    engine.dispose()


def _past_guards(engine, statement, parameters):
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(statement), parameters)


@pytest.fixture
def sealed(bench, arrange):
    """Everything sealed; returns the last seal as an auditor notes it down."""
    arrange.sent()
    seal_all(bench.ledger, Actor("a test"))
    with bench.ledger.reading() as connection:
        newest = last_seal(connection)
    return f"{newest.number}:{newest.hash}"


def in_one_line(result):
    return " ".join(result.stdout.split())


class TestTimeline:
    def test_people_read_where_it_came_from_and_all_that_happened(self, waybill, arrange):
        invoice_id = arrange.sent()
        row = arrange.row(invoice_id)
        result = waybill("audit", invoice_id)
        assert result.exit_code == 0
        shown = in_one_line(result)
        assert result.stdout.startswith(f"{row.number}: sent\n")
        for told in (
            f"{row.source_id} version 1 of java-backend",
            f"{row.payable_amount} {row.currency}",
            f"{row.company_number} {row.direction}",
            f"receipt {row.receipt}",
            "received Received; not yet checked.",
            "received -> ready Checked; may be forwarded.",
            "verdict valid by",
            "ready -> sending",
            "sending -> sent",
            "accepted",
            "HTTP 200",
            "asked for by a test",
            str(invoice_id),
        ):
            assert told in shown, told

    def test_findings_of_the_verdict_are_shown(self, waybill, arrange):
        invoice_id = arrange.invalid()
        (row,) = waybill.rows("invoices", invoice_id)
        shown = waybill("audit", invoice_id).stdout
        assert "verdict invalid by" in shown
        assert "policy: block" in shown
        for finding in row["findings"]:
            assert f"{finding['message']} [{finding['code']}]" in shown

    def test_what_holds_it_is_named(self, waybill, arrange):
        invoice_id = arrange.held()
        (row,) = waybill.rows("invoices", invoice_id)
        assert f"because of {row['number']}, invoice {row['blocked_by'][:8]}" in in_one_line(
            waybill("audit", invoice_id)
        )

    def test_who_decided_and_why_is_told_until_it_is_erased(self, waybill, arrange, tamper):
        invoice_id = arrange.outcome_unknown()
        waybill("resolve", invoice_id, "--arrived", "--seen", "--reason", "I [red]saw it")
        shown = in_one_line(waybill("audit", invoice_id))
        assert "decided: arrived, seeing it outcome_unknown" in shown
        assert "reason: I [red]saw it" in shown
        assert "receipt none (seen by a person, not verified)" in shown
        tamper(
            "UPDATE payload SET content = NULL, erased_at = now() FROM decision"
            " WHERE payload.id = reason_id AND invoice_id = :id",
            "UPDATE payload SET content = 'I [red]saw it', erased_at = NULL FROM decision"
            " WHERE payload.id = reason_id AND invoice_id = :id",
            id=invoice_id,
        )
        assert "reason erased; its SHA-256 was" in in_one_line(waybill("audit", invoice_id))

    def test_other_versions_of_the_record_are_told(self, waybill, arrange):
        record = next(arrange.records)
        first = arrange.arrive(record)
        newer = record.read_document().replace(b"Levering", b"Transport")
        second = arrange.arrive(replace(record, version=record.version + 1, document=newer))
        assert f"invoice {str(second)[:8]}" in in_one_line(waybill("audit", first))

    def test_an_upload_that_never_ended_is_told(self, waybill, arrange, bench):
        invoice_id = arrange.ready()
        with bench.ledger.worker() as worker:
            claim(bench.ledger, bench.actor, invoice_id, worker, 60.0)
        assert "not settled" in waybill("audit", invoice_id).stdout

    def test_programs_read_one_object(self, waybill, arrange):
        invoice_id = arrange.sent()
        (life,) = waybill.rows("audit", invoice_id)
        assert list(life) == [
            "id", "as_of", "state", "record", "document", "invoice", "receipt", "findings", "events", "attempts",
            "jobs",
        ]  # fmt: skip
        assert [each["to"] for each in life["events"]] == ["received", "ready", "sending", "sent"]
        assert list(life["events"][0]) == [
            "sequence", "at", "from", "to", "why", "sentence", "actor", "job", "blocked_by", "record", "disposition",
            "verdict", "attempt_id", "receipt", "decision", "hash", "seal",
        ]  # fmt: skip

    def test_names_are_those_of_waybill_invoices(self, waybill, arrange):
        invoice_id = arrange.ready()
        row = arrange.row(invoice_id)
        (life,) = waybill.rows("audit", row.source_id)
        assert life["id"] == str(invoice_id)
        result = waybill("audit", row.source_id, "--company", "0123456749")
        assert result.exit_code == 2
        assert f"no invoice {row.source_id}" in " ".join(result.stderr.split())

    def test_a_name_of_several_is_refused(self, waybill, arrange):
        (row,) = waybill.rows("invoices", arrange.held())
        result = waybill("audit", row["number"])
        assert result.exit_code == 2
        assert "give the id of one" in " ".join(result.stderr.split())

    def test_what_comes_from_outside_cannot_speak_to_the_terminal(self, waybill, arrange):
        record = next(arrange.records)
        invoice_id = arrange.arrive(replace(record, source_id="[red]\u202e]0;audited"))
        assert "[red]\N{REPLACEMENT CHARACTER}]0;audited" in waybill("audit", invoice_id).stdout


class TestAsOf:
    def test_before_it_arrived_it_was_not_in_the_ledger(self, waybill, arrange):
        invoice_id = arrange.sent()
        result = waybill("audit", invoice_id, "--as-of", "2020-01-01")
        assert result.exit_code == 0
        assert result.stdout.endswith(": not in the ledger yet at 2020-01-01 23:59:59 UTC\n")
        (life,) = waybill.rows("audit", invoice_id, "--as-of", "2020-01-01")
        assert (life["state"], life["events"]) == (None, [])

    def test_a_moment_shows_what_had_happened_by_then(self, waybill, arrange):
        invoice_id = arrange.sent()
        (life,) = waybill.rows("audit", invoice_id)
        at = life["events"][1]["at"]
        (then,) = waybill.rows("audit", invoice_id, "--as-of", at)
        assert (then["state"], len(then["events"])) == ("ready", 2)
        shown = waybill("audit", invoice_id, "--as-of", at).stdout
        assert ": ready at " in shown
        assert "sending" not in shown

    @pytest.mark.parametrize(
        ("given", "meant"),
        [
            ("2026-03-14", "2026-03-14T23:59:59.999999+00:00"),
            ("2026-03-14T09:26", "2026-03-14T09:26:59.999999+00:00"),
            ("2026-03-14 09:26:53", "2026-03-14T09:26:53.999999+00:00"),
            ("2026-03-14T09:26:53.5Z", "2026-03-14T09:26:53.500000+00:00"),
            ("2026-03-14T09:26:53+02:00", "2026-03-14T07:26:53.999999+00:00"),
        ],
    )
    def test_a_day_or_a_time_means_its_end_in_utc(self, waybill, arrange, given, meant):
        (life,) = waybill.rows("audit", arrange.ready(), "--as-of", given)
        assert life["as_of"] == meant

    @pytest.mark.parametrize("given", ["yesterday", "2026-02-30", "20260314", "2026-03-14T25:00"])
    def test_what_is_no_time_is_refused(self, waybill, given):
        result = waybill("audit", "any", "--as-of", given)
        assert result.exit_code == 2
        assert "is no day or time" in " ".join(result.stderr.split())


class TestVerify:
    def test_a_clean_ledger_says_how_much_was_looked_at(self, waybill, sealed):
        result = waybill("audit", "verify", "--documents")
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.startswith("No problems: ")
        assert "not sealed yet: 0" in result.stdout
        assert f"--anchor {sealed}" in result.stdout

    @pytest.mark.usefixtures("sealed")
    def test_programs_read_the_figures_last(self, waybill):
        (summary,) = waybill.rows("audit", "verify")
        assert list(summary) == ["problems", "invoices", "events", "seals", "unsealed_events", "last_seal"]
        assert summary["problems"] == 0

    def test_a_problem_is_named_with_its_place(self, waybill, arrange, tamper):
        invoice_id = arrange.sent()
        receipt = arrange.row(invoice_id).receipt
        tamper(
            "UPDATE invoice SET receipt = 'other' WHERE id = :id",
            "UPDATE invoice SET receipt = :receipt WHERE id = :id",
            id=invoice_id,
            receipt=receipt,
        )
        result = waybill("audit", "verify")
        assert result.exit_code == 1
        shown = in_one_line(result)
        assert f"invoice {invoice_id}" in shown
        assert "found other verified true" in shown
        assert f"expected {receipt} verified true" in shown
        assert "1 problem: " in shown

        *found, summary = map(json.loads, waybill("audit", "verify", "--json").stdout.splitlines())
        assert [each["problem"] for each in found] == ["receipt_differs"]
        assert summary["problems"] == 1

    def test_a_seal_that_was_noted_down_is_looked_for(self, waybill, sealed):
        assert waybill("audit", "verify", "--anchor", sealed).exit_code == 0
        result = waybill("audit", "verify", "--anchor", f"1:{'0' * 64}", "--anchor", sealed)
        assert result.exit_code == 1
        assert "anchor_differs" in result.stdout
        result = waybill("audit", "verify", "--anchor", f"999999:{'0' * 64}")
        assert result.exit_code == 1
        assert "The seal that was noted down is gone." in result.stdout

    @pytest.mark.parametrize("given", ["1", "1:abc", f"0:{'0' * 64}", f"x:{'0' * 64}"])
    def test_what_is_no_seal_is_refused(self, waybill, given):
        result = waybill("audit", "verify", "--anchor", given)
        assert result.exit_code == 2
        assert "NUMBER:HASH" in " ".join(result.stderr.split())

    @pytest.mark.parametrize(
        "arguments",
        [
            ("verify", "--as-of", "2026-01-01"),
            ("verify", "--company", "0123456749"),
            ("an-invoice", "--documents"),
            ("an-invoice", "--anchor", f"1:{'0' * 64}"),
        ],
    )
    def test_options_that_do_not_go_together_are_refused(self, waybill, arguments):
        assert waybill("audit", *arguments).exit_code == 2

    def test_a_ledger_that_cannot_be_opened_is_no_verdict(self, waybill, settings):
        settings.setenv("WAYBILL_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
        assert waybill("audit", "verify").exit_code == 2

    def test_every_kind_of_problem_has_its_sentence(self):
        queries = " ".join(
            str(each) for each in (*audit_checks.HISTORY, audit_checks.BYTES, audit_checks.ANCHOR)
        )
        for kind in _WORDS.keys() - {"key_missing"}:
            assert f"'{kind}'" in queries
        named = {
            word.strip("'(")
            for line in queries.splitlines()
            for word in line.replace(",", " ").split()
            if word.strip("'(").endswith(
                ("_changed", "_missing", "_swapped", "_broken", "_differs", "_unrecorded", "_queued")
            )
            and word.lstrip("(").startswith("'")
        }
        assert named | {"key_missing"} == set(_WORDS)
