"""The Java backend of the sandbox keeps to java-backend.openapi.yaml."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.source import Direction
from sandbox.errors import UnknownCursorError
from sandbox.java_backend.feed import Feed
from sandbox.records import SandboxRecord

PAGE = "/api/v1/invoices"
START = datetime(2026, 1, 1, tzinfo=UTC)


def test_health_needs_no_token(sandbox):
    assert httpx.get(f"{sandbox.java_backend_url}/api/v1/health").status_code == 200


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/A1", f"{PAGE}/A1/ubl"])
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic {}", "{}"])
def test_everything_else_needs_the_token(sandbox, record, path, authorization):
    sandbox.feed.put(record())
    given_token = (authorization or "").format(sandbox.java_backend_token)
    headers = {} if authorization is None else {"Authorization": given_token}
    assert httpx.get(sandbox.java_backend_url + path, headers=headers).status_code == 401
    assert sandbox.journal.entries()[0].status == 401


def test_an_empty_feed_still_gives_a_cursor_that_works(java_backend, sandbox, record):
    page = java_backend.get(PAGE).json()
    assert (page["items"], page["hasMore"]) == ([], False)
    sandbox.feed.put(record())
    after = java_backend.get(PAGE, params={"cursor": page["next"]}).json()
    assert [item["id"] for item in after["items"]] == ["A1"]


def test_a_record_has_all_fields_of_the_contract(java_backend, sandbox, record):
    sandbox.feed.put(record("2026/0412 é"))
    item = java_backend.get(PAGE).json()["items"][0]
    assert set(item) == {"id", "version", "direction", "companyNumber", "number", "updatedAt", "ublUrl"}
    alone = java_backend.get(f"{PAGE}/2026%2F0412%20%C3%A9").json()
    assert alone == item
    assert datetime.fromisoformat(item["updatedAt"]).tzinfo is not None


def test_documents_come_inline_when_asked_for_and_behind_their_url(java_backend, sandbox, record):
    sandbox.feed.put(record("2026/1", document="<Invoice>é</Invoice>".encode()))
    item = java_backend.get(PAGE, params={"include": "ubl"}).json()["items"][0]
    answer = java_backend.get(item["ublUrl"])
    assert base64.b64decode(item["ubl"]) == answer.content == "<Invoice>é</Invoice>".encode()
    assert answer.headers["content-type"] == "application/xml"
    assert hashlib.sha256(answer.content).hexdigest() in answer.headers["etag"]


def test_answers_are_gzipped_only_for_who_takes_it(java_backend, sandbox, record):
    sandbox.feed.put(record())
    for path in (PAGE, f"{PAGE}/A1/ubl"):
        packed = java_backend.get(path, headers={"Accept-Encoding": "gzip"})
        plain = java_backend.get(path, headers={"Accept-Encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert packed.content == plain.content


def test_a_record_without_document_says_so(java_backend, sandbox, record):
    sandbox.feed.put(record(document=None))
    item = java_backend.get(PAGE, params={"include": "ubl"}).json()["items"][0]
    assert item["ubl"] is None
    assert java_backend.get(item["ublUrl"]).status_code == 404


def test_a_changed_record_comes_again_later_and_each_url_gives_its_own_version(java_backend, sandbox, record):
    sandbox.feed.put(record("A1", 1, b"<first/>"))
    sandbox.feed.put(record("B1", 1))
    sandbox.feed.put(record("A1", 2, b"<second/>"))
    items = java_backend.get(PAGE).json()["items"]
    assert [(item["id"], item["version"]) for item in items] == [("A1", 1), ("B1", 1), ("A1", 2)]
    assert java_backend.get(items[0]["ublUrl"]).content == b"<first/>"
    assert java_backend.get(items[2]["ublUrl"]).content == b"<second/>"
    assert java_backend.get(f"{PAGE}/A1/ubl").content == b"<second/>"
    assert java_backend.get(f"{PAGE}/A1").json()["version"] == 2


@pytest.mark.parametrize("path", ["nothing", "nothing/ubl", "A1/ubl?revision=99999", "A1/ubl?revision=x"])
def test_what_is_not_there_is_404(java_backend, sandbox, record, path):
    sandbox.feed.put(record())
    assert java_backend.get(f"{PAGE}/{path}").status_code == 404


def test_a_revision_of_another_record_is_404(java_backend, sandbox, record):
    sandbox.feed.put(record("A1"))
    other = sandbox.feed.put(record("B1"))
    assert java_backend.get(f"{PAGE}/A1/ubl?revision={other.revision}").status_code == 404


@pytest.mark.parametrize("size", ["0", "1001", "-1", "x", "", "99999999999", "²"])
def test_a_size_out_of_bounds_is_422(java_backend, size):
    assert java_backend.get(PAGE, params={"size": size}).status_code == 422


def test_another_include_is_422(java_backend):
    assert java_backend.get(PAGE, params={"include": "pdf"}).status_code == 422


@pytest.mark.parametrize("cursor", ["nonsense", "", "é", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "x" * 600])
def test_a_cursor_that_was_not_issued_is_400(java_backend, cursor):
    assert java_backend.get(PAGE, params={"cursor": cursor}).status_code == 400


def test_cursors_expire_when_the_feed_is_cleared(java_backend, sandbox, record):
    sandbox.feed.put(record())
    cursor = java_backend.get(PAGE).json()["next"]
    sandbox.feed.clear()
    assert java_backend.get(PAGE, params={"cursor": cursor}).status_code == 400


@settings(max_examples=50, deadline=None)
@given(
    changes=st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(0, 5)), max_size=20),
    size=st.integers(1, 7),
)
def test_pages_give_every_change_once_in_order_whatever_their_size(changes, size):
    feed = Feed(
        SandboxRecord(name, 1, Direction.SALE, "0", "1", b"", START + timedelta(hours=hour))
        for name, hour in changes
    )
    seen, cursor, more = [], None, True
    while more:
        page, cursor, more = feed.page(cursor, size)
        seen += page
    assert [change.position for change in seen] == sorted(change.position for change in feed.changes())
    assert len(seen) == len(changes)
    assert feed.page(cursor, size)[0] == []


def test_a_signed_cursor_to_a_change_that_is_gone_is_unknown(record):
    feed = Feed([record()])
    cursor = feed.page(None, 1)[1]
    feed._by_revision.clear()
    with pytest.raises(UnknownCursorError):
        feed.page(cursor, 1)


def test_what_is_put_without_a_date_comes_last(record):
    feed = Feed([SandboxRecord("Z", 1, Direction.SALE, "0", "1", b"", datetime(2999, 1, 1, tzinfo=UTC))])
    feed.put(record("A1"))
    assert [change.record.source_id for change in feed.changes()] == ["Z", "A1"]


ACKNOWLEDGEMENT = {"status": "sent", "version": 1, "receipt": "u-1", "findings": [{"code": "BR-01"}]}


def test_an_acknowledgement_is_noted(java_backend, sandbox, record):
    sandbox.feed.put(record())
    headers = {"X-Request-ID": "r-1"}
    answer = java_backend.post(f"{PAGE}/A1/status", json=ACKNOWLEDGEMENT, headers=headers)
    entry = sandbox.journal.entries()[0]
    assert (answer.status_code, answer.content) == (204, b"")
    assert (entry.source_id, entry.acknowledged, entry.version) == ("A1", "sent", 1)
    assert (entry.receipt, entry.request_id, entry.outcome) == ("u-1", "r-1", "accepted")


@pytest.mark.parametrize(
    "broken",
    [
        {"status": "booked"},
        {"status": "pending"},
        {"status": None},
        {"version": None},
        {"version": "1"},
        {"version": True},
        {"receipt": 3},
        {"findings": None},
        {"findings": [{"location": None}]},
    ],
)
def test_an_acknowledgement_that_breaks_the_schema_is_422_and_journalled_so(
    java_backend, sandbox, record, broken
):
    sandbox.feed.put(record())
    answer = java_backend.post(f"{PAGE}/A1/status", json=ACKNOWLEDGEMENT | broken)
    entry = sandbox.journal.entries()[0]
    assert answer.status_code == entry.status == 422
    assert entry.outcome == "refused"
    assert next(iter(broken)) in entry.reason


@pytest.mark.parametrize("missing", ["status", "version"])
def test_an_acknowledgement_needs_status_and_version(java_backend, sandbox, record, missing):
    sandbox.feed.put(record())
    body = {name: value for name, value in ACKNOWLEDGEMENT.items() if name != missing}
    assert java_backend.post(f"{PAGE}/A1/status", json=body).status_code == 422


def test_an_acknowledgement_must_be_json_and_for_a_known_record(java_backend, sandbox, record):
    sandbox.feed.put(record())
    json_type = {"Content-Type": "application/json"}
    assert java_backend.post(f"{PAGE}/A1/status", content=b"{", headers=json_type).status_code == 400
    assert java_backend.post(f"{PAGE}/A1/status", content=json.dumps(ACKNOWLEDGEMENT)).status_code == 415
    assert java_backend.post(f"{PAGE}/B1/status", json=ACKNOWLEDGEMENT).status_code == 404
