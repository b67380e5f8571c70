"""Keepers: each holds a server for as long as both live, tells what it writes, and ends when it is gone."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from cli import keeping
from db.keeping import answers, embedded_url


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


@pytest.fixture
def data_dir():
    """Not below pytest's own directory: a second pytest takes the server's user out of that one."""
    with TemporaryDirectory(prefix="waybill-test-") as directory:
        yield Path(directory) / "data"


@pytest.fixture
def outcome():
    """What became of a keeper that runs in a thread."""
    raised = []

    def run(keep, data_dir):
        def keep_it():
            try:
                keep(data_dir)
            except Exception as error:
                raised.append(error)

        threading.Thread(target=keep_it, daemon=True).start()
        return raised

    return run


def test_the_ledger_is_kept_until_its_server_is_killed(outcome, data_dir, caplog):
    caplog.set_level(logging.INFO)
    assert embedded_url(data_dir) is None
    raised = outcome(keeping.keep_ledger, data_dir)
    until(lambda: (url := embedded_url(data_dir)) and answers(url))
    assert raised == []
    url = embedded_url(data_dir)

    os.kill(int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    until(lambda: raised)
    assert isinstance(raised[0], keeping.Gone)
    assert not answers(url)
    said = [each.getMessage() for each in caplog.records if each.name == "postgres"]
    assert any("ready to accept connections" in each for each in said)


def test_a_connection_that_is_ended_is_not_the_end_of_the_server(outcome, data_dir):
    raised = outcome(keeping.keep_ledger, data_dir)
    until(lambda: (url := embedded_url(data_dir)) and answers(url))

    with psycopg.connect(embedded_url(data_dir), autocommit=True) as connection:
        others = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        until(lambda: connection.execute(others).fetchall())
        until(lambda: connection.execute(others).fetchall())
        assert raised == []
    os.kill(int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    until(lambda: raised)


def test_lines_that_may_hold_values_of_rows_are_not_repeated(caplog):
    caplog.set_level(logging.INFO)
    for said in ("LOG:  checkpoint", "ERROR:  no", "DETAIL:  Failing row (x)"):
        keeping._tell_postgres(f"2026 UTC [1] {said}")
    keeping._tell_prefect("")
    assert [each.getMessage() for each in caplog.records] == ["2026 UTC [1] LOG:  checkpoint"]


def test_a_file_is_followed_also_where_it_begins_anew(tmp_path):
    log, told = tmp_path / "log", []
    log.write_text("before\n")
    with keeping._followed(log, told.append):
        with log.open("a") as more:
            more.write("added\n")
        until(lambda: "added" in told)
        log.write_text("anew\n")
        until(lambda: "anew" in told)
    assert told == ["added", "anew"]


def test_only_a_refused_connection_says_that_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/api"
        assert keeping.takes_connections(url)
    assert not keeping.takes_connections(url)
    assert keeping.takes_connections("http://nowhere.invalid/api")


@pytest.mark.parametrize("arguments", [["-m", "cli.keeping", "ledger"], ["-m", "cli.bound", "sandbox"]])
def test_it_ends_with_whoever_started_it(arguments, data_dir, tmp_path):
    environment = os.environ | {"WAYBILL_DATA_DIR": str(data_dir), "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, *arguments], env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    if "ledger" in arguments:
        until(lambda: embedded_url(data_dir) is not None)
    process.stdin.close()
    assert process.wait(60) in {0, -signal.SIGTERM}
    until(lambda: embedded_url(data_dir) is None)
