"""Two workers, each on its part of the companies; the Prefect server's processes share PostgreSQL and Redis alone."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack

import psutil
import pytest
from sqlalchemy import text

from bench.production import (
    PrefectServer,
    ask_for_run,
    deploy_part,
    prefect_for_many,
    recorded_task_runs,
    state_of,
    until,
    worker,
)
from bench.servers import NotInstalled, kill, tree
from db.lookups import InvoiceFilter, invoices
from invoices.parts import Part
from sandbox.demo import DEMO_DELIVER_FROM
from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.judge import judge
from sandbox.load import load_records

COUNT = 120
SLOTS = 2
"""Uploads at the same time, of each worker."""
PAGE = 10


@pytest.fixture(scope="module")
def server() -> Iterator[PrefectServer]:
    with ExitStack() as stack:
        try:
            yield stack.enter_context(prefect_for_many())
        except NotInstalled as absent:
            pytest.skip(str(absent))


@pytest.fixture
def offered(sandbox):
    """Invoices of four companies, two in each half, each of which takes Clearfacts a while."""
    records = list(load_records(COUNT))
    for record in records:
        sandbox.feed.put(record)
    sandbox.faults.add(Fault(call=Call.UPLOAD, fault=FaultKind.SLOW, seconds=0.3, times=None))
    return records


@pytest.fixture
def slow_source(sandbox):
    """A source that takes half a minute to be read, until it is told otherwise."""
    slow = sandbox.faults.add(Fault(call=Call.PAGE, fault=FaultKind.SLOW, seconds=3, times=None))
    return lambda: sandbox.faults.remove(slow.id)


@pytest.fixture
def settings(sandbox, database_url, tmp_path) -> dict[str, str]:
    """What each machine is told."""
    return {
        **sandbox.environment,
        "WAYBILL_DATABASE_URL": database_url.render_as_string(hide_password=False),
        "WAYBILL_DATA_DIR": str(tmp_path),
        "WAYBILL_DELIVER_FROM": DEMO_DELIVER_FROM.isoformat(),
        "WAYBILL_CLEARFACTS_MIN_INTERVAL_SECONDS": "0",
        "WAYBILL_CLEARFACTS_CONCURRENCY": str(SLOTS),
        "WAYBILL_CHUNK_SIZE": str(PAGE),
        "WAYBILL_CHECK_PROCESSES": "1",
    }


@pytest.fixture
def asked(owner):
    """Rows of the ledger."""

    def ask(query, **values):
        with owner.connect() as connection:
            return connection.execute(text(query), values).all()

    return ask


_UPLOADS = "SELECT count(*) FROM attempt WHERE job_id = :job AND settled_at IS NOT NULL"

_READERS = "SELECT DISTINCT job_id::text FROM audit_event WHERE sequence = 1"

_AT_THE_SAME_TIME = """
SELECT count(*) FROM attempt one JOIN attempt other ON one.worker < other.worker
    AND tstzrange(one.claimed_at, one.settled_at) && tstzrange(other.claimed_at, other.settled_at)
"""

_COMPANIES = "SELECT DISTINCT company_number FROM attempt WHERE job_id = ANY(:jobs)"

ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


def machine_of(run_id, machines):
    """The worker whose child carries a run out."""
    for machine in machines:
        for process in tree(machine.pid)[1:]:
            try:
                if process.environ().get("PREFECT__FLOW_RUN_ID") == run_id:
                    return machine
            except psutil.Error:
                continue
    raise AssertionError(f"no worker carries out run {run_id}")


def test_work_split_by_company_survives_the_death_of_a_machine(
    server, settings, offered, slow_source, sandbox, ledger, asked
):
    with worker(server, "one", settings) as one, worker(server, "two", settings) as two:
        deployments = {part: deploy_part(server, part) for part in ("1/2", "2/2")}
        runs = {part: ask_for_run(server, each) for part, each in deployments.items()}
        until(lambda: all(asked(_UPLOADS, job=run)[0][0] > SLOTS for run in runs.values()))
        ((reader,),) = asked(_READERS)
        (died,) = [part for part, run in runs.items() if run == reader]
        kill(tree(machine_of(reader, (one, two)).pid))
        assert len(asked("SELECT FROM invoice")) < COUNT, "it was reading the source for both"
        slow_source()

        # As the deployment's schedule would.
        again = ask_for_run(server, deployments[died])
        (survivor,) = [run for run in runs.values() if run != reader]
        alive = [survivor, again]
        until(lambda: all(state_of(server, run) in ENDED for run in alive))

    assert [state_of(server, run) for run in alive] == ["COMPLETED", "COMPLETED"]
    assert (survivor,) in asked(_READERS), "it went on reading the source"
    assert asked(_AT_THE_SAME_TIME)[0][0] > 0, "both uploaded at the same time"
    for part, run in runs.items():
        jobs = [run, again] if part == died else [run]
        assert {number for (number,) in asked(_COMPANIES, jobs=jobs)} == companies_of(part, offered)
    tally = judged(offered, sandbox, ledger)
    assert tally.faults == ()
    assert tally.sent + tally.unknown == COUNT
    assert tally.unknown <= SLOTS, "no more than the machine that died had uploads under way"
    assert recorded_task_runs(server) > 0, "the services heard by Redis what the API was told"


def companies_of(part, records):
    return {each.company_number for each in records if Part.parse(part).has(each.company_number)}


def judged(offered, sandbox, ledger):
    records = [
        (each.source_id, each.version, hashlib.sha256(each.read_document()).hexdigest()) for each in offered
    ]
    with ledger.reading() as connection:
        return judge(records, sandbox.journal, list(invoices(connection, InvoiceFilter())))
