"""Whatever the Java backend answers, or Clearfacts to a question, is a clear error or spoils its own record only."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from clients.clearfacts import Clearfacts
from clients.errors import DestinationUnavailable, OutsideError
from clients.java_backend import JavaBackend
from clients.java_records import document_missing, rejected
from clients.transport import Budget
from tests.clients.conftest import Serve
from tests.hostile.answers import reply
from tests.hostile.pages import GOOD_ITEM, ITEMS, LISTS, NO_LISTS, PAGES, listing, nested, page_of

HASTY = Budget(connect=2, read=2, write=2, pool=2, total=1)
PATIENT = Budget(total=20)
SLOW = {"dripping", "100 Continue for ever"}


def name_of(hostile):
    return hostile.name


@pytest.fixture
def serve():
    serving = Serve()
    yield serving
    for server in serving.servers:
        server.close()


@pytest.fixture
def backend(serve):
    """A client of a Java backend that always answers this."""
    opened = []

    def make(answer, budget=PATIENT):
        opened.append(JavaBackend(serve(lambda _: answer).url, "token", budget=budget))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.mark.parametrize("hostile", PAGES, ids=name_of)
def test_an_answer_that_is_no_page_is_an_error_that_says_so(backend, hostile):
    asked = backend(hostile.answer, HASTY if hostile.name in SLOW else PATIENT)
    with pytest.raises(OutsideError) as error:
        asked.page(None)
    assert hostile.says in str(error.value)
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 400


@pytest.mark.parametrize("hostile", ITEMS, ids=name_of)
def test_an_item_spoils_no_other(backend, hostile):
    page = backend(reply(page_of(GOOD_ITEM, hostile.item, GOOD_ITEM))).page(None)
    if hostile.code is None:
        assert [record.number for record in page.records] == ["1", hostile.number, "1"]
        return
    assert [record.number for record in page.records] == ["1", "1"]
    [refused] = page.rejected
    assert refused.finding.code == hostile.code
    assert refused.finding.message.isprintable()
    assert refused.finding.fix
    assert len(refused.raw) < 600_000


def test_nesting_is_read_or_refused_and_never_breaks_the_reader(backend):
    outcomes = []
    # How deep a reader gets depends on how deep it stands itself: a run reads in threads of its own.
    with ThreadPoolExecutor(1) as thread:
        for levels in range(930, 1000, 2):
            item = GOOD_ITEM.replace(b'"version": 1', b'"version": ' + nested(levels))
            try:
                [refused] = thread.submit(backend(reply(page_of(item))).page, None).result().rejected
            except OutsideError as error:
                outcomes.append(str(error).partition("answered with ")[2])
            else:
                outcomes.append(refused.finding.message)
    read = "version is an array, where a whole number from 1 to 2147483647 is expected."
    assert outcomes[0] == read
    assert "nests too deeply" in outcomes[-1]
    assert set(outcomes) == {outcomes[0], outcomes[-1]}


def test_a_record_that_is_too_deep_to_be_written_down_is_kept_as_far_as_it_goes():
    deep = []
    for _ in range(5000):
        deep = [deep]
    kept = rejected({"id": "a", "version": 1, "x": deep}, document_missing("it is not there"))
    assert (kept.source_id, kept.version) == ("a", 1)
    assert json.loads(kept.raw) == {"id": '"a"', "version": "1", "x": "an array"}


@pytest.fixture
def asked(serve):
    """A client of a Clearfacts that answers by this function."""
    opened = []

    def make(answer):
        url = serve(answer).url
        opened.append(Clearfacts(url, url, "token", budget=PATIENT))
        return opened[-1]

    return make


@pytest.mark.parametrize("hostile", LISTS, ids=name_of)
def test_companies_are_taken_from_any_list_and_the_rest_is_counted(asked, hostile):
    found = asked(listing(hostile.rows)).administrations()
    assert (len(found.company_numbers), found.malformed) == (hostile.companies, hostile.malformed)


@pytest.mark.parametrize("hostile", NO_LISTS, ids=name_of)
def test_a_list_of_companies_that_is_none_is_an_error_that_says_so(asked, hostile):
    with pytest.raises(DestinationUnavailable, match="administrations is not a list"):
        asked(listing(hostile.rows)).administrations()
