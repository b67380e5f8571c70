"""Every question of the facade about invoices is answered off indexes, for whoever asks."""

import itertools
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, event, text

from bench.big_ledger import companies_of, fill, some_invoices
from db import search
from db.api_keys import hash_of, make_key
from db.details import invoice_detail
from db.documents import kept_document_of
from db.entrance import enter_by_key
from db.facade import FACADE_ROLE
from db.job_views import errors_of, job_view, states_of
from db.listing import Sort, Wanted, invoice_page
from db.search import Search
from invoices.lifecycle import State
from invoices.source import Direction
from invoices.words import search_for, search_for_supplier

INVOICES = 10_000
BIG = {"invoice", "audit_event", "attempt", "document", "verdict", "payload", "job_invoice", "invoice_words"}
CALLERS = ("who sees all", "of one company", "of five companies")


@pytest.fixture(scope="module")
def big(administration, postgres, template):
    """A ledger of ten thousand invoices, with some ten times as many rows that hang on them; as its owner sees it."""
    name = f"waybill_big_{uuid4().hex[:8]}"
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    owner = create_engine(postgres.set(database=name))
    fill(owner, INVOICES, job_size=50)
    yield owner
    owner.dispose()
    with administration.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="module")
def callers(big):
    """Keys of each kind of caller, with what it may see."""
    with big.begin() as connection:
        companies = companies_of(connection, 5)
        seen = {CALLERS[0]: None, CALLERS[1]: frozenset(companies[:1]), CALLERS[2]: frozenset(companies)}
        return {
            who: (make_key(connection, who, ["invoices:read"], theirs)[1], theirs)
            for who, theirs in seen.items()
        }


@pytest.fixture
def visiting(big, callers):
    """A transaction of the facade's role for a caller, and the plans of all that is asked in it."""
    engine = create_engine(big.url.set(username=FACADE_ROLE))

    @contextmanager
    def visit(who):
        key, theirs = callers[who]
        plans = []
        with engine.connect() as connection:
            assert enter_by_key(connection, hash_of(key)) is not None

            def explained(_connection, cursor, statement, values, _context, _many):
                if "set_config" not in statement:
                    cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
                    plans.append((statement, cursor.fetchone()[0][0]["Plan"]))

            event.listen(connection, "before_cursor_execute", explained)
            yield connection, theirs, plans
        assert [statement for statement, plan in plans if read_whole(plan)] == []

    yield visit
    engine.dispose()


def read_whole(plan):
    """The big tables that a plan reads from one end to the other."""
    whole = {plan["Relation Name"]} & BIG if "Seq Scan" in plan["Node Type"] else set()
    return whole.union(*map(read_whole, plan.get("Plans", ())))


def nodes(plan):
    return [plan, *itertools.chain.from_iterable(map(nodes, plan.get("Plans", ())))]


FILTERS = {
    "everything": {},
    "some states": {"states": (State.HELD, State.FAILED)},
    "one state": {"states": (State.SENT,)},
    "direction and currency": {"direction": Direction.SALE, "currency": "EUR"},
    "number": {"number": "2024-77"},
    "month": {"issued_from": date(2025, 2, 1), "issued_until": date(2025, 2, 28)},
    "amount": {"amount_min": Decimal("99.00"), "amount_max": Decimal("100.00")},
    "rare words": {"search": Search(search_for("2024-77"), "2024-77")},
    "a supplier": {"search": Search(search_for_supplier("00017"))},
    "words of all": {"search": Search(search_for("supplier 2024"))},
    "a job": {"job": uuid4()},
}


@pytest.mark.parametrize("who", CALLERS)
def test_no_list_reads_a_big_table_whole(visiting, monkeypatch, who):
    monkeypatch.setattr(search, "MOST_FOUND", 200)
    with visiting(who) as (connection, theirs, plans):
        for sort, descending, narrowed in itertools.product(Sort, (True, False), FILTERS.values()):
            wanted = Wanted(seen=theirs, sort=sort, descending=descending, limit=20, **narrowed)
            first = invoice_page(connection, wanted)
            if first.next is not None:
                invoice_page(connection, Wanted(**{**fields(wanted), "after": first.next}))
        assert len(plans) > 150


def fields(wanted):
    return {name: getattr(wanted, name) for name in wanted.__slots__}


@pytest.mark.parametrize("who", CALLERS)
@pytest.mark.parametrize("sort", Sort)
def test_a_page_is_walked_from_where_the_last_ended(visiting, who, sort):
    with visiting(who) as (connection, theirs, plans):
        first = invoice_page(connection, Wanted(seen=theirs, sort=sort, states=(State.SENT,)))
        invoice_page(connection, Wanted(seen=theirs, sort=sort, states=(State.SENT,), after=first.next))
        (walk,) = [node for node in nodes(plans[-1][1]) if "ROW(" in node.get("Index Cond", "")]
        # The whole place is a condition of the index: it begins there.
        assert walk["Node Type"] in {"Index Scan", "Index Only Scan"}
        assert "arrival" in walk["Index Cond"]
        assert ("company_number" in walk["Index Cond"]) is (theirs is not None)


@pytest.mark.parametrize("who", CALLERS)
def test_no_detail_and_no_status_reads_a_big_table_whole(visiting, big, who):
    with big.connect() as connection:
        invoice_ids = some_invoices(connection, 3)
        job_id = connection.execute(text("SELECT id FROM job LIMIT 1")).scalar_one()
    with visiting(who) as (connection, theirs, plans):
        for invoice_id in invoice_ids:
            assert (invoice_detail(connection, invoice_id) is None) <= (theirs is not None)
            kept_document_of(connection, invoice_id)
        view = job_view(connection, job_id)
        if view is not None:
            states_of(connection, view)
            errors_of(connection, view)
        assert len(plans) >= 7
