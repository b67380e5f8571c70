"""Runs for parts of the companies: together they forward everything once, and each only its own."""

import asyncio
import contextvars
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from prefect.utilities.callables import parameter_schema
from sqlalchemy import text

from db.arrivals import store_records
from db.ledger import Actor
from db.requests import RunRequest, ask_for_run
from db.waypoints import Waypoint
from flows import deployments
from flows.process import process_invoices
from flows.redeliver import redeliver_invoices
from invoices.parts import PATTERN, Part
from invoices.source import Record
from sandbox.faults import FaultKind
from sandbox.journal import Call
from sandbox.load import load_records
from sandbox.records import Administration
from tests.flows.watched import report_of

HALVES = ("1/2", "2/2")
COUNT = 24


@pytest.fixture(autouse=True)
def _clearfacts_lists_the_load_companies(sandbox):
    for number in {record.company_number for record in load_records(50)}:
        sandbox.portal.list_company(Administration(number, "Load"))


@pytest.fixture
def offered(sandbox):
    """Invoices of four companies, two of which are in each half."""
    records = list(load_records(COUNT))
    for record in records:
        sandbox.feed.put(replace(record, updated_at=None))
    return records


@pytest.fixture
def companies(rows):
    """The companies of the invoices in a state."""
    return lambda *states: {row["company_number"] for row in rows(states=states)}


@pytest.fixture
def touched(owner):
    """The companies that a job had to do with."""

    def read(report):
        query = (
            "SELECT DISTINCT i.company_number FROM job_invoice j JOIN invoice i ON i.id = j.invoice_id"
            " WHERE j.job_id = :job"
        )
        with owner.connect() as connection:
            return set(connection.execute(text(query), {"job": report.job_id}).scalars())

    return read


def of_part(part, records):
    return {each.company_number for each in records if Part.parse(part).has(each.company_number)}


def test_a_run_for_a_part_reads_for_all_and_works_on_its_own(offered, run_job, rows, companies, touched):
    first = run_job(part="1/2")

    assert len(rows()) == first.counts["fetched"] == COUNT
    assert companies("sent") == touched(first) == of_part("1/2", offered)
    assert companies("received") == of_part("2/2", offered)

    second = run_job(part="2/2")

    assert touched(second) == of_part("2/2", offered)
    assert (companies("received"), len(rows(states=["sent"]))) == (set(), COUNT)
    assert first.counts["sent"] + second.counts["sent"] == COUNT


def test_both_at_once_forward_each_invoice_once(offered, run_job, rows, owner, accepted):
    with ThreadPoolExecutor() as pool:
        for running in [pool.submit(in_a_context_of_its_own(run_job), part=part) for part in HALVES]:
            running.result(timeout=60)

    assert {row["state"] for row in rows()} == {"sent"}
    assert len(accepted()) == len(set(accepted())) == COUNT
    by_company = "SELECT count(DISTINCT job_id) FROM attempt GROUP BY company_number"
    with owner.connect() as connection:
        assert set(connection.execute(text(by_company)).scalars()) == {1}, "each company's were one run's"


def in_a_context_of_its_own(function):
    return partial(contextvars.copy_context().run, function)


def test_it_works_on_what_others_fetch_until_it_has_read_the_source_itself(
    offered, run_job, ledger, companies
):
    early, late = offered[: COUNT // 2], offered[COUNT // 2 :]
    with ThreadPoolExecutor() as pool:
        with ledger.source_lock("java-backend", 0) as held:
            assert held
            running = pool.submit(in_a_context_of_its_own(run_job), part="1/2")
            wait_for(lambda: jobs(ledger))
            arrive(ledger, early)
            wait_for(lambda: companies("sent") == of_part("1/2", early))
            assert not running.done(), "more may come"
        report = running.result(timeout=60)
    assert report.counts["sent"] == sum(Part(1, 2).has(each.company_number) for each in offered)
    assert companies("received") == of_part("2/2", late)
    assert report.notes == ()


def test_it_can_be_cancelled_while_another_run_reads(prefect_api, ledger, sandbox):
    async def cancelled_once_it_waits():
        running = asyncio.create_task(process_invoices(part="1/2", return_state=True))
        await asyncio.to_thread(wait_for, lambda: jobs(ledger))
        running.cancel()
        await asyncio.wait([running], timeout=60)
        return running.done()

    with ledger.source_lock("java-backend", 0):
        assert asyncio.run(cancelled_once_it_waits())
    with ledger.reading() as connection:
        assert connection.execute(text("SELECT state FROM job")).scalars().all() == ["failed"]


def jobs(ledger):
    with ledger.reading() as connection:
        return connection.execute(text("SELECT count(*) FROM job")).scalar_one()


def arrive(ledger, records):
    """As a run of another part would bring them."""
    given = [
        Record(
            each.source_id,
            each.version,
            each.read_document(),
            each.company_number,
            each.direction,
            each.number,
        )
        for each in records
    ]
    store_records(ledger, Actor("another run"), "java-backend", given, [])


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def test_nothing_is_left_lying_when_the_number_of_parts_changes(offered, run_job, rows, accepted):
    run_job(part="2/2")
    for part in ("1/3", "2/3", "3/3"):
        run_job(part=part)

    assert {row["state"] for row in rows()} == {"sent"}
    assert len(accepted()) == len(set(accepted())) == COUNT


def test_a_run_of_everything_takes_up_what_no_part_had(offered, run_job, rows):
    run_job(part="2/2")

    run_job()

    assert {row["state"] for row in rows()} == {"sent"}


def test_it_works_on_what_the_ledger_has_when_the_source_fails(offered, run_job, ledger, fault, companies):
    arrive(ledger, offered)
    fault(Call.PAGE, FaultKind.UNAUTHORIZED, times=None)

    report = run_job(part="1/2")

    assert companies("sent") == of_part("1/2", offered)
    assert report.state == "failed"
    assert "could not be read to its end" in report.problems[0]


def test_what_breaks_while_it_reads_ends_the_run(offered, run_job, owner):
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE source_position ADD CHECK (cursor IS NULL)"))

    report = run_job(part="1/2")

    assert report.state == "failed"
    assert "IntegrityError" in report.problems[0]


def test_requests_are_left_to_runs_of_everything(offered, run_job, ledger, owner):
    with ledger.transaction(Actor("a person"), Waypoint.RUN_REQUESTED) as connection:
        asked = ask_for_run(connection, RunRequest("a person", "correlation", source_ids=["a record"]))
    open_requests = "SELECT id FROM run_request WHERE done_at IS NULL AND job_id IS NULL"

    run_job(part="1/2")

    with owner.connect() as connection:
        assert connection.execute(text(open_requests)).scalars().all() == [asked]


def test_redelivery_of_a_part_forwards_what_is_its_own(offered, sandbox, run_job, fault, companies):
    outage = fault(Call.ADMINISTRATIONS, FaultKind.FORBIDDEN, times=None)
    run_job()
    sandbox.faults.remove(outage.id)
    assert companies("ready") == of_part("1/1", offered)

    report_of(redeliver_invoices, part="2/2")

    assert companies("sent") == of_part("2/2", offered)
    assert companies("ready") == of_part("1/2", offered)


@pytest.mark.parametrize("flow", [process_invoices, redeliver_invoices])
def test_the_run_dialog_knows_how_a_part_is_written(flow):
    part = parameter_schema(flow.fn).properties["part"]
    assert part["pattern"] == PATTERN
    assert all(re.fullmatch(PATTERN, example) for example in part["examples"])


@pytest.mark.parametrize("flow", [process_invoices, redeliver_invoices])
@pytest.mark.parametrize("part", ["5/4", "half"])
def test_what_is_no_part_is_refused_in_words(prefect_api, sandbox, flow, part):
    state = asyncio.run(flow(part=part, return_state=True))
    assert state.is_failed()
    assert f"“{part}” is not a part: write which one and of how many, such as 2/4" in state.message


@pytest.mark.parametrize(
    "beside", [{"invoice_ids": [uuid4()]}, {"force": True}, {"dry_run": True}, {"requests_only": True}]
)
def test_it_goes_with_no_other_choice(prefect_api, sandbox, beside):
    state = asyncio.run(process_invoices(part="2/4", **beside, return_state=True))
    assert state.is_failed()
    assert "leave out invoice_ids, force, dry_run and requests_only, or leave out part" in state.message


def test_the_documented_deployments_are_of_all_parts(prefect_api, monkeypatch, tmp_path):
    block = re.search(r"```yaml\n(.*?)```", Path("docs/scaling.md").read_text(), re.DOTALL)[1]
    definitions = tmp_path / "prefect.yaml"
    definitions.write_text(deployments.DEFINITIONS.read_text() + "\n" + block)
    monkeypatch.setattr(deployments, "DEFINITIONS", definitions)

    found = {each.name: each for each in asyncio.run(deployments.defined("waybill"))}

    parts = {name: each.parameters["part"] for name, each in found.items() if each.parameters}
    assert parts == {"process-part-1-of-2": "1/2", "process-part-2-of-2": "2/2"}
    assert {found[name].flow_name for name in parts} == {"process-invoices"}
    assert all(found[name].schedules and found[name].concurrency_limit == 1 for name in parts)


def test_a_part_that_is_everything_is_a_run_of_everything(offered, run_job, rows):
    run_job(part="1/1", dry_run=True)
    assert rows() == []

    run_job(part="1/1")
    assert {row["state"] for row in rows()} == {"sent"}
