"""The main job, end to end."""

import hashlib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prefect.client.orchestration import get_client

from db.ledger import Actor
from db.routes import set_route
from db.waypoints import Waypoint
from invoices.routes import RouteSetting
from invoices.source import Direction
from sandbox.demo import demo_records
from sandbox.faults import FaultKind
from sandbox.journal import Call
from sandbox.load import load_records
from sandbox.records import Administration

DEMO = {record.source_id: record for record in demo_records() if record.version == 1}


def digest(record):
    return hashlib.sha256(record.read_document()).hexdigest()


def some(count, start=0):
    """Distinct valid invoices."""
    return list(load_records(count, seed=start))


def offer(sandbox, *records):
    for record in records:
        sandbox.feed.put(replace(record, updated_at=None))


@pytest.fixture(autouse=True)
def _clearfacts_lists_the_load_companies(sandbox):
    for number in {record.company_number for record in load_records(50)}:
        sandbox.portal.list_company(Administration("".join(filter(str.isdigit, number)), "Load"))


def test_the_demo_ends_as_its_labels_say(sandbox, run_job, states, accepted):
    for record in demo_records():
        sandbox.feed.put(record)

    report = run_job()

    assert states() == {
        "sent": 27, "invalid": 3, "held": 2, "duplicate": 2, "superseded": 1, "out_of_scope": 1,
    }  # fmt: skip
    assert report.state == "needs_person"
    assert report.counts["fetched"] == 36
    assert len(accepted()) == 27
    assert sum(report.counts[state] for state in states()) == 36


def test_a_second_run_finds_nothing_to_do(sandbox, run_job, accepted):
    offer(sandbox, *some(3))
    run_job()

    report = run_job()

    assert report.state == "completed"
    assert report.counts["sent"] == 0
    assert len(accepted()) == 3


def test_a_feed_that_is_read_again_from_the_beginning_delivers_nothing_twice(
    sandbox, run_job, accepted, fault
):
    offer(sandbox, *some(3))
    run_job()
    fault(Call.PAGE, FaultKind.EXPIRED_CURSOR)

    report = run_job()

    assert report.counts["fetched"] == 3
    assert report.state == "completed"
    assert len(accepted()) == 3


def test_what_clearfacts_receives_is_byte_for_byte_what_the_source_gave(sandbox, run_job, accepted):
    records = some(30)
    offer(sandbox, *records)

    run_job()

    assert Counter(accepted()) == Counter(digest(record) for record in records)


def test_the_source_is_told_what_became_of_each_record(sandbox, run_job):
    for record in demo_records():
        sandbox.feed.put(record)

    run_job()

    told = Counter(entry.acknowledged for entry in sandbox.journal.entries(Call.ACKNOWLEDGEMENT))
    assert told == {"sent": 27, "failed": 3, "held": 2, "duplicate": 2, "superseded": 1, "out_of_scope": 1}


def test_acknowledgements_that_failed_are_made_by_a_later_run(sandbox, run_job, fault):
    offer(sandbox, *some(2))
    fault(Call.ACKNOWLEDGEMENT, FaultKind.SERVER_ERROR, times=20)
    assert run_job().state == "completed"
    for order in sandbox.faults.in_force():
        sandbox.faults.remove(order.id)
    sandbox.journal.clear()

    run_job()

    assert sandbox.journal.counts()[Call.ACKNOWLEDGEMENT] == {"accepted": 2}


class TestUploads:
    @pytest.mark.parametrize("taken", [False, True], ids=["not taken", "taken"])
    def test_a_lost_connection_leaves_the_outcome_unknown_and_is_not_repeated(
        self, sandbox, run_job, states, accepted, fault, taken
    ):
        offer(sandbox, *some(3))
        fault(Call.UPLOAD, FaultKind.DROP, taken=taken)

        report = run_job()
        run_job()

        assert states() == {"sent": 2, "outcome_unknown": 1}
        assert report.state == "needs_person"
        assert len(accepted()) == 2 + taken

    def test_a_429_is_waited_for_and_sent_in_the_same_run(self, sandbox, run_job, states, accepted, fault):
        offer(sandbox, *some(4))
        fault(Call.UPLOAD, FaultKind.TOO_MANY_REQUESTS, times=2, retry_after="1")

        assert run_job().state == "completed"
        assert states() == {"sent": 4}
        assert len(accepted()) == 4

    def test_a_429_that_asks_for_a_long_pause_ends_delivery_without_a_fault(
        self, sandbox, run_job, states, fault
    ):
        offer(sandbox, *some(12))
        fault(Call.UPLOAD, FaultKind.TOO_MANY_REQUESTS, times=None, retry_after="120")

        first, second = run_job(), run_job()

        assert (first.state, first.waiting) == ("completed", 12)
        assert "left alone" in first.notes[0]
        assert "left alone" in second.notes[0]
        assert states() == {"ready": 12}

    def test_an_invoice_that_waits_goes_at_once_when_a_person_names_it(
        self, sandbox, run_job, rows, fault, *, owner
    ):
        offer(sandbox, *some(2))
        fault(Call.UPLOAD, FaultKind.TOO_MANY_REQUESTS, times=2, retry_after="120")
        run_job()
        with owner.begin() as connection:
            connection.exec_driver_sql("UPDATE pace SET paused_until = NULL")
            connection.exec_driver_sql("UPDATE invoice SET next_attempt_at = now() + interval '1 hour'")
        sandbox.faults.remove(1)

        run_job(invoice_ids=[rows()[0]["id"]])

        assert [row["state"] for row in rows()] == ["sent", "ready"]

    def test_errors_in_a_200_are_a_refusal(self, sandbox, run_job, rows, fault):
        offer(sandbox, *some(2))
        fault(Call.UPLOAD, FaultKind.ERRORS, message="This file is not accepted")

        run_job()

        (failed,) = rows(states=["failed"])
        assert "This file is not accepted" in failed["reason"]

    @pytest.mark.parametrize("kind", [FaultKind.HTML, FaultKind.SERVER_ERROR, FaultKind.UNAVAILABLE])
    def test_an_answer_that_says_nothing_sure_is_an_unknown_outcome(
        self, sandbox, run_job, states, fault, kind
    ):
        offer(sandbox, *some(2))
        fault(Call.UPLOAD, kind)

        run_job()

        assert states() == {"sent": 1, "outcome_unknown": 1}

    def test_an_operator_may_know_that_a_503_was_not_taken(
        self, sandbox, run_job, states, fault, monkeypatch
    ):
        rows = '[{"status": 503, "retry_after": true, "outcome": "not_delivered"}]'
        monkeypatch.setenv("WAYBILL_CLEARFACTS_ANSWERS", rows)
        offer(sandbox, *some(2))
        fault(Call.UPLOAD, FaultKind.UNAVAILABLE, retry_after="1")

        run_job()

        assert states() == {"sent": 2}

    def test_a_refused_token_stops_the_run_and_loses_nothing(self, sandbox, run_job, states, fault):
        offer(sandbox, *some(5))
        fault(Call.UPLOAD, FaultKind.UNAUTHORIZED, times=None)

        report = run_job()

        assert report.state == "failed"
        assert "token" in " ".join(report.problems).lower()
        assert states() == {"ready": 5}
        assert report.waiting == 5

    def test_a_destination_that_keeps_failing_is_left_alone(
        self, sandbox, run_job, states, fault, monkeypatch
    ):
        monkeypatch.setenv("WAYBILL_CLEARFACTS_GIVE_UP_AFTER", "3")
        monkeypatch.setenv("WAYBILL_CLEARFACTS_CONCURRENCY", "1")
        offer(sandbox, *some(10))
        fault(Call.UPLOAD, FaultKind.SERVER_ERROR, times=None)

        report = run_job()

        assert states() == {"outcome_unknown": 3, "ready": 7}
        assert report.state == "failed"

    def test_without_the_list_of_companies_nothing_is_sent_and_the_next_run_goes_on(
        self, sandbox, run_job, states, fault
    ):
        offer(sandbox, *some(3))
        outage = fault(Call.ADMINISTRATIONS, FaultKind.FORBIDDEN, times=None)
        assert run_job().state == "failed"
        assert states() == {"ready": 3}
        sandbox.faults.remove(outage.id)

        assert run_job().state == "completed"
        assert states() == {"sent": 3}

    def test_a_company_that_gets_listed_is_delivered_by_itself(self, sandbox, run_job, states):
        record = DEMO["ERP-1001"]
        company = "0999000129"
        sandbox.portal.unlist_company(company)
        offer(sandbox, record)
        assert run_job().state == "needs_person"
        assert states() == {"held": 1}
        sandbox.portal.list_company(Administration(company, "Listed now"))

        assert run_job().state == "completed"
        assert states() == {"sent": 1}


class TestSource:
    @pytest.mark.parametrize(
        "kind",
        [
            FaultKind.UNAVAILABLE,
            FaultKind.TRUNCATED_GZIP,
            FaultKind.TRUNCATED_JSON,
            FaultKind.HTML,
            FaultKind.DROP,
            FaultKind.TOO_MANY_REQUESTS,
        ],
    )
    def test_a_page_that_fails_once_is_asked_for_again(self, sandbox, run_job, states, fault, kind):
        offer(sandbox, *some(3))
        fault(Call.PAGE, kind)

        assert run_job().state == "completed"
        assert states() == {"sent": 3}

    def test_a_source_that_stays_away_fails_the_run_but_not_what_is_in_the_ledger(
        self, sandbox, run_job, states, fault
    ):
        offer(sandbox, *some(2))
        outage = fault(Call.ADMINISTRATIONS, FaultKind.FORBIDDEN, times=None)
        run_job()
        sandbox.faults.remove(outage.id)
        fault(Call.PAGE, FaultKind.UNAUTHORIZED, times=None)

        report = run_job()

        assert report.state == "failed"
        assert "source" in report.problems[0].lower()
        assert states() == {"sent": 2}

    def test_a_record_whose_document_is_missing_is_rejected_and_comes_right_later(
        self, sandbox, run_job, states, owner
    ):
        first, second = some(2)
        offer(sandbox, first, replace(second, document=None))
        report = run_job()
        assert report.counts["rejected_records"] == 1
        assert report.state == "needs_person"
        assert states() == {"sent": 1}
        sandbox.feed.clear()
        offer(sandbox, second)
        with owner.begin() as connection:
            connection.exec_driver_sql("UPDATE rejected_record SET next_try_at = now() - interval '1 hour'")
            connection.exec_driver_sql("UPDATE source_position SET cursor = NULL")

        run_job()

        assert states() == {"sent": 2}

    def test_absurd_fields_reject_a_record_alone(self, sandbox, run_job, states):
        good, bad = some(2)
        offer(sandbox, replace(bad, overrides={"companyNumber": "0123.456.789"}), good)

        report = run_job()

        assert report.counts["rejected_records"] == 1
        assert states() == {"sent": 1}

    def test_an_empty_page_and_a_repeated_record_do_no_harm(self, sandbox, run_job, states, fault):
        offer(sandbox, *some(45))
        fault(Call.PAGE, FaultKind.EMPTY_PAGE)
        fault(Call.PAGE, FaultKind.REPEATED_RECORD)

        run_job()
        run_job()

        assert states() == {"sent": 45}


class TestVersions:
    def test_a_corrected_version_of_a_refused_one_goes_out(self, sandbox, run_job, states, fault):
        wrong, right = some(2)
        right = replace(wrong, version=2, document=right.read_document(), number=right.number)
        offer(sandbox, wrong)
        fault(Call.UPLOAD, FaultKind.ERRORS)
        run_job()
        assert states() == {"failed": 1}
        offer(sandbox, replace(right, company_number=wrong.company_number))

        run_job()

        assert states()["superseded"] == 1
        assert "failed" not in states()

    def test_a_newer_version_of_a_delivered_one_is_held(self, sandbox, run_job, rows):
        record = DEMO["ERP-1001"]
        other = record.read_document().replace(b"</cbc:ID>", b"-B</cbc:ID>", 1)
        offer(sandbox, record)
        run_job()
        offer(sandbox, replace(record, version=2, document=other))

        run_job()

        first, second = rows()
        assert (first["state"], second["state"]) == ("sent", "held")
        assert second["blocked_by"] == first["id"]
        (difference,) = [finding for finding in second["findings"] if finding["code"] == "WB-DIFFERS"]
        assert "BT-1 " in difference["message"]
        assert "2026/0101-B here, 2026/0101 there" in difference["message"]

    def test_a_newer_version_that_changes_nothing_is_a_duplicate(self, sandbox, run_job, states):
        offer(sandbox, DEMO["ERP-1001"])
        run_job()
        offer(sandbox, replace(DEMO["ERP-1001"], version=2))

        assert run_job().state == "completed"
        assert states() == {"sent": 1, "duplicate": 1}

    def test_other_bytes_under_the_same_version_are_held_and_noted_on_the_delivered_one(
        self, sandbox, run_job, rows
    ):
        record = DEMO["ERP-1001"]
        offer(sandbox, record)
        run_job()
        offer(sandbox, replace(record, document=record.read_document() + b"\n"))

        run_job()

        first, second = rows()
        assert (first["state"], second["state"]) == ("sent", "held")
        assert [finding["code"] for finding in first["findings"]] == ["WB-CHANGED-WITHOUT-VERSION"]


class TestDryRun:
    def test_it_tells_what_would_happen_and_leaves_everything_as_it_was(
        self, sandbox, run_job, states, accepted, owner
    ):
        for record in demo_records():
            sandbox.feed.put(record)

        report = run_job(dry_run=True)

        told = Counter(outcome["state"] for outcome in report.outcomes)
        assert told == {
            "ready": 27,
            "invalid": 3,
            "held": 2,
            "duplicate": 2,
            "superseded": 1,
            "out_of_scope": 1,
        }
        assert all(outcome["reason"] for outcome in report.outcomes)
        assert states() == {}
        assert accepted() == []
        assert Call.ACKNOWLEDGEMENT not in sandbox.journal.counts()
        with owner.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM document").scalar_one() == 0
            assert connection.exec_driver_sql("SELECT count(*) FROM source_position").scalar_one() == 0

    def test_a_real_run_after_it_does_as_it_told(self, sandbox, run_job, states):
        for record in demo_records():
            sandbox.feed.put(record)
        told = Counter(outcome["state"] for outcome in run_job(dry_run=True).outcomes)

        run_job()

        assert Counter(states()) == Counter({"sent": told.pop("ready"), **told})


class TestForce:
    def test_failed_ones_are_released_only_by_force(self, sandbox, run_job, states, fault):
        offer(sandbox, *some(3))
        fault(Call.UPLOAD, FaultKind.ERRORS, times=3)
        run_job()
        run_job()
        assert states() == {"failed": 3}

        run_job(force=True)

        assert states() == {"sent": 3}

    def test_with_ids_only_those_are_forced(self, sandbox, run_job, states, rows, fault):
        offer(sandbox, *some(3))
        fault(Call.UPLOAD, FaultKind.ERRORS, times=3)
        run_job()

        run_job(force=True, invoice_ids=[rows()[0]["id"]])

        assert states() == {"failed": 2, "sent": 1}

    def test_invalid_ones_are_checked_again(self, sandbox, run_job, states):
        offer(sandbox, DEMO["ERP-1041"])
        run_job()

        report = run_job(force=True)

        assert states() == {"invalid": 1}
        assert report.counts["invalid"] == 1


class TestRoutes:
    def test_a_route_that_is_off_sends_nothing(self, sandbox, run_job, states, ledger):
        with ledger.transaction(Actor("test"), Waypoint.DECIDED) as connection:
            set_route(connection, RouteSetting(None, Direction.PURCHASE, enabled=False))
        for record in demo_records():
            sandbox.feed.put(record)

        run_job()

        uploads = sandbox.journal.entries(Call.UPLOAD)
        assert {entry.invoicetype for entry in uploads} == {"SALE"}
        assert states()["out_of_scope"] > 1

    def test_invoices_from_before_the_start_date_are_out_of_scope(
        self, sandbox, run_job, states, monkeypatch
    ):
        monkeypatch.setenv("WAYBILL_DELIVER_FROM", datetime.now(UTC).date().replace(year=2100).isoformat())
        offer(sandbox, *some(3))

        run_job()

        assert states() == {"out_of_scope": 3}


def test_artifacts_show_the_run_in_prefect(sandbox, run_job):
    offer(sandbox, *some(2))

    report = run_job()

    with get_client(sync_client=True) as client:
        of_this_run = {"artifacts": {"flow_run_id": {"any_": [str(report.job_id)]}}}
        mine = client.request("POST", "/artifacts/filter", json=of_this_run).json()
    assert {each["type"] for each in mine} == {"progress", "markdown", "table"}
    assert next(each["data"] for each in mine if each["type"] == "progress") == 100
