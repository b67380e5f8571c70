import json
from base64 import urlsafe_b64encode
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.languages import preferred_language
from api.paging import Bookmarks, InvalidCursor
from db.listing import Sort, usable_key
from tests.api.surroundings import arranging

LIST = "/api/v1/invoices"
PLACES = st.tuples(st.text(max_size=50), st.integers(0, 2**63 - 1))


@pytest.fixture
def arrange(ledger):
    with arranging(ledger) as arrange:
        yield arrange


@given(PLACES, st.lists(st.text(max_size=20)))
def test_a_list_reads_its_own_cursors(place, of):
    bookmarks = Bookmarks(of)
    cursor = bookmarks.cursor(place)
    assert cursor.isascii()
    assert tuple(bookmarks.place(cursor)) == place


@given(PLACES, st.lists(st.text(max_size=20), min_size=1), st.text(min_size=1, max_size=5))
def test_a_list_reads_no_cursor_of_another(place, of, other):
    with pytest.raises(InvalidCursor):
        Bookmarks([*of, other]).place(Bookmarks(of).cursor(place))


@given(st.text(max_size=100) | st.binary(max_size=60).map(lambda some: urlsafe_b64encode(some).decode()))
def test_what_is_no_cursor_is_refused_and_nothing_worse(said):
    with pytest.raises(InvalidCursor):
        Bookmarks(["a list"]).place(said)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), st.lists, max_leaves=10))
def test_json_that_is_no_cursor_is_refused_too(said):
    with pytest.raises(InvalidCursor):
        Bookmarks(["a list"]).place(urlsafe_b64encode(json.dumps(said).encode()).decode())


@given(PLACES, st.integers(0, 200), st.characters())
def test_a_cursor_that_was_changed_is_refused(place, at, character):
    cursor = Bookmarks(["a list"]).cursor(place)
    changed = f"{cursor[: at % len(cursor)]}{character}{cursor[at % len(cursor) + 1 :]}"
    try:
        read = Bookmarks(["a list"]).place(changed)
    except InvalidCursor:
        return
    # The last character of base64 may differ in bits that mean nothing.
    assert tuple(read) == place


@pytest.mark.parametrize("sort", Sort)
@given(value=st.text(max_size=30), arrival=st.integers())
def test_only_what_the_database_can_compare_is_a_place(sort, value, arrival):
    try:
        key, number = usable_key(sort, value, arrival)
    except (ValueError, TypeError):
        return
    assert 0 <= number < 2**63
    assert "\0" not in key
    {
        Sort.RECEIVED: datetime.fromisoformat,
        Sort.UPDATED: datetime.fromisoformat,
        Sort.ISSUED: date.fromisoformat,
        Sort.AMOUNT: float,
        Sort.NUMBER: str,
    }[sort](key)


def forged(arrange, as_user, place, **query):
    """A cursor with the right digest, as only this code could make one."""
    for _ in range(3):
        arrange.arrive(arrange.record())
    first = as_user.get(LIST, params={"limit": 1, **query}).json()["data"]["next_cursor"]
    chosen = {
        "state": [], "status": [], "needs_person": None, "company": None, "direction": None, "supplier": None,
        "number": None, "issued_from": None, "issued_until": None, "amount_min": None, "amount_max": None,
        "currency": None, "job": None, "text": None, "sort": query.get("sort", "-received"),
    }  # fmt: skip
    bookmarks = Bookmarks((as_user.caller_id, LIST, json.dumps(chosen, sort_keys=True)))
    assert bookmarks.place(first)
    return bookmarks.cursor(place)


@pytest.mark.parametrize(
    "place",
    [
        (), ("x",), ("x", "y"), ("x", 1), (1, 1), ("2026-01-01", -1), ("2026-01-01 00:00:00", 1), ("infinity", 1),
        ("2026-01-01 00:00:00+00", 2**63), ("2026-01-01 00:00:00+00", 1, 2), ("2026-01-01 00:00:00+00\0", 1),
        ("9999-12-31 23:59:59-15:59", 1),
    ],
)  # fmt: skip
def test_a_forged_place_is_refused_or_harmless(arrange, as_user, place):
    answer = as_user.get(LIST, params={"cursor": forged(arrange, as_user, place)})
    assert answer.status_code in {200, 422}
    if answer.status_code == 422:
        assert answer.json()["error"]["code"] == "invalid-cursor"


@pytest.mark.parametrize(
    ("sort", "value"),
    [("amount", "nan"), ("amount", "1_0"), ("amount", "1e400"), ("issued", "2026-W01-1"), ("number", "\ud800"),
     ("issued", "20260101"), ("amount", "-Infinity"), ("amount", "٣"), ("updated", "2026-01-01T00:00:00,5+00:00")],
)  # fmt: skip
def test_a_forged_value_of_a_sort_is_refused_or_harmless(arrange, as_user, sort, value):
    cursor = forged(arrange, as_user, (value, 1), sort=sort)
    assert as_user.get(LIST, params={"cursor": cursor, "sort": sort}).status_code in {200, 422}


def test_a_cursor_is_good_for_its_own_caller_filters_and_sort(arrange, as_user, as_admin):
    for _ in range(3):
        arrange.arrive(arrange.record())
    cursor = as_user.get(LIST, params={"limit": 1}).json()["data"]["next_cursor"]
    assert as_user.get(LIST, params={"limit": 2, "cursor": cursor}).status_code == 200
    for client, path, query in (
        (as_admin, LIST, {}),
        (as_user, LIST, {"sort": "received"}),
        (as_user, LIST, {"state": "received"}),
        (as_user, f"{LIST}/history", {"sort": "-received"}),
        (as_user, LIST, {"cursor": cursor[:-4]}),
        (as_user, LIST, {"cursor": ""}),
    ):
        answer = client.get(path, params={"cursor": cursor, **query})
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "invalid-cursor"


@pytest.mark.parametrize(
    ("said", "language"),
    [
        (None, "en"), ("", "en"), ("nl", "nl"), ("nl-BE", "nl"), ("NL-be,en;q=0.9", "nl"),
        ("fr-FR;q=0.8,nl;q=0.9", "nl"),
        ("de, fr;q=0.1", "fr"), ("de", "en"), ("*", "en"), ("en;q=0, *", "nl"), ("en;q=0,nl;q=0,*;q=0.5", "fr"),
        ("nl;q=0", "en"), ("nl;q=0.5, fr;q=0.5", "nl"), ("nl;q=2, fr", "fr"), ("nl;x, fr", "fr"), (";;;,", "en"),
        ("en;q=0,nl;q=0,fr;q=0", "en"), ("nl;q=0.001, *;q=0", "nl"), ("nl-BE;q=0.2, nl;q=0.8, fr;q=0.5", "nl"),
        ("*;q=0.9, nl;q=0.5", "en"), ("x" * 10_000, "en"), (",".join(["de"] * 500) + ",nl", "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_best_of_those_asked_for(said, language):
    assert preferred_language(said) == language


@given(st.text())
def test_any_header_gives_a_language(said):
    assert preferred_language(said) in {"en", "nl", "fr"}
