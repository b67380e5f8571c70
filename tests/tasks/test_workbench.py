"""The workbench: ledger, source and destination as the settings name them."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from clients.folder import DropFolder
from clients.java_backend import JavaBackend
from invoices.policy import Preset
from invoices.routes import Route
from settings import Settings
from tasks.workbench import open_destination, open_ledger, open_source, with_psycopg


@given(st.sampled_from(["postgres", "postgresql", "postgresql+psycopg2", "postgresql+psycopg"]), st.text())
def test_any_usual_spelling_of_a_postgresql_url_means_our_driver(scheme, rest):
    assert with_psycopg(f"{scheme}://{rest}") == f"postgresql+psycopg://{rest}"


def test_the_source_is_the_one_that_is_set(monkeypatch, tmp_path):
    source = open_source(Settings())
    assert isinstance(source, JavaBackend)
    source.close()
    monkeypatch.setenv("WAYBILL_SOURCE", "folder")
    monkeypatch.setenv("WAYBILL_FOLDER_PATH", str(tmp_path))
    assert isinstance(open_source(Settings()), DropFolder)


def test_the_operators_rows_come_before_the_table_of_answers(monkeypatch, sandbox):
    monkeypatch.setenv("WAYBILL_CLEARFACTS_ANSWERS", '[{"status": 503, "outcome": "not_delivered"}]')
    destination = open_destination(Settings())
    (row,) = destination._operator_rows
    assert (row.status, row.outcome) == (503, "not_delivered")
    destination.close()


def test_a_ledger_of_ones_own_is_brought_up_to_date_when_opened(monkeypatch, administration, postgres):
    name = "waybill_opened_by_a_test"
    with administration.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = postgres.set(database=name, drivername="postgres").render_as_string(hide_password=False)
    monkeypatch.setenv("WAYBILL_DATABASE_URL", url)
    try:
        with open_ledger(Settings()) as ledger:
            assert ledger.created_on()
    finally:
        with administration.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_run_is_asked_to_stop_when_its_workbench_is_put_away(open_bench):
    with open_bench() as bench:
        assert not bench.stopping.is_set()
    assert bench.stopping.is_set()


def test_the_routes_follow_the_settings(open_bench):
    start = date(2026, 7, 1)
    with open_bench(deliver_from=start, policy=Preset.STRICT) as bench:
        assert bench.routes().defaults == Route(True, start, Preset.STRICT)
