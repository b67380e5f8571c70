"""Uploading to Clearfacts over real sockets: exact requests, every fault an answer, the token nowhere."""

import json
import re
from email.parser import BytesParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.answers import Consequence, OperatorRow, Outcome
from clients.clearfacts import Clearfacts
from clients.clearfacts_queries import Upload
from clients.errors import DestinationRefused
from clients.transport import Budget
from invoices.source import Direction

TOKEN = "Tk-" + "s3cr3t" * 13
DOCUMENT = Upload(
    b"<Invoice>\r\n--x\x00</Invoice>", "0123456749", Direction.PURCHASE, "a b.xml", "Ref WB-1 é"
)
TAKEN = {"data": {"uploadFile": {"uuid": "u-1", "name": "a", "amountOfPages": 1}}}


@pytest.fixture
def clearfacts():
    made = []

    def make(url, token=TOKEN, **options):
        made.append(Clearfacts(f"{url}/graphql", f"{url}/login", token, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_an_upload_is_exactly_the_three_parts_of_the_contract(serve, clearfacts):
    server = serve(serve.json(TAKEN))
    clearfacts(server.url).upload(DOCUMENT, "run-1")
    [request] = server.received
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode("latin-1")
    query, variables, file = BytesParser().parsebytes(head + request.body).get_payload()
    assert (request.method, request.target) == ("POST", "/graphql")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["x-request-id"] == "run-1"
    assert query.items() == [("Content-Disposition", 'form-data; name="query"')]
    assert re.sub(r"\s+", " ", query.get_payload()).startswith(
        "mutation upload( $companyNumber: String, $filename: String!"
    )
    assert "tags" not in query.get_payload()
    assert "journal" not in query.get_payload()
    assert variables.items() == [("Content-Disposition", 'form-data; name="variables"')]
    assert json.loads(variables.get_payload()) == {
        "companyNumber": "0123456749",
        "filename": "a b.xml",
        "invoicetype": "PURCHASE",
        "comment": "Ref WB-1 é",
    }
    assert file.items() == [
        ("Content-Disposition", 'form-data; name="file"; filename="a b.xml"'),
        ("Content-Type", "application/xml"),
    ]
    assert b"\r\n\r\n" + DOCUMENT.document + b"\r\n--" in request.body


def test_a_large_document_arrives_unchanged(serve, clearfacts):
    server = serve(serve.json(TAKEN))
    document = bytes(range(256)) * 40_000
    clearfacts(server.url).upload(Upload(document, "0123456749", Direction.SALE, "a.xml", ""))
    assert document in server.received[0].body


def test_an_accepted_upload_brings_its_receipt(serve, clearfacts):
    answer = clearfacts(serve(serve.json(TAKEN)).url).upload(DOCUMENT, "run-1")
    assert (answer.outcome, answer.receipt, answer.status) == (Outcome.ACCEPTED, "u-1", 200)
    assert (answer.code, answer.consequence, answer.request_id) == ("accepted", Consequence.CONTINUE, "run-1")
    assert json.loads(answer.body) == TAKEN
    assert answer.duration > 0


def test_a_refusal_says_what_the_destination_said(serve, clearfacts):
    said = {"errors": [{"message": "Wrong\0 administration\ud800"}, {"message": "x" * 1000}], "data": None}
    answer = clearfacts(serve(serve.json(said)).url).upload(DOCUMENT)
    assert (answer.outcome, answer.receipt) == (Outcome.REFUSED, None)
    assert "It said: Wrong administration" in answer.message
    assert len(answer.message) < 500
    assert answer.message.isprintable()


def test_a_receipt_within_a_failure_is_kept_in_the_body_only(serve, clearfacts):
    answer = clearfacts(serve(serve.json(TAKEN, status=500)).url).upload(DOCUMENT)
    assert (answer.outcome, answer.receipt, answer.code) == (Outcome.UNKNOWN, None, "contradictory")
    assert b"u-1" in answer.body


def test_a_rate_limit_says_for_how_long(serve, clearfacts):
    answer = clearfacts(serve(serve.reply(429, Retry_After="7")).url).upload(DOCUMENT)
    assert (answer.outcome, answer.retry_after, answer.consequence) == (
        Outcome.NOT_DELIVERED,
        7,
        Consequence.WAIT,
    )


@pytest.mark.parametrize(
    ("fault", "code", "outcome"),
    [
        ("drop", "no_answer", Outcome.UNKNOWN),
        ("half", "no_answer", Outcome.UNKNOWN),
        ("silence", "no_answer", Outcome.UNKNOWN),
        ("drip", "no_answer", Outcome.UNKNOWN),
        ("cut gzip", "unreadable", Outcome.UNKNOWN),
        ("endless", "unreadable", Outcome.UNKNOWN),
        ("html", "unreadable", Outcome.UNKNOWN),
        ("401 cut", "token", Outcome.NOT_DELIVERED),
    ],
)
def test_whatever_goes_wrong_after_the_body_is_in_the_answer(serve, clearfacts, fault, code, outcome):
    ok = b"HTTP/1.1 200 OK\r\n"
    acts = {
        "drop": serve.drop,
        "half": serve.then_drop(ok + b'Content-Length: 99\r\n\r\n{"data"'),
        "silence": serve.silence,
        "drip": serve.drip(ok + b"Content-Length: 999999\r\n\r\n"),
        "cut gzip": serve.gzipped(json.dumps(TAKEN).encode(), cut=-3),
        "endless": serve.drip(ok + b"\r\n", b" " * 65536, pause=0),
        "html": serve.reply(200, b"<html>Down</html>"),
        "401 cut": serve.then_drop(b"HTTP/1.1 401 No\r\nContent-Length: 99\r\n\r\nx"),
    }
    server = serve(lambda _: acts[fault])
    answer = clearfacts(server.url, budget=Budget(read=0.3, total=1)).upload(DOCUMENT)
    assert (answer.code, answer.outcome, answer.receipt) == (code, outcome, None)


def test_a_connection_that_is_refused_delivers_nothing(refused_url, clearfacts):
    answer = clearfacts(refused_url).upload(DOCUMENT)
    assert (answer.code, answer.outcome, answer.status) == ("not_sent", Outcome.NOT_DELIVERED, None)
    assert "could not connect" in answer.message


def test_an_operators_row_is_tried_first(serve, clearfacts):
    rows = [OperatorRow(Outcome.NOT_DELIVERED, status=503, retry_after=True)]
    server = serve(serve.reply(503, Retry_After="3"))
    assert clearfacts(server.url, operator_rows=rows).upload(DOCUMENT).outcome is Outcome.NOT_DELIVERED
    assert clearfacts(server.url).upload(DOCUMENT).outcome is Outcome.UNKNOWN


def test_only_the_start_of_a_long_answer_is_kept(serve, clearfacts):
    answer = clearfacts(serve(serve.reply(400, b"x" * 100_000)).url).upload(DOCUMENT)
    assert answer.body == b"x" * 16 * 1024


@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize("length", [0, 290, 16 * 1024 - 60])
def test_an_echoed_token_is_in_nothing_that_is_kept_shown_or_logged(
    serve, clearfacts, everything_logged, status, length
):
    def echo(request):
        sent = request.headers["authorization"]
        said = {"errors": [{"message": "x" * length + sent}], "data": None}
        return serve.json(said, status=status, X_Echo=sent)

    client = clearfacts(serve(echo).url)
    answer = client.upload(DOCUMENT)
    for shown in (repr(client), repr(answer), answer.message, answer.body.decode(), everything_logged.text):
        assert "s3cr3t" not in shown


def test_a_lost_connection_shows_no_token(serve, clearfacts, everything_logged):
    answer = clearfacts(serve(lambda _: serve.drop).url).upload(DOCUMENT)
    assert "s3cr3t" not in repr(answer) + answer.message + everything_logged.text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.integers(200, 599).filter(lambda status: status != 204), st.binary(max_size=200))
def test_no_answer_however_absurd_raises(serve, clearfacts, status, body):
    answer = clearfacts(serve(serve.reply(status, body)).url).upload(DOCUMENT)
    assert answer.outcome is not Outcome.ACCEPTED
    assert answer.message.isprintable()


def test_a_token_of_another_length_than_80_is_used_as_it_is(serve, clearfacts):
    server = serve(serve.json(TAKEN))
    clearfacts(server.url, token="short").upload(DOCUMENT)
    assert server.received[0].headers["authorization"] == "Bearer short"


@pytest.mark.parametrize(
    ("url", "token"),
    [("ftp://h", "t"), ("http://u:hush@h", "t"), ("http://h", "hush hush"), ("http://h", "hush\r\n")],
)
def test_an_address_or_a_token_that_cannot_be_used_is_refused_at_once_and_not_shown(url, token):
    with pytest.raises(DestinationRefused) as error:
        Clearfacts(url, "http://login", token)
    assert "hush" not in str(error.value)


def test_a_final_slash_of_the_endpoint_is_kept(serve):
    server = serve(serve.json(TAKEN))
    client = Clearfacts(f"{server.url}/graphql/", server.url, TOKEN)
    client.upload(DOCUMENT)
    client.close()
    assert server.received[0].target == "/graphql/"
