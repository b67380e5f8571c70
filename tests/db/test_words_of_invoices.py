from sqlalchemy import text

from db import migrate
from invoices.lifecycle import State
from tests.db.conftest import COMPANY

_KNOWN = """
SELECT i.id, i.supplier_name, i.supplier_number, i.by_number, i.by_issue_date, i.by_amount, i.updated_at, w.words
FROM invoice i LEFT JOIN invoice_words w ON w.invoice_id = i.id ORDER BY i.arrival
"""


def test_what_an_invoice_is_found_by_is_kept_when_it_is_checked(arrange):
    invoice_id = arrange.deduped("2026/A-17")
    (row,) = arrange.all(_KNOWN)
    assert (row.id, row.supplier_name, row.supplier_number) == (invoice_id, "Leverancier", "0403019261")
    source_id = arrange.row(invoice_id).source_id
    for word in (
        "2026",
        "a",
        "17",
        "2026a17",
        "leverancier",
        "s:leverancier",
        "s:0403019261",
        f"c:{COMPANY}",
        source_id,
    ):
        assert f"'{word}'" in row.words


def test_an_invoice_that_is_checked_again_is_found_by_what_it_says_now(arrange):
    invoice_id = arrange.in_state(State.COULD_NOT_CHECK)
    arrange.check(invoice_id, facts=arrange.facts("Z-9"))
    (row,) = arrange.all(_KNOWN)
    assert "'z9'" in row.words


def test_the_ledger_of_an_older_version_is_filled_in_and_not_touched(arrange, owner):
    arrange.in_state(State.SENT)
    arrange.in_state(State.DUPLICATE)
    arrange.in_state(State.COULD_NOT_CHECK)
    (unread,) = arrange.arrive(arrange.record(number="F/7"))
    before = arrange.all(_KNOWN)
    arrange.ledger.close()
    with owner.begin() as connection:
        migrate.downgrade(connection, "0008")
        migrate.upgrade(connection)
    with owner.connect() as connection:
        after = connection.execute(text(_KNOWN)).all()
    assert [row for row in after if row.id != unread] == [row for row in before if row.id != unread]
    # What was not checked when the columns were added is found by what its source says.
    assert "'f7'" in after[-1].words
