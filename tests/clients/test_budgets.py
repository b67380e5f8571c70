"""Time budgets: whichever call a neighbour leaves without an answer, or lets drip, ends in time and says why."""

from datetime import date
from time import monotonic

import pytest

from clients.answers import Outcome
from clients.clearfacts import Clearfacts
from clients.clearfacts_queries import Upload
from clients.errors import DestinationUnavailable, SourceUnavailable
from clients.java_backend import JavaBackend
from clients.transport import Budget
from invoices.source import Acknowledgement, Direction

TOTAL = 0.4
BUDGET = Budget(read=TOTAL, write=TOTAL, total=TOTAL)
DRIPPING_HEAD = b"HTTP/1.1 200 OK\r\nX-Endless: "
DRIPPING_BODY = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n"

UPLOAD = Upload(
    company_number="0123456749",
    direction=Direction.SALE,
    filename="a.xml",
    comment="Ref",
    document=b"<Invoice/>",
)
TOLD = Acknowledgement("r1", 1, "sent", None, ())


@pytest.fixture(params=["silent", "drips in its head", "drips in its body"])
def neighbour(request, serve):
    """The address of a neighbour that takes every call and never answers one whole."""
    acts = {
        "silent": serve.silence,
        "drips in its head": serve.drip(DRIPPING_HEAD, pause=0.05),
        "drips in its body": serve.drip(DRIPPING_BODY, b" ", pause=0.05),
    }
    return serve(lambda _: acts[request.param]).url


@pytest.fixture
def in_time():
    """Nothing takes much longer than its budget, even on a machine that is busy."""
    started = monotonic()
    yield
    assert monotonic() - started < 10 * TOTAL


def says_so(error):
    return "no answer for 0.4 s" in str(error) or "its time of 0.4 s was used up" in str(error)


@pytest.mark.parametrize(
    "call",
    [
        lambda source: source.page(None),
        lambda source: source.record("r1"),
        lambda source: source.acknowledge(TOLD),
        lambda source: source.health(),
    ],
    ids=["page", "record", "acknowledge", "health"],
)
@pytest.mark.usefixtures("in_time")
def test_a_call_to_the_java_backend(neighbour, call):
    source = JavaBackend(neighbour, "Tk-s3cr3t", budget=BUDGET)
    with pytest.raises(SourceUnavailable) as error:
        call(source)
    source.close()
    assert says_so(error.value)


@pytest.mark.usefixtures("in_time")
def test_a_document_of_the_java_backend_is_given_up_after_three_tries(serve):
    fields = {"id": "r1", "version": 1, "direction": "SALE", "companyNumber": "0123456749", "ublUrl": "/ubl"}
    fields |= {"number": "N-1", "updatedAt": "2026-03-14T09:26:53Z"}
    page = serve.json({"items": [fields], "next": "c1", "hasMore": False})
    server = serve(lambda asked: serve.silence if asked.path == "/ubl" else page)
    source = JavaBackend(server.url, "Tk-s3cr3t", budget=BUDGET)

    (rejected,) = source.page(None).rejected

    source.close()
    assert [each.path for each in server.received].count("/ubl") == 3
    assert says_so(rejected.finding.found or rejected.finding.message)


@pytest.mark.parametrize(
    "call",
    [
        lambda clearfacts: clearfacts.administrations(),
        lambda clearfacts: clearfacts.document("u1"),
        lambda clearfacts: clearfacts.statistics(date(2026, 1, 1), date(2026, 1, 31)),
        lambda clearfacts: clearfacts.userinfo(),
    ],
    ids=["administrations", "document", "statistics", "userinfo"],
)
@pytest.mark.usefixtures("in_time")
def test_a_question_to_clearfacts(neighbour, call):
    clearfacts = Clearfacts(neighbour, neighbour, "s3cr3t", budget=BUDGET)
    with pytest.raises(DestinationUnavailable) as error:
        call(clearfacts)
    clearfacts.close()
    assert says_so(error.value)


@pytest.mark.usefixtures("in_time")
def test_an_upload_to_clearfacts(neighbour):
    clearfacts = Clearfacts(neighbour, neighbour, "s3cr3t", budget=BUDGET)
    answer = clearfacts.upload(UPLOAD)
    clearfacts.close()
    assert answer.outcome is Outcome.UNKNOWN
    assert says_so(answer.message)
