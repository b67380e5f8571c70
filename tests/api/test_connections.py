"""Trying the connections: what each says in words, and that nothing changes and no token shows."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.records import Administration
from settings import Settings
from tasks.trying import try_companies
from tests.api.surroundings import a_sandbox, arranging, settings_of, without_prefect

PATH = "/api/v1/admin/test-connection"


@pytest.fixture
def no_prefect():
    with without_prefect():
        yield


@pytest.fixture
def sandbox():
    with a_sandbox() as running:
        yield running


@pytest.fixture
def arrange(ledger):
    with arranging(ledger) as arrange:
        yield arrange


@pytest.fixture
def tried(no_prefect, sandbox, serve, caller):
    """What a test of the connections found, by name; of a facade with these settings beside the sandbox's."""

    def ask(**settings):
        operator = caller("service", scopes=["operate"], server=serve(**{**settings_of(sandbox), **settings}))
        answer = operator.post(PATH, timeout=30)
        assert answer.status_code == 200
        for token in (sandbox.clearfacts_token, sandbox.java_backend_token):
            assert token not in answer.text
        return {each["name"]: each for each in answer.json()["data"]["tried"]}

    return ask


def test_each_connection_is_told_in_words(tried, sandbox):
    found = tried()
    assert {name: each["well"] for name, each in found.items()} == {
        "clearfacts-token": True, "clearfacts-companies": True, "source": True, "source-token": True,
        "prefect": False,
    }  # fmt: skip
    assert "acts as" in found["clearfacts-token"]["says"]
    assert "companies are listed" in found["clearfacts-companies"]["says"]
    assert "one record" in found["source-token"]["says"]
    assert "PREFECT_API_URL" in found["prefect"]["says"]
    assert all(each["latency_ms"] >= 0 for each in found.values())


def test_nothing_is_sent_or_acknowledged_and_the_position_stays(tried, sandbox, ledger, owner):
    tried()
    assert not sandbox.journal.entries(Call.UPLOAD)
    assert not sandbox.journal.entries(Call.ACKNOWLEDGEMENT)
    with owner.connect() as connection:
        for table in ("source_position", "invoice", "document", "rejected_record", "breaker"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0


def test_companies_that_clearfacts_does_not_list_are_named(tried, arrange):
    arrange.arrive(arrange.record(company_number="0999999922"))
    companies = tried()["clearfacts-companies"]
    assert not companies["well"]
    assert "0999999922" in companies["says"]


def test_of_many_companies_that_are_not_listed_some_are_named(sandbox):
    known = [f"{number:010}" for number in range(1, 100)]
    seen = try_companies(Settings(**settings_of(sandbox)), known, 5)
    assert "these 99 are not" in seen.says
    assert len(seen.says) < 600


def test_a_token_that_is_refused_is_told_for_each_neighbour(tried):
    found = tried(clearfacts_token="x" * 80, java_backend_token="wrong")
    assert {name for name, each in found.items() if each["well"]} == {"source"}
    assert "401" in found["clearfacts-token"]["says"]
    assert "401" in found["source-token"]["says"]


def test_numbers_that_cannot_be_read_are_counted(tried, sandbox):
    sandbox.portal.list_company(Administration("no number", "Nameless"))
    assert "1 more have a number that cannot be read" in tried()["clearfacts-companies"]["says"]


def test_a_token_that_is_not_set_is_told(tried):
    assert "WAYBILL_CLEARFACTS_TOKEN" in tried(clearfacts_token="")["clearfacts-token"]["says"]


def test_a_neighbour_that_hangs_does_not_hold_up_the_others(tried, sandbox):
    sandbox.faults.add(Fault(call=Call.USERINFO, fault=FaultKind.SLOW, seconds=8, times=None))
    found = tried()
    assert not found["clearfacts-token"]["well"]
    assert found["clearfacts-token"]["latency_ms"] < 8000
    assert found["clearfacts-companies"]["well"]


def test_a_drop_folder_keeps_its_files(tried, tmp_path):
    file = tmp_path / "invoice.xml"
    file.write_bytes(b"<Invoice/>")
    found = tried(source="folder", folder_path=tmp_path, folder_settle_seconds=0)
    assert found["source"]["well"]
    assert "one record" in found["source-token"]["says"]
    assert [each.name for each in tmp_path.iterdir()] == ["invoice.xml"]


def test_an_empty_drop_folder_is_well(tried, tmp_path):
    found = tried(source="folder", folder_path=tmp_path)
    assert "no record" in found["source-token"]["says"]


def test_one_test_at_a_time(sandbox, serve, caller):
    sandbox.faults.add(Fault(call=Call.USERINFO, fault=FaultKind.SLOW, seconds=3, times=None))
    operator = caller("admin", server=serve(**settings_of(sandbox)))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: operator.post(PATH), range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert {answer.json()["error"]["code"] for answer in answers if answer.is_error} == {"conflict"}
