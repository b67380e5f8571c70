"""Asking Clearfacts: documents, administrations, statistics and whose token it is."""

import pickle
import traceback
from datetime import date

import pytest

from clients.clearfacts import Clearfacts
from clients.clearfacts_facts import DeliveredDocument, MonthlyCount, UserInfo
from clients.errors import DestinationRefused, DestinationUnavailable, OutsideError
from clients.transport import Budget

TOKEN = "Tk-" + "s3cr3t" * 13


@pytest.fixture
def asked():
    made = []

    def make(server):
        made.append(
            Clearfacts(f"{server.url}/graphql", f"{server.url}/login/", TOKEN, budget=Budget(read=0.3))
        )
        return made[-1]

    yield make
    for each in made:
        each.close()


def refusal_of(function, *arguments):
    with pytest.raises(OutsideError) as error:
        function(*arguments)
    shown = "".join(traceback.format_exception(error.value)) + repr(pickle.dumps(error.value))
    assert "s3cr3t" not in shown
    return error.value


def test_a_delivered_document_is_read_back(serve, asked):
    node = {"date": "2026-03-14", "comment": "Ref", "type": "PURCHASE", "paymentState": "OPEN"}
    node["file"] = {"uuid": "f-1", "name": "a.xml"}
    server = serve(serve.json({"data": {"document": node}}))
    found = asked(server).document("u-1")
    assert found == DeliveredDocument("2026-03-14", "Ref", "PURCHASE", "OPEN", "f-1", "a.xml")
    [request] = server.received
    assert (request.method, request.target) == ("POST", "/graphql")
    assert request.headers["content-type"] == "application/json"
    assert request.json["variables"] == {"id": "u-1"}
    assert request.json["query"].startswith("query document($id: ID!) { document(id: $id) {")


@pytest.mark.parametrize("node", [{}, {"date": 7, "file": None, "comment": []}])
def test_what_a_document_does_not_say_is_none(serve, asked, node):
    server = serve(serve.json({"data": {"document": node}}))
    assert asked(server).document("u") == DeliveredDocument(None, None, None, None, None, None)


@pytest.mark.parametrize("node", [None, 7, []])
def test_a_document_that_is_not_shown_is_none(serve, asked, node):
    assert asked(serve(serve.json({"data": {"document": node}}))).document("u") is None


def company(number):
    return {"companyNumber": number}


def listing(serve, rows, most=100):
    def answer(request):
        wanted = request.json["variables"]
        end = wanted["offset"] + min(wanted["first"], most)
        return serve.json({"data": {"administrations": rows[wanted["offset"] : end]}})

    return serve(answer)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
@pytest.mark.parametrize("most", [100, 30])
def test_all_administrations_are_listed_also_where_the_server_gives_fewer_at_once(serve, asked, count, most):
    numbers = [f"{body:08}{97 - body % 97:02}" for body in range(10_000_000 // 10, 10_000_000 // 10 + count)]
    found = asked(listing(serve, [company(number) for number in numbers], most)).administrations()
    assert (found.company_numbers, found.malformed) == (frozenset(numbers), 0)


def test_numbers_in_any_spelling_are_read_and_malformed_ones_counted(serve, asked):
    rows = [company("BE 0123.456.749"), company("123456749"), company("1"), company(None), {}, None, 7]
    found = asked(listing(serve, rows)).administrations()
    assert (found.company_numbers, found.malformed) == (frozenset({"0123456749"}), 5)


def test_a_server_that_repeats_its_page_does_not_keep_us(serve, asked):
    server = serve(serve.json({"data": {"administrations": [company("0123456749")]}}))
    assert asked(server).administrations().company_numbers == {"0123456749"}
    assert len(server.received) == 2


def test_a_list_without_an_end_is_given_up(serve, asked):
    server = serve(
        lambda request: serve.json(
            {"data": {"administrations": [company(request.json["variables"]["offset"])]}}
        )
    )
    error = refusal_of(asked(server).administrations)
    assert isinstance(error, DestinationUnavailable)
    assert "without an end" in str(error)


def test_monthly_counts_are_read_and_malformed_ones_counted(serve, asked):
    good = {"period": "03/2026", "value": 7}
    bad = [
        {"period": "13/2026", "value": 1},
        {"period": "03/2026", "value": True},
        {"period": "03/2026", "value": -1},
    ]
    rows = [
        {"companyNumber": "BE0123456749", "items": [good, *bad, None]},
        {"companyNumber": "BE1", "items": [good]},
        {"companyNumber": "BE0123456749"},
        7,
    ]
    server = serve(serve.json({"data": {"getCompanyStatistics": rows}}))
    found = asked(server).statistics(date(2026, 1, 1), date(2026, 12, 31))
    assert found.counts == (MonthlyCount("0123456749", date(2026, 3, 1), 7),)
    assert found.malformed == 4 + 3
    assert (
        'getCompanyStatistics(type: "processing", startPeriod: "2026-01-01", endPeriod: "2026-12-31")'
        " { companyNumber items { period value } }"
    ) in server.received[0].json["query"]


def test_whose_token_it_is_is_asked_at_the_login_address(serve, asked):
    server = serve(serve.json({"sub": "7", "username": "jan", "email": "jan@example.be"}))
    assert asked(server).userinfo() == UserInfo("7", "jan", "jan@example.be")
    [request] = server.received
    assert (request.method, request.target) == ("GET", "/login/oauth2-server/userinfo")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"


def test_a_subject_may_be_a_number(serve, asked):
    assert asked(serve(serve.json({"sub": 7}))).userinfo() == UserInfo("7", None, None)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b"{}", b'{"sub": ""}', b'{"sub": true}', b"[" * 5000]
)
def test_an_answer_that_names_nobody_is_no_answer(serve, asked, body):
    assert isinstance(refusal_of(asked(serve(serve.reply(200, body))).userinfo), DestinationUnavailable)


QUESTIONS = {
    "document": lambda client: client.document("u"),
    "administrations": lambda client: client.administrations(),
    "statistics": lambda client: client.statistics(date(2026, 1, 1), date(2026, 1, 31)),
    "userinfo": lambda client: client.userinfo(),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize("status", [301, 400, 401, 403, 404])
def test_a_no_is_a_refusal(serve, asked, question, status):
    assert isinstance(refusal_of(question, asked(serve(serve.reply(status)))), DestinationRefused)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize("status", [204, 408, 429, 500, 503])
def test_a_not_now_is_unavailable_and_says_for_how_long(serve, asked, question, status):
    error = refusal_of(question, asked(serve(serve.reply(status, Retry_After="4"))))
    assert isinstance(error, DestinationUnavailable)
    assert error.retry_after == 4


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
@pytest.mark.parametrize("fault", ["drop", "silence", "html", "wrong shape", "cut gzip"])
def test_a_broken_answer_is_unavailable(serve, asked, question, fault):
    acts = {
        "drop": serve.drop,
        "silence": serve.silence,
        "html": serve.reply(200, b"<html>"),
        "wrong shape": serve.json({"data": []}),
        "cut gzip": serve.gzipped(b'{"data": {}}', cut=-2),
    }
    error = refusal_of(question, asked(serve(lambda _: acts[fault])))
    assert isinstance(error, DestinationUnavailable)


@pytest.mark.parametrize("question", ["administrations", "statistics"])
def test_a_list_that_is_none_is_unavailable(serve, asked, question):
    server = serve(serve.json({"data": {"administrations": None, "getCompanyStatistics": {}}}))
    assert isinstance(refusal_of(QUESTIONS[question], asked(server)), DestinationUnavailable)


@pytest.mark.parametrize("question", ["document", "administrations", "statistics"])
def test_errors_in_a_200_are_a_refusal_that_says_what_was_said(serve, asked, question):
    said = {"errors": [{"message": f"No scope\0 for {TOKEN}\ud800"}], "data": None}
    error = refusal_of(QUESTIONS[question], asked(serve(serve.json(said))))
    assert isinstance(error, DestinationRefused)
    assert "No scope for [token]" in str(error)
