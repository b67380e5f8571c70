"""What a run measured stands in the ledger when it is over, for whoever is scraped."""

import pytest
from sqlalchemy import text

from db.timings import _PACE
from logs.timings import TIMINGS
from sandbox.demo import demo_records
from sandbox.faults import FaultKind
from sandbox.journal import Call


@pytest.fixture(autouse=True)
def nothing_timed():
    TIMINGS.take()
    _PACE.at = -1e9


@pytest.fixture
def counted(owner):
    """How many of each were timed, and about how many invoices."""

    def read():
        with owner.connect() as connection:
            rows = connection.execute(text("SELECT system, name, result, count, items FROM timing")).all()
        return {(row.system, row.name, row.result): (row.count, row.items) for row in rows}

    return read


def test_each_stage_and_each_call_of_a_run(sandbox, run_job, counted, fault):
    for record in demo_records():
        sandbox.feed.put(record)
    fault(Call.UPLOAD, FaultKind.SERVER_ERROR)
    report = run_job()

    found = counted()
    uploads = len(sandbox.journal.entries(Call.UPLOAD))
    assert found["waybill", "upload", "accepted"] == (report.counts["sent"],) * 2
    assert found["waybill", "upload", "unknown"] == (1, 1)
    assert found["clearfacts", "upload", "2xx"][0] + found["clearfacts", "upload", "5xx"][0] == uploads
    pages, records = found["waybill", "fetch", "done"]
    assert (pages, records) == (len(sandbox.journal.entries(Call.PAGE)), report.counts["fetched"])
    assert found["java-backend", "page", "2xx"][0] == pages
    assert found["waybill", "validate", "done"][1] >= report.counts["sent"]
    assert found["waybill", "acknowledge", "done"][1] == len(sandbox.journal.entries(Call.ACKNOWLEDGEMENT))
    assert {name for system, name, _ in found if system == "clearfacts"} >= {"upload", "administrations"}
    assert TIMINGS.take() == {}


def test_a_source_that_is_down_is_a_stage_that_failed(sandbox, run_job, counted, fault):
    fault(Call.PAGE, FaultKind.SERVER_ERROR, times=99)
    assert run_job().state == "failed"

    found = counted()
    assert found["waybill", "fetch", "failed"][0] >= 1
    assert ("waybill", "fetch", "done") not in found
    assert found["java-backend", "page", "5xx"][0] >= 1


def test_runs_add_up(sandbox, run_job, counted):
    run_job()
    first = counted()["waybill", "fetch", "done"][0]
    run_job()
    assert counted()["waybill", "fetch", "done"][0] == 2 * first
