"""How records enter the ledger: pages and cursors, versions in any order, and records that are rejected."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.arrivals import (
    CursorMoved,
    cursor_of,
    restart_feed,
    sha256_of,
    store_page,
    store_records,
)
from db.jobs import RunOf, start_job
from db.ledger import Actor
from db.rejections import rejected_to_try_again
from invoices.findings import Finding, PolicyClass, Severity
from invoices.lifecycle import LIVE, SUPERSEDABLE, State
from invoices.source import Direction, Page, RejectedRecord
from invoices.why import Why
from tests.db.conftest import OTHER_COMPANY

ACTOR = Actor("a run")
SOURCE = "java-backend"


def page(*records, following="c1", rejected=()):
    return Page(tuple(records), tuple(rejected), following, has_more=False)


def cursor(ledger):
    with ledger.reading() as connection:
        return cursor_of(connection, SOURCE)


def rejection(raw=b'{"id": "bad"}', source_id="bad", version=None, *, retryable=False, message="It is bad."):
    finding = Finding("WB-RECORD-FIELD", Severity.FATAL, PolicyClass.STRUCTURE, message)
    return RejectedRecord(raw, finding, source_id, version, retryable)


def test_a_page_and_its_cursor_are_committed_together(ledger, arrange):
    assert cursor(ledger) is None
    arrival = store_page(ledger, ACTOR, SOURCE, page(arrange.record("a"), arrange.record("b")), None)
    assert cursor(ledger) == "c1"
    assert [arrange.row(each).source_id for each in arrival.invoice_ids] == ["a", "b"]
    assert arrange.states(*arrival.invoice_ids) == [State.RECEIVED, State.RECEIVED]
    assert cursor(ledger) == "c1"
    store_page(ledger, ACTOR, SOURCE, page(following="c2"), "c1")
    assert cursor(ledger) == "c2"
    with ledger.reading() as connection:
        assert cursor_of(connection, "folder") is None


def test_an_invoice_says_all_that_its_record_said(ledger, arrange):
    record = arrange.record("a", 7, b"<a/>", number="2026/1", updated_at=datetime(2026, 3, 14, 9, tzinfo=UTC))
    (invoice_id,) = store_page(ledger, ACTOR, SOURCE, page(record), None).invoice_ids
    row = arrange.row(invoice_id)
    assert (row.source, row.source_id, row.version) == (SOURCE, "a", 7)
    assert (row.company_number, row.direction, row.stated_number) == ("0428759497", "PURCHASE", "2026/1")
    assert (row.destination, row.source_updated_at, row.why) == ("clearfacts", record.updated_at, Why.ARRIVED)
    (document,) = arrange.all(
        "SELECT d.sha256, p.content FROM document d JOIN payload p ON p.id = d.payload_id"
    )
    assert tuple(document) == (sha256_of(b"<a/>"), b"<a/>")


@pytest.mark.parametrize("expected", [None, "another", "c0"])
def test_a_page_from_a_cursor_that_moved_is_rolled_back_but_its_documents_stay(ledger, arrange, expected):
    store_page(ledger, ACTOR, SOURCE, page(following="c0"), None)
    store_page(ledger, ACTOR, SOURCE, page(following="c1"), "c0")
    with pytest.raises(CursorMoved, match="another run is reading java-backend"):
        store_page(ledger, ACTOR, SOURCE, page(arrange.record(), rejected=[rejection()]), expected)
    assert cursor(ledger) == "c1"
    assert arrange.all("SELECT FROM invoice") == []
    assert arrange.all("SELECT FROM rejected_record") == []
    assert len(arrange.all("SELECT FROM document")) == 1


def test_of_two_runs_that_read_the_same_page_one_commits_it(ledger, arrange):
    records, together = [arrange.record(f"a{n}") for n in range(20)], threading.Barrier(2)

    def read(following):
        together.wait()
        try:
            return store_page(ledger, ACTOR, SOURCE, page(*records, following=following), None)
        except CursorMoved:
            return None

    with ThreadPoolExecutor(2) as executor:
        arrivals = list(executor.map(read, ["c1", "c2"]))
    assert [arrival is None for arrival in arrivals].count(True) == 1
    assert len(arrange.all("SELECT FROM invoice")) == 20
    assert cursor(ledger) == ("c1" if arrivals[0] else "c2")


def test_a_feed_that_starts_again_brings_nothing_twice(ledger, arrange):
    first = page(arrange.record("a"), arrange.record("b"))
    arrival = store_page(ledger, ACTOR, SOURCE, first, None)
    with pytest.raises(CursorMoved):
        restart_feed(ledger, ACTOR, SOURCE, "c0")
    restart_feed(ledger, ACTOR, SOURCE, "c1")
    assert cursor(ledger) is None
    assert len(arrival.invoice_ids) == 2
    assert store_page(ledger, ACTOR, SOURCE, first, None).invoice_ids == ()


def test_records_fetched_one_by_one_leave_the_cursor_alone(ledger, arrange):
    store_page(ledger, ACTOR, SOURCE, page(), None)
    assert len(store_records(ledger, ACTOR, SOURCE, [arrange.record()], []).invoice_ids) == 1
    assert cursor(ledger) == "c1"


def test_an_empty_page_brings_nothing(ledger):
    arrival = store_page(ledger, ACTOR, SOURCE, page(), None)
    assert (arrival.invoice_ids, arrival.rejected) == ((), 0)


def test_the_same_record_is_stored_once_in_a_page_and_once_in_all(arrange):
    record = arrange.record("a")
    (invoice_id,) = arrange.arrive(record, record, record)
    arrange.check(invoice_id, facts=arrange.facts())
    arrange.dedupe(invoice_id)
    assert arrange.arrive(record) == []
    assert arrange.state(invoice_id) is State.READY
    assert len(arrange.all("SELECT FROM invoice")) == 1


def test_bytes_are_stored_once_however_many_records_have_them(arrange):
    ids = arrange.arrive(*(arrange.record(f"a{n}", document=b"<same/>") for n in range(3)))
    arrange.arrive(arrange.record("later", document=b"<same/>"))
    assert len(ids) == 3
    assert len(arrange.all("SELECT FROM document")) == len(arrange.all("SELECT FROM payload")) == 1


def test_documents_of_any_size_are_stored_a_few_at_a_time(arrange):
    sizes = [0, 1, 5_000_000, 5_000_001, 5_000_002, 9_000_000, 2]
    ids = arrange.arrive(*(arrange.record(document=b"x" * size) for size in sizes))
    stored = arrange.all(
        "SELECT d.size, length(p.content) AS length FROM invoice i JOIN document d ON d.id = i.document_id"
        " JOIN payload p ON p.id = d.payload_id ORDER BY i.arrival"
    )
    assert [tuple(row) for row in stored] == [(size, size) for size in sizes]
    assert len(ids) == len(sizes)


@pytest.mark.parametrize("together", [True, False])
def test_the_same_version_with_other_bytes_is_kept_and_held_behind_the_first(arrange, together):
    first, second = arrange.record("a", 1, b"<one/>"), arrange.record("a", 1, b"<two/>")
    ids = arrange.arrive(first, second) if together else [*arrange.arrive(first), *arrange.arrive(second)]
    assert arrange.states(*ids) == [State.RECEIVED, State.HELD]
    held = arrange.row(ids[1])
    assert (held.why, held.blocked_by) == (Why.CHANGED_WITHOUT_VERSION, ids[0])
    assert arrange.row(ids[0]).findings == []


def test_a_third_document_of_the_same_version_is_held_behind_the_first(arrange):
    ids = [arrange.arrive(arrange.record("a", 1, each))[0] for each in (b"1", b"2", b"3")]
    assert [arrange.row(each).blocked_by for each in ids] == [None, ids[0], ids[0]]


@pytest.mark.parametrize("state", sorted(LIVE))
def test_a_live_first_document_bears_a_finding_that_it_was_changed_later(arrange, state):
    first = arrange.in_state(state)
    (second,) = arrange.arrive(arrange.record(arrange.row(first).source_id))
    assert arrange.states(first, second) == [state, State.HELD]
    assert [each["code"] for each in arrange.row(first).findings] == ["WB-CHANGED-WITHOUT-VERSION"]


class TestReassigned:
    """The same version with the same bytes, for another company or direction."""

    @pytest.fixture
    def reassign(self, arrange):
        def again(invoice_id, **fields):
            row = arrange.row(invoice_id)
            content = arrange.all("SELECT content FROM payload p JOIN document d ON d.payload_id = p.id"
                                  " WHERE d.id = :id", id=row.document_id)[0].content  # fmt: skip
            assert arrange.arrive(arrange.record(row.source_id, row.version, content, **fields)) == []

        return again

    @pytest.mark.parametrize("state", [State.RECEIVED, State.COULD_NOT_CHECK, State.READY])
    @pytest.mark.parametrize("fields", [{"company_number": OTHER_COMPANY}, {"direction": Direction.SALE}])
    def test_what_has_not_gone_out_is_held_until_a_person_says_whose_it_is(
        self, arrange, reassign, state, fields
    ):
        invoice_id = arrange.in_state(state)

        reassign(invoice_id, **fields)

        row = arrange.row(invoice_id)
        assert (row.state, row.why) == (State.HELD, Why.REASSIGNED)
        assert [each["code"] for each in row.findings] == ["WB-REASSIGNED"]

    @pytest.mark.parametrize("state", [State.SENT, State.OUTCOME_UNKNOWN, State.FAILED, State.SENDING])
    def test_what_has_gone_further_bears_a_finding(self, arrange, reassign, state):
        invoice_id = arrange.in_state(state)

        reassign(invoice_id, company_number=OTHER_COMPANY)

        assert arrange.state(invoice_id) is state
        assert OTHER_COMPANY in arrange.row(invoice_id).findings[-1]["message"]

    def test_it_is_said_once(self, arrange, reassign):
        invoice_id = arrange.in_state(State.SENT)

        for _ in range(2):
            reassign(invoice_id, company_number=OTHER_COMPANY)

        assert len(arrange.row(invoice_id).findings) == 1

    def test_a_record_that_comes_as_it_was_changes_nothing(self, arrange, reassign):
        invoice_id = arrange.in_state(State.READY)

        reassign(invoice_id)

        assert (arrange.state(invoice_id), arrange.row(invoice_id).findings) == (State.READY, [])


def test_a_newer_version_supersedes_an_older_one_unless_that_is_live_or_closed(arrange):
    older = {state: arrange.in_state(state) for state in State}
    rows = {state: arrange.row(invoice_id) for state, invoice_id in older.items()}
    newer = arrange.arrive(*(arrange.record(row.source_id, row.version + 5) for row in rows.values()))
    assert len(newer) == len(State)
    for state, invoice_id in older.items():
        row = arrange.row(invoice_id)
        superseded = state in SUPERSEDABLE
        assert row.state == (State.SUPERSEDED if superseded else state)
        if superseded:
            assert (row.why, row.blocked_by) == (Why.NEWER_VERSION, None)


def test_a_version_that_arrives_after_a_newer_one_enters_as_superseded(arrange):
    (newer,) = arrange.arrive(arrange.record("a", 3))
    (older,) = arrange.arrive(arrange.record("a", 2))
    assert arrange.states(newer, older) == [State.RECEIVED, State.SUPERSEDED]
    assert arrange.row(older).why == Why.ARRIVED_LATE
    assert [event.from_state for event in arrange.events(older)] == [None]


@pytest.mark.parametrize("state", sorted(set(State) - {State.DUPLICATE}))
def test_a_version_that_repeats_its_predecessor_is_its_duplicate_and_supersedes_nothing(arrange, state):
    first = arrange.in_state(state)
    if state is State.SUPERSEDED:
        (first,) = [row.id for row in arrange.all("SELECT id FROM invoice WHERE version = 2")]
    row = arrange.row(first)
    (document,) = arrange.all(
        "SELECT p.content FROM document d JOIN payload p ON p.id = d.payload_id WHERE d.id = :id",
        id=row.document_id,
    )
    before = row.state
    (second,) = arrange.arrive(arrange.record(row.source_id, row.version + 1, document.content))
    assert arrange.states(first, second) == [before, State.DUPLICATE]
    assert (arrange.row(second).why, arrange.row(second).blocked_by) == (Why.REPEATS_PREVIOUS_VERSION, first)


@pytest.mark.parametrize("pages", [(3,), (1, 2), (2, 1), (1, 1, 1)])
def test_repeats_of_a_repeat_name_the_version_that_all_repeat(arrange, pages):
    records = iter([arrange.record("a", version, b"<same/>") for version in (1, 2, 3)])
    ids = [each for count in pages for each in arrange.arrive(*itertools.islice(records, count))]
    assert arrange.states(*ids) == [State.RECEIVED, State.DUPLICATE, State.DUPLICATE]
    assert [arrange.row(each).blocked_by for each in ids] == [None, ids[0], ids[0]]
    assert {event.blocked_by for each in ids[1:] for event in arrange.events(each)} == {None, ids[0]}


@pytest.mark.parametrize("other", [{"company_number": "0123456749"}, {"direction": Direction.SALE}])
def test_the_same_bytes_for_another_company_or_direction_are_no_repeat(arrange, other):
    (first,) = arrange.arrive(arrange.record("a", 1, b"<same/>"))
    (second,) = arrange.arrive(arrange.record("a", 2, b"<same/>", **other))
    assert arrange.states(first, second) == [State.SUPERSEDED, State.RECEIVED]


def test_a_repeat_says_nothing_to_versions_before_the_one_it_repeats(arrange):
    (first,) = arrange.arrive(arrange.record("a", 1, b"<one/>"))
    arrange.check(first, facts=arrange.facts())
    arrange.dedupe(first)
    arrange.sent_on(first, "accepted")
    second, third = arrange.arrive(arrange.record("a", 2, b"<two/>"), arrange.record("a", 3, b"<two/>"))
    assert arrange.states(first, second, third) == [State.SENT, State.RECEIVED, State.DUPLICATE]
    assert arrange.row(third).blocked_by == second


VERSIONS = st.lists(st.integers(0, 2), min_size=1, max_size=5).flatmap(
    lambda contents: st.permutations(list(enumerate(contents, start=1)))
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VERSIONS, st.lists(st.integers(1, 3), min_size=5, max_size=5))
def test_in_whatever_order_and_pages_versions_come_just_the_newest_content_goes_on(
    arrange, versions, page_sizes
):
    source_id, arriving = str(uuid4()), iter(versions)
    for size in page_sizes:
        batch = itertools.islice(arriving, size)
        arrange.arrive(*(arrange.record(source_id, version, bytes([content])) for version, content in batch))
    rows = arrange.all(
        "SELECT i.id, i.state, i.blocked_by, p.content FROM invoice i JOIN document d ON d.id = i.document_id"
        " JOIN payload p ON p.id = d.payload_id WHERE i.source_id = :source_id",
        source_id=source_id,
    )
    newest = bytes([max(versions)[1]])
    (going_on,) = [row for row in rows if row.state == State.RECEIVED]
    assert len(rows) == len(versions)
    assert going_on.content == newest
    assert {row.state for row in rows} <= {State.RECEIVED, State.SUPERSEDED, State.DUPLICATE}
    duplicates = [row for row in rows if row.state == State.DUPLICATE]
    assert all((row.blocked_by, row.content) == (going_on.id, newest) for row in duplicates)


def rejected(arrange):
    return arrange.all("SELECT * FROM rejected_record ORDER BY created_at, id")


def test_a_rejected_record_keeps_its_raw_bytes_and_why(ledger, arrange):
    raw = b'{"id": "\x00\xff"}'
    arrival = store_page(
        ledger, ACTOR, SOURCE, page(rejected=[rejection(raw, "bad", 4, retryable=True)]), None
    )
    (row,) = rejected(arrange)
    (payload,) = arrange.all("SELECT content FROM payload WHERE id = :id", id=row.raw_id)
    assert (arrival.rejected, payload.content, row.raw_sha256) == (1, raw, sha256_of(raw))
    assert (row.source, row.source_id, row.version, row.retryable, row.seen) == (SOURCE, "bad", 4, True, 1)
    assert row.finding["message"] == "It is bad."
    assert cursor(ledger) == "c1"


def test_a_rejected_record_that_comes_again_is_counted_and_says_what_is_wrong_now(ledger, arrange):
    for times, message in enumerate(["Then.", "Later.", "Now."], start=1):
        store_records(ledger, ACTOR, SOURCE, [], [rejection(message=message)])
        (row,) = rejected(arrange)
        assert (row.seen, row.finding["message"]) == (times, message)


def test_rejected_records_with_the_same_bytes_are_told_apart_by_their_id(ledger, arrange):
    too_large = [rejection(b"", "one"), rejection(b"", "two"), rejection(b"", None), rejection(b"", None)]
    store_records(ledger, ACTOR, SOURCE, [], too_large)
    assert sorted((row.source_id or "", row.seen) for row in rejected(arrange)) == [
        ("", 2),
        ("one", 1),
        ("two", 1),
    ]


@pytest.mark.parametrize(
    ("version", "came", "resolved"), [(2, 2, True), (2, 3, True), (None, 1, True), (2, 1, False)]
)
@pytest.mark.parametrize("together", [True, False])
def test_a_rejected_record_is_resolved_when_that_version_or_a_newer_one_comes_right(
    ledger, arrange, version, came, resolved, together
):
    wrong, right = rejection(version=version), arrange.record("bad", came)
    if together:
        store_records(ledger, ACTOR, SOURCE, [right], [wrong])
    else:
        store_records(ledger, ACTOR, SOURCE, [], [wrong])
        store_records(ledger, ACTOR, SOURCE, [arrange.record("another", 9), right], [])
    (row,) = rejected(arrange)
    assert (row.resolved_at is not None) is resolved
    store_records(ledger, ACTOR, SOURCE, [], [wrong])
    assert rejected(arrange)[0].resolved_at is None


def test_only_what_may_come_right_by_itself_and_is_due_is_asked_for_again(ledger, arrange):
    resolved = rejection(b"3", "resolved", retryable=True)
    store_records(
        ledger,
        ACTOR,
        SOURCE,
        [],
        [
            rejection(b"1", "due", retryable=True),
            rejection(b"2", "hopeless"),
            resolved,
            rejection(b"4", "later", retryable=True),
            rejection(b"5", None, retryable=True),
        ],
    )
    store_records(ledger, ACTOR, SOURCE, [arrange.record("resolved")], [])
    store_records(ledger, ACTOR, "folder", [], [rejection(b"1", "elsewhere", retryable=True)])
    with ledger.reading() as connection:
        assert rejected_to_try_again(connection, SOURCE, 10) == []
    arrange.run("UPDATE rejected_record SET next_try_at = now() WHERE source_id IS DISTINCT FROM 'later'")
    with ledger.reading() as connection:
        assert rejected_to_try_again(connection, SOURCE, 10) == ["due"]
        assert rejected_to_try_again(connection, SOURCE, 0) == []


def test_a_job_touches_what_its_page_brought_and_what_that_superseded(ledger, arrange):
    with ledger.engine.begin() as connection:
        job_id = start_job(connection, RunOf(uuid4(), 1), arrange.worker, "process-invoices", "an", {})
    (older,) = arrange.arrive(arrange.record("a", 1))
    newer, other = arrange.arrive(arrange.record("a", 2), arrange.record("b"), actor=Actor("a run", job_id))
    store_records(ledger, Actor("a run", job_id), SOURCE, [], [rejection()])
    touched = arrange.all("SELECT invoice_id FROM job_invoice WHERE job_id = :id", id=job_id)
    assert {row.invoice_id for row in touched} == {older, newer, other}
    assert rejected(arrange)[0].job_id == job_id
