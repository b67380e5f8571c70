"""The sandbox fails as it is told to, over real sockets, and its journal says what it did."""

import gzip
import json
import time

import httpx
import pytest

from sandbox.faults import Fault, FaultKind, Faults
from sandbox.journal import Call, Entry, System

PAGE = "/api/v1/invoices"


@pytest.fixture
def tell(sandbox):
    """Tell the sandbox to fail."""
    return lambda call, fault, **more: sandbox.faults.add(Fault(call=call, fault=fault, **more))


def outcomes(sandbox):
    return [(entry.outcome, entry.status, entry.fault) for entry in sandbox.journal.entries()]


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize(("reset", "error"), [(True, httpx.ReadError), (False, httpx.RemoteProtocolError)])
def test_a_dropped_upload_was_taken_or_not_and_nobody_hears(clearfacts, sandbox, taken, reset, error):
    sandbox.faults.add(Fault(call="upload", fault="drop", taken=taken, reset=reset))
    with pytest.raises(error):
        clearfacts.upload()
    assert outcomes(sandbox) == [("accepted" if taken else "dropped", None, "drop")]
    assert (sandbox.journal.entries()[0].uuid is not None) == taken
    assert clearfacts.upload().json()["data"]


def test_a_call_without_a_body_can_be_dropped(java_backend, sandbox, tell):
    tell("page", "drop")
    with pytest.raises(httpx.ReadError):
        java_backend.get(PAGE)
    assert outcomes(sandbox) == [("dropped", None, "drop")]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("too_many_requests", 429),
        ("server_error", 500),
        ("unavailable", 503),
        ("unauthorized", 401),
        ("forbidden", 403),
        ("errors", 200),
        ("html", 200),
        ("not_json", 200),
    ],
)
@pytest.mark.parametrize("taken", [False, True])
def test_an_upload_is_answered_with_an_error_before_or_after_it_was_taken(
    clearfacts, sandbox, fault, status, taken
):
    sandbox.faults.add(Fault(call="upload", fault=fault, taken=taken))
    assert clearfacts.upload().status_code == status
    assert outcomes(sandbox) == [("accepted" if taken else "refused", status, fault)]
    assert (sandbox.journal.entries()[0].uuid is not None) == taken


def test_a_fault_does_not_turn_a_refusal_into_an_acceptance(clearfacts, sandbox, tell):
    tell("upload", "drop", taken=True)
    with pytest.raises(httpx.ReadError):
        clearfacts.upload(content=b"")
    assert outcomes(sandbox) == [("refused", None, "drop")]


def test_errors_in_a_200_have_no_data(clearfacts, tell):
    tell("administrations", "errors", message="Administration locked")
    answer = clearfacts.ask("{ administrations { name } }")
    assert answer.json() == {"errors": [{"message": "Administration locked"}], "data": None}


def test_html_is_html_and_not_json_is_not_json(clearfacts, tell):
    tell("upload", "html")
    tell("upload", "not_json")
    assert clearfacts.upload().headers["content-type"].startswith("text/html")
    broken = clearfacts.upload()
    assert broken.headers["content-type"] == "application/json"
    with pytest.raises(json.JSONDecodeError):
        broken.json()


@pytest.mark.parametrize(
    ("fault", "retry_after", "header"),
    [
        ("too_many_requests", None, "1"),
        ("too_many_requests", 7, "7"),
        ("unavailable", None, None),
        ("unavailable", "Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT"),
    ],
)
def test_retry_after_is_sent_as_told(java_backend, tell, fault, retry_after, header):
    tell("page", fault, retry_after=retry_after)
    assert java_backend.get(PAGE).headers.get("retry-after") == header


def test_truncated_json_was_taken(clearfacts, sandbox, tell):
    tell("upload", "truncated_json")
    answer = clearfacts.upload()
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert outcomes(sandbox) == [("accepted", 200, "truncated_json")]


def test_a_page_of_truncated_json_is_not_truncated_gzip(java_backend, sandbox, record, tell):
    sandbox.feed.put(record())
    tell("page", "truncated_json")
    answer = java_backend.get(PAGE, headers={"Accept-Encoding": "gzip"})
    assert answer.text.startswith('{"items"')
    with pytest.raises(json.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_truncated_gzip_cannot_be_unpacked(java_backend, sandbox, record, tell, accepted):
    sandbox.feed.put(record())
    tell("ubl", "truncated_gzip")
    with java_backend.stream("GET", f"{PAGE}/A1/ubl", headers={"Accept-Encoding": accepted}) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    with pytest.raises(EOFError):
        gzip.decompress(packed)


@pytest.mark.parametrize("taken", [False, True])
def test_a_slow_upload_is_taken_before_or_after_the_wait(clearfacts, sandbox, tell, taken):
    tell("upload", "slow", seconds=1, taken=taken)
    clearfacts.client.timeout = httpx.Timeout(0.1)
    with pytest.raises(httpx.ReadTimeout):
        clearfacts.upload()
    assert bool(sandbox.journal.entries()) == taken
    deadline = time.monotonic() + 10
    while not sandbox.journal.entries() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert outcomes(sandbox) == [("accepted", 200, "slow")]


def test_an_expired_cursor_strikes_only_where_a_cursor_was_sent(java_backend, tell):
    tell("page", "expired_cursor")
    first = java_backend.get(PAGE)
    assert first.status_code == 200
    assert java_backend.get(PAGE, params={"cursor": first.json()["next"]}).status_code == 400
    assert java_backend.get(PAGE, params={"cursor": first.json()["next"]}).status_code == 200


def test_an_empty_page_leads_on_to_what_it_left_out(java_backend, sandbox, record, tell):
    sandbox.feed.put(record("A1"))
    tell("page", "empty_page")
    page = java_backend.get(PAGE).json()
    assert page["items"] == []
    assert page["hasMore"]
    following = java_backend.get(PAGE, params={"cursor": page["next"]}).json()
    assert [item["id"] for item in following["items"]] == ["A1"]


def test_a_page_can_have_the_same_record_twice(java_backend, sandbox, record, tell):
    sandbox.feed.put(record("A1"))
    sandbox.feed.put(record("B1"))
    tell("page", "repeated_record", source_id="B1")
    assert [item["id"] for item in java_backend.get(PAGE).json()["items"]] == ["A1", "B1", "B1"]


def test_a_ubl_url_can_point_to_another_origin(java_backend, sandbox, record, tell):
    sandbox.feed.put(record("A1"))
    sandbox.feed.put(record("B1"))
    tell("page", "foreign_ubl_url", source_id="A1")
    foreign, own = java_backend.get(PAGE, params={"include": "ubl"}).json()["items"]
    assert foreign["ublUrl"].startswith("http://elsewhere.invalid/")
    assert "ubl" not in foreign
    assert own["ublUrl"].startswith("/")
    assert own["ubl"]


def test_a_document_can_be_missing_from_the_page_and_behind_its_url(java_backend, sandbox, record, tell):
    sandbox.feed.put(record())
    tell("page", "missing_document")
    tell("ubl", "missing_document")
    item = java_backend.get(PAGE, params={"include": "ubl"}).json()["items"][0]
    assert item["ubl"] is None
    assert java_backend.get(item["ublUrl"]).status_code == 404
    assert java_backend.get(item["ublUrl"]).status_code == 200


def test_an_acknowledgement_and_a_message_can_fail_too(java_backend, sandbox, record, tell):
    sandbox.feed.put(record())
    tell("acknowledgement", "server_error")
    tell("message", "unavailable")
    answer = java_backend.post(f"{PAGE}/A1/status", json={"status": "sent", "version": 1})
    assert answer.status_code == 500
    assert httpx.post(sandbox.slack_webhook_url, json={"text": "x"}).status_code == 503


@pytest.mark.parametrize("only", ["filename", "company_number"])
def test_a_fault_can_be_for_one_file_or_company_only(clearfacts, sandbox, tell, only):
    wanted = {"filename": "wanted.xml", "company_number": "0999000129"}[only]
    tell("upload", "server_error", times=None, **{only: wanted})
    sandbox.portal.administrations["0999000228"] = sandbox.portal.administrations["0999000129"]
    other = {"filename": "other.xml", "companyNumber": "0999000228"}
    assert clearfacts.upload(**other).status_code == 200
    assert clearfacts.upload(filename="wanted.xml", companyNumber="0999000129").status_code == 500


def entry():
    return Entry(System.CLEARFACTS, Call.UPLOAD)


def test_a_fault_strikes_as_often_as_told():
    faults = Faults()
    faults.add(Fault(call="upload", fault="drop", times=2))
    assert [faults.take(entry()) is not None for _ in range(4)] == [True, True, False, False]
    assert faults.in_force() == []


def test_chance_is_repeatable_and_about_as_told():
    def struck():
        faults = Faults()
        faults.add(Fault(call="upload", fault="drop", times=None, probability=0.2, seed=7))
        return [faults.take(entry()) is not None for _ in range(1000)]

    assert struck() == struck()
    assert 150 < sum(struck()) < 250


def test_the_oldest_fault_that_fits_strikes_first_and_can_be_withdrawn():
    faults = Faults()
    first = faults.add(Fault(call="upload", fault="drop"))
    second = faults.add(Fault(call="upload", fault="html"))
    assert faults.remove(first.id)
    assert not faults.remove(first.id)
    assert faults.take(entry()).id == second.id


@pytest.mark.parametrize(
    ("call", "fault"), [("upload", "empty_page"), ("ubl", "errors"), ("acknowledgement", "truncated_gzip")]
)
def test_a_fault_that_cannot_happen_on_a_call_is_refused_with_where_it_can(call, fault):
    with pytest.raises(ValueError, match=f"{fault} cannot happen on {call}, only on"):
        Fault(call=call, fault=fault)


def test_every_kind_of_fault_can_happen_somewhere():
    for kind in FaultKind:
        assert [call for call in Call if fits(call, kind)]


def fits(call, kind):
    try:
        Fault(call=call, fault=kind)
    except ValueError:
        return False
    return True
