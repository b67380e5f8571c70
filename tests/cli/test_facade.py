"""`waybill facade`: the facade alone, on a ledger and a Prefect server that are somewhere else."""

import os
import signal
import socket
import threading
import time

import httpx
import pytest

from tests.api.surroundings import without_prefect
from tests.logging_kept import logging_kept

PATIENCE_SECONDS = 60


@pytest.fixture(autouse=True)
def _logging_of_the_test_alone():
    with logging_kept():
        yield


@pytest.fixture
def ledger_elsewhere(settings, database_url):
    """The settings of a facade that logs in by itself."""
    url = database_url.set(username="waybill_facade").render_as_string(hide_password=False)
    settings.setenv("WAYBILL_FACADE_DATABASE_URL", url)
    settings.delenv("WAYBILL_DATABASE_URL", raising=False)
    settings.setenv("WAYBILL_JWT_SECRET", "s" * 32)


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_without_a_ledger_it_says_what_to_set(waybill, settings):
    settings.delenv("WAYBILL_DATABASE_URL", raising=False)
    result = waybill("facade")
    assert result.exit_code == 2
    assert "WAYBILL_FACADE_DATABASE_URL" in result.stderr


def test_in_production_it_wants_a_secret_of_its_own(waybill, settings, ledger_elsewhere):
    settings.setenv("WAYBILL_ENVIRONMENT", "production")
    settings.delenv("WAYBILL_JWT_SECRET")
    result = waybill("facade")
    assert result.exit_code == 2
    assert "WAYBILL_JWT_SECRET" in result.stderr


def test_it_answers_until_it_is_told_to_end(waybill, settings, ledger_elsewhere, port):
    settings.delenv("PREFECT_API_URL", raising=False)
    answered, ended = [], threading.Event()

    def ask_and_end():
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (answered or ended.is_set()) and time.monotonic() < deadline:
            try:
                answered.append(
                    httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=10).json()["data"]["status"]
                )
            except httpx.TransportError:
                time.sleep(0.05)
        if not ended.is_set():
            os.kill(os.getpid(), signal.SIGINT)

    asking = threading.Thread(target=ask_and_end)
    asking.start()
    with without_prefect():
        result = waybill("facade", "--port", port)
    ended.set()
    asking.join()
    assert result.exit_code == 0, result.stderr
    # Without a Prefect server all works but what asks for runs.
    assert answered == ["degraded"]


def test_a_port_that_is_taken_ends_it(waybill, ledger_elsewhere):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = waybill("facade", "--port", taken.getsockname()[1])
    assert result.exit_code == 2
    assert "did not start" in result.stderr
