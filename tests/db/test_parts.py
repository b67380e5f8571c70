"""Parts in the ledger: what waits is split by company, and nothing is in no part or in two."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from db.arrivals import store_page, touch
from db.freeing import free
from db.jobs import RunOf, start_job
from db.ledger import Actor
from db.waiting import due, unacknowledged, unfinished, unfinished_as_they_come
from db.waypoints import Waypoint
from invoices.company import Identifier
from invoices.lifecycle import State
from invoices.parts import WHOLE, Part
from invoices.party import Party
from invoices.source import Page
from tests.db.conftest import COMPANY, OTHER_COMPANY, Arrange

COMPANIES = [COMPANY, OTHER_COMPANY, *(f"0999{number:06}" for number in range(30))]
LOTS = 100


@pytest.fixture
def arrange(ledger):
    with ledger.worker() as worker:
        yield Arrange(ledger, worker, listed=frozenset(COMPANIES))


@pytest.fixture
def actor(ledger, arrange):
    """A run that has a job."""
    run = RunOf(uuid4(), 1)
    with ledger.transaction(Actor("a test"), Waypoint.JOB_STARTED) as connection:
        return Actor("a run", start_job(connection, run, arrange.worker, "process-invoices", "a test", {}))


def parts(of):
    return [Part(number, of) for number in range(1, of + 1)]


def company_of(part):
    return next(each for each in COMPANIES if part.has(each))


def ready(arrange, company):
    """A ready purchase of a company."""
    buyer = Party(name="Klant", legal_ids=(Identifier(company, "0208"),))
    return arrange.deduped(facts=arrange.facts(buyer=buyer), company_number=company)


@pytest.mark.parametrize("of", [1, 2, 3, 7, 64, 999])
def test_the_ledger_and_the_program_agree_where_a_company_is(ledger, of):
    query = text("SELECT company, company_part(company, :of) FROM unnest(CAST(:companies AS text[])) company")
    with ledger.reading() as connection:
        found = connection.execute(query, {"of": of, "companies": [*COMPANIES, None]}).all()
    assert len(found) == len(COMPANIES) + 1
    assert [company for company, number in found if not Part(number, of).has(company)] == []


@pytest.mark.parametrize("of", [2, 3, 5])
def test_what_waits_is_in_one_part_and_what_names_no_company_too(ledger, arrange, of):
    waiting = arrange.arrive(*(arrange.record(company_number=each) for each in [*COMPANIES, None]))

    found = [next(unfinished_as_they_come(ledger, LOTS, part)) for part in parts(of)]

    assert all(found)
    assert sorted(each for chunk in found for each in chunk) == sorted(waiting)


def test_what_is_due_is_split_too(ledger, arrange):
    first, second = parts(2)
    mine, theirs = (ready(arrange, company_of(part)) for part in (first, second))

    assert list(due(ledger, LOTS, None, first)) == [[mine]]
    assert list(due(ledger, LOTS, None, second)) == [[theirs]]
    assert list(due(ledger, LOTS)) == [[mine, theirs]]


def test_what_waits_comes_in_chunks_each_once_and_what_arrives_later_after_it(ledger, arrange):
    part = Part(1, 2)
    company = company_of(part)
    first, second, third = arrange.arrive(*(arrange.record(company_number=company) for _ in range(3)))
    chunks = unfinished_as_they_come(ledger, 2, part)

    assert [next(chunks), next(chunks), next(chunks)] == [[first, second], [third], []]
    arrange.arrive(arrange.record(company_number=company_of(Part(2, 2))))
    assert next(chunks) == []
    later = arrange.arrive(arrange.record(company_number=company))
    assert [next(chunks), next(chunks)] == [later, []]


@pytest.mark.parametrize("part", [WHOLE, Part(1, 64)])
def test_a_chunk_of_what_waits_is_read_in_its_order_whatever_waits_beside(ledger, arrange, part):
    arrange.arrive(*(arrange.record() for _ in range(LOTS)))
    plans = []

    def explained(_connection, cursor, statement, given, _context, _many):
        if "LIMIT" in statement:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {statement}", given)
            plans.append("\n".join(line for (line,) in cursor.fetchall()))

    event.listen(ledger.engine, "before_cursor_execute", explained)
    for chunks in (
        unfinished_as_they_come(ledger, 10, part),
        unfinished(ledger, 10),
        due(ledger, 10, None, part),
    ):
        next(chunks, None)

    assert len(plans) == 3
    for plan in plans:
        assert "Index Scan using ix_invoice_unfinished" in plan
        assert "Sort" not in plan


def test_a_page_arrives_whole_and_a_job_is_counted_what_is_of_its_part(ledger, arrange, actor):
    first, second = parts(2)
    records = [arrange.record(company_number=company_of(part)) for part in (first, second)]

    arrival = store_page(
        ledger, actor, arrange.source, Page(tuple(records), (), None, has_more=False), None, first
    )

    assert len(arrival.invoice_ids) == 2
    assert touched(arrange, actor) == [arrival.invoice_ids[0]]


def test_what_a_job_has_to_do_with_is_counted_once(ledger, arrange, actor):
    (invoice_id,) = arrange.arrive(arrange.record())
    with ledger.transaction(actor, Waypoint.COUNTED_AS_TOUCHED) as connection:
        touch(connection, actor, [invoice_id])
        touch(connection, actor, [invoice_id])
    assert touched(arrange, actor) == [invoice_id]


def touched(arrange, actor):
    return [
        row.invoice_id
        for row in arrange.all("SELECT invoice_id FROM job_invoice WHERE job_id = :job", job=actor.job_id)
    ]


class TestFreeing:
    """What nothing keeps back any more is freed by a run of its own part, or by a run of everything."""

    def free(self, arrange, part, **changes):
        with arrange.ledger.transaction(arrange.actor, Waypoint.FREED) as connection:
            given = {"listed": list(arrange.listed), "routes": arrange.routes} | changes
            return free(connection, given["listed"], given["routes"], part)

    def check(self, arrange, kept, company):
        mine = next(part for part in parts(2) if part.has(company))
        theirs = next(part for part in parts(2) if part != mine)
        assert self.free(arrange, theirs) == []
        assert self.free(arrange, mine) == [kept]
        assert self.free(arrange, WHOLE) == []

    def test_a_duplicate_of_what_failed(self, arrange):
        first, second = arrange.twins()
        arrange.sent_on(first, "refused")
        self.check(arrange, second, COMPANY)

    def test_what_waited_for_its_company_to_be_listed(self, arrange):
        listed, arrange.listed = arrange.listed, frozenset({OTHER_COMPANY})
        kept = arrange.deduped()
        assert arrange.state(kept) is State.HELD
        arrange.listed = listed
        self.check(arrange, kept, COMPANY)

    def test_what_waited_for_its_route(self, arrange):
        kept = arrange.deduped()
        on, off = (
            arrange.routes,
            replace(arrange.routes, defaults=replace(arrange.routes.defaults, enabled=False)),
        )
        arrange.dedupe(kept, routes=off)
        assert arrange.state(kept) is State.HELD
        arrange.routes = on
        self.check(arrange, kept, COMPANY)


def test_the_source_is_told_of_each_by_a_run_of_its_part(ledger, arrange):
    sent = {part: arrange.sent_on(ready(arrange, company_of(part)), "accepted") for part in parts(2)}

    with ledger.reading() as connection:
        for part, invoice_id in sent.items():
            news = unacknowledged(connection, arrange.source, LOTS, None, part)
            assert [each for each, _, _ in news] == [invoice_id]
        assert len(unacknowledged(connection, arrange.source, LOTS)) == 2
