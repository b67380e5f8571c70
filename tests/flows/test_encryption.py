"""The main job with encryption on: the database holds no document in the plain, and everything goes as ever."""

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import text

from db.arrivals import store_records
from db.audit import verify
from db.ledger import Actor, Ledger
from db.vault import Vault, key_id_of, new_key
from invoices.source import Direction, Record
from sandbox.demo import demo_records
from sandbox.faults import FaultKind
from sandbox.journal import Call
from sandbox.load import load_records
from sandbox.records import Administration

KEY, OTHER = new_key(), new_key()


@pytest.fixture(autouse=True)
def with_keys(monkeypatch):
    """Sets the keys; KEY at first."""

    def set_keys(*keys):
        monkeypatch.setenv("WAYBILL_ENCRYPTION_KEYS", ",".join(keys))

    set_keys(KEY)
    return set_keys


@pytest.fixture
def opened(database_url):
    """The ledger, opened with KEY."""
    ledger = Ledger(database_url, vault=Vault([KEY]))
    yield ledger
    ledger.close()


def states(rows):
    return Counter(row["state"] for row in rows())


@pytest.fixture
def offer(sandbox):
    """Offers so many valid invoices, others each time."""
    records = load_records(50)

    def some(count):
        for _, record in zip(range(count), records, strict=False):
            sandbox.feed.put(replace(record, updated_at=None))

    return some


@pytest.fixture
def column(ledger):
    def read(query):
        with ledger.reading() as connection:
            return list(connection.execute(text(query)).scalars())

    return read


def test_the_demo_ends_as_ever_and_leaves_nothing_plain(sandbox, run_job, rows, accepted, column, opened):
    for record in demo_records():
        sandbox.feed.put(record)

    run_job()

    assert states(rows) == {
        "sent": 27, "invalid": 3, "held": 2, "duplicate": 2, "superseded": 1, "out_of_scope": 1,
    }  # fmt: skip
    assert set(accepted()) == {row["document_sha256"] for row in rows() if row["state"] == "sent"}
    stored = column("SELECT content FROM payload")
    known = [
        b"<?xml",
        b"Invoice",
        b"uploadFile",
        *(row["number"].encode() for row in rows() if row["number"]),
    ]
    assert len(stored) > len(accepted())
    assert [each for each in known for content in stored if each in content] == []
    assert set(column("SELECT key_id FROM payload")) == {key_id_of(KEY)}
    with opened.reading() as connection:
        assert list(verify(connection, documents=True, vault=opened.vault)) == []


def test_without_their_key_invoices_wait_while_others_go_and_nothing_is_lost(
    offer, run_job, rows, column, fault, with_keys
):
    offer(2)
    fault(Call.UPLOAD, FaultKind.UNAUTHORIZED, times=2)
    run_job()
    assert states(rows) == {"ready": 2}
    ids = [row["id"] for row in rows()]

    with_keys(OTHER)
    offer(3)
    run_job()
    assert states(rows) == {"ready": 2, "sent": 3}
    report = run_job(invoice_ids=ids)
    assert report.state == "failed"
    assert [key_id_of(KEY) in problem for problem in report.problems] == [True]
    assert states(rows) == {"ready": 2, "sent": 3}

    with_keys(OTHER, KEY)
    assert run_job().state == "completed"
    assert states(rows) == {"sent": 5}
    assert Counter(column("SELECT outcome FROM attempt"))["accepted"] == 5


def test_documents_that_cannot_be_had_could_not_be_checked_until_their_key_is_back(
    sandbox, run_job, rows, column, with_keys, opened
):
    record = next(load_records(1))
    number = "".join(filter(str.isdigit, record.company_number))
    sandbox.portal.list_company(Administration(number, "Load"))
    arrived = Record("r", 1, record.read_document(), company_number=number, direction=Direction.SALE)
    store_records(opened, Actor("a test"), "java-backend", [arrived], [])

    with_keys(OTHER)
    run_job()
    assert states(rows) == {"could_not_check": 1}
    assert column("SELECT checks FROM invoice") == [1]

    with_keys(OTHER, KEY)
    run_job()
    assert "could_not_check" not in states(rows)
    assert [row["verdict"] for row in rows()] == ["valid"]
