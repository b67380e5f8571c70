"""Validate: a verdict for each document that has none, and what it makes of each record."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from db.arrivals import store_records
from invoices.source import Direction, Record
from sandbox.demo import demo_records
from tasks.dedupe import dedupe
from tasks.validate import validate
from tests.tasks.conftest import LISTED

DEMO = {record.source_id: record for record in demo_records() if record.version == 1}


class CountingPool:
    """Checks in this process, and counts how many documents it was given."""

    def __init__(self, checker):
        self.checker = checker
        self.checked = 0

    def check(self, contents):
        self.checked += len(contents)
        return {document: self.checker.check(content) for document, content in contents.items()}

    def close(self):
        pass


@pytest.fixture
def arrive(bench):
    """Puts records into the ledger; gives the ids of their invoices."""

    def store(*records):
        return list(store_records(bench.ledger, bench.actor, "erp", records, []).invoice_ids)

    return store


def record(document, company="0999000129", direction=Direction.SALE, **fields):
    return Record(str(uuid4()), 1, document, company, direction, **fields)


@pytest.fixture
def counting(bench, checker):
    bench.checks.close()
    bench.checks = CountingPool(checker)
    return bench.checks


VALID = DEMO["ERP-1001"].read_document()


def test_documents_get_their_verdict_and_records_what_follows_from_it(bench, arrive, rows):
    broken = DEMO["ERP-1042"].read_document()
    ids = arrive(record(VALID), record(broken), record(b"no xml"))

    assert validate(bench, ids, LISTED) == 3
    dedupe(bench, ids, LISTED)

    assert [(row["verdict"], row["state"]) for row in rows()] == [
        ("valid", "ready"),
        ("invalid", "invalid"),
        ("invalid", "invalid"),
    ]


def test_a_document_is_checked_once_however_many_records_have_it(bench, arrive, counting):
    ids = arrive(record(VALID), record(VALID), record(VALID, direction=Direction.PURCHASE))
    validate(bench, ids, LISTED)
    later = arrive(record(VALID))
    validate(bench, later, LISTED)
    assert counting.checked == 1


def test_what_is_decided_already_is_not_looked_at_again(bench, arrive):
    ids = arrive(record(VALID))
    validate(bench, ids, LISTED)
    dedupe(bench, ids, LISTED)
    assert validate(bench, ids, LISTED) == 0


class TestRecordsThatDoNotSayWhoseTheyAre:
    def test_are_those_of_the_one_listed_party(self, bench, arrive, rows):
        validate(bench, arrive(record(VALID, None, None)), LISTED)
        (row,) = rows()
        assert (row["company_number"], row["direction"]) == ("0999000129", "SALE")

    def test_are_held_where_no_party_is_listed(self, bench, arrive, rows):
        validate(bench, arrive(record(VALID, None, None)), ["0123456749"])
        (row,) = rows()
        assert row["state"] == "held"
        assert "whose invoice" in row["reason"]

    def test_wait_while_the_list_of_companies_is_not_known(self, bench, arrive, rows):
        ids = arrive(record(VALID, None, None))
        validate(bench, ids, None)
        assert [row["state"] for row in rows()] == ["received"]
        validate(bench, ids, LISTED)
        dedupe(bench, ids, LISTED)
        assert [row["state"] for row in rows()] == ["ready"]

    def test_are_invalid_where_they_cannot_be_read_whoever_is_listed(self, bench, arrive, rows):
        validate(bench, arrive(record(b"no xml", None, None)), None)
        assert [row["state"] for row in rows()] == ["invalid"]


def test_a_document_that_was_erased_could_not_be_checked(bench, arrive, owner, rows):
    ids = arrive(record(VALID), record(b"no xml"))
    with owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE payload SET content = NULL, erased_at = now()"
                " WHERE id = (SELECT payload_id FROM document JOIN invoice ON invoice.document_id = document.id"
                " WHERE invoice.id = :id)"
            ),
            {"id": ids[0]},
        )

    validate(bench, ids, LISTED)

    assert [row["state"] for row in rows()] == ["could_not_check", "invalid"]


def test_a_check_that_keeps_failing_is_held_the_third_time(bench, arrive, owner, rows):
    ids = arrive(record(VALID))
    with owner.begin() as connection:
        connection.execute(text("UPDATE payload SET content = NULL, erased_at = now()"))
    seen = []
    for _ in range(3):
        validate(bench, ids, LISTED)
        seen.append(rows()[0]["state"])
    assert seen == ["could_not_check", "could_not_check", "held"]
