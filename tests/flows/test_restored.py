"""A backup restored after more was delivered: nothing goes out twice, and people see what to look for."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.engine import make_url

from db.audit import at_one_moment, verify
from db.backup import back_up
from db.decisions import Decision, Ruling, decide
from db.ledger import Actor, Ledger
from db.restorations import settle_restorations
from db.restore import restore
from db.waypoints import Waypoint
from invoices.lifecycle import State
from sandbox.load import load_records
from sandbox.records import Administration
from tests.flows.flow_world import found_in_clearfacts

AN = Actor("an@example.be")
RECORDS = list(load_records(12, seed=3))
BEFORE, BETWEEN, AFTER = RECORDS[:4], RECORDS[4:8], RECORDS[8:]


@pytest.fixture
def list_companies(sandbox):
    def each(records):
        for record in records:
            number = "".join(filter(str.isdigit, record.company_number))
            sandbox.portal.list_company(Administration(number, "Made up"))

    return each


@pytest.fixture
def offer(sandbox):
    def put(records):
        for record in records:
            sandbox.feed.put(record)

    return put


def decided(ledger, row, decision, reason):
    with ledger.transaction(AN, Waypoint.DECIDED) as connection:
        decide(connection, row["id"], Ruling(decision, AN.name, State(row["state"]), reason))


def test_a_restored_ledger_sends_nothing_twice(
    offer, list_companies, sandbox, run_job, ledger, rows, accepted, tmp_path, database_url
):
    list_companies(RECORDS)
    offer(BEFORE)
    run_job()
    file = tmp_path / "ledger.backup"
    back_up(ledger, file)
    offer(BETWEEN)
    run_job()
    sent_before = accepted()
    assert len(sent_before) == len(BEFORE) + len(BETWEEN) == len(rows(states=["sent"]))
    ledger.close()

    _, restoration = restore(make_url(database_url), file, AN, replace=True)
    assert restoration.held == 0
    for _ in range(2):
        run_job()
    assert accepted() == sent_before, "the records came again, and none was sent again"
    held = rows(states=["held"])
    assert {row["source_id"] for row in held} == {record.source_id for record in BETWEEN}
    assert all("this may have been forwarded since" in row["reason"] for row in held)
    assert all(found_in_clearfacts_by_sha(sandbox, row) for row in held)

    for row in held:
        decided(ledger, row, Decision.ALREADY_BOOKED, "It is in Clearfacts.")
    offer(AFTER)
    run_job()
    assert accepted() == sent_before
    with ledger.transaction(AN, Waypoint.RESTORATION_SETTLED) as connection:
        assert settle_restorations(connection, AN.name, "All compared.") == len(AFTER)
    run_job()
    assert len(accepted()) == len(set(accepted())) == len(RECORDS)
    assert len(rows(states=["sent"])) == len(BEFORE) + len(AFTER)
    with at_one_moment(ledger) as connection:
        assert list(verify(connection, documents=True)) == []


def found_in_clearfacts_by_sha(sandbox, row):
    """A person finds it by the start of its SHA-256 in the comment, which no restored ledger changes."""
    return any(row["document_sha256"][:8] in (entry.comment or "") for entry in sandbox.journal.entries())


def test_what_waited_in_the_copy_and_was_sent_since_is_held_too_and_the_others_are_released(
    offer, list_companies, sandbox, run_job, ledger, rows, accepted, tmp_path, database_url
):
    list_companies(RECORDS)
    offer(BEFORE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAYBILL_CLEARFACTS_URL", "http://127.0.0.1:9/graphql")
        patch.setenv("WAYBILL_RETRY_ROUNDS", "0")
        run_job()
    waiting = rows(states=["ready"])
    assert len(waiting) == len(BEFORE)
    back_up(ledger, tmp_path / "backup")
    run_job(invoice_ids=[waiting[0]["id"]])
    delivered = accepted()
    assert len(delivered) == 1
    ledger.close()

    _, restoration = restore(make_url(database_url), tmp_path / "backup", AN, replace=True)
    assert restoration.held == len(BEFORE)
    run_job()
    assert accepted() == delivered
    held = rows(states=["held"])
    assert len(held) == len(BEFORE)
    for row in held:
        if not found_in_clearfacts(sandbox.journal, row):
            decided(ledger, row, Decision.RELEASE, "It is not there.")
    run_job()
    assert len(accepted()) == len(set(accepted())) == len(BEFORE)


def test_a_backup_made_while_a_run_goes_on_is_of_one_moment(
    offer, list_companies, run_job, ledger, database_url, tmp_path
):
    list_companies(RECORDS)
    offer(RECORDS)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run_job)
        for number in range(2):
            back_up(ledger, tmp_path / f"{number}")
        running.result(timeout=120)
    ledger.close()
    for number in range(2):
        restore(make_url(database_url), tmp_path / f"{number}", AN, replace=True)
        restored = Ledger(database_url)
        with at_one_moment(restored) as connection:
            assert list(verify(connection, documents=True)) == []
        restored.close()
