"""Logs: one JSON object a line, whoever logs and whatever they log, with its time in UTC and what it belongs to."""

import io
import json
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from logs.correlation import correlated
from logs.setup import OneLineHandler, configure, is_configured
from tests.logging_kept import logging_kept


@pytest.fixture
def _as_before():
    with logging_kept():
        yield
    structlog.reset_defaults()


@pytest.fixture
def written(_as_before):
    """What was logged, as it was written; all levels."""
    stream = io.StringIO()
    configure(stream, "DEBUG")
    return stream


def events(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_says_when_how_grave_who_what_and_in_the_course_of_what(written):
    with correlated("r-1"):
        logging.getLogger("db.ledger").warning("%d rows in %s", 3, "invoice", extra={"table": "invoice"})
    [event] = events(written)
    at = datetime.fromisoformat(event.pop("timestamp"))
    assert at.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert event == {
        "level": "warning",
        "logger": "db.ledger",
        "event": "3 rows in invoice",
        "correlation_id": "r-1",
        "table": "invoice",
    }


def test_structlog_and_standard_loggers_write_the_same_way(written):
    with correlated("r-1"):
        structlog.get_logger("a").info("told", table="x")
        logging.getLogger("a").info("told", extra={"table": "x"})
    one, other = events(written)
    assert one | {"timestamp": ""} == other | {"timestamp": ""}


def test_a_fault_is_logged_with_its_causes(written):
    def fail():
        raise ValueError("password=hush")

    try:
        fail()
    except ValueError:
        logging.getLogger("a").exception("It failed.")
        structlog.get_logger("a").exception("It failed.")
    for event in events(written):
        [fault] = event["exception"]
        assert (fault["type"], fault["message"]) == ("ValueError", "password=[redacted]")
        assert len(fault["frames"]) == 2


@given(st.text(), st.text(), st.text())
def test_nothing_that_is_logged_can_forge_a_line(message, name, value):
    for form in ("json", "console"):
        stream = io.StringIO()
        record = logging.makeLogRecord({"name": name, "msg": message, "levelno": 20, f"x{name}": value})
        OneLineHandler(stream, form).handle(record)
        written = stream.getvalue()
        assert written.endswith("\n")
        assert written[:-1].isascii()
        assert written[:-1].isprintable()


def test_fields_of_an_event_cannot_take_the_place_of_its_own(written):
    logging.getLogger("a").info("x", extra={"event": "y", "level": "z", "logger": "w", "timestamp": "never"})
    [event] = events(written)
    assert (event["event"], event["level"], event["logger"]) == ("x", "info", "a")
    assert event["timestamp"] != "never"


def test_an_event_that_cannot_be_put_into_words_is_one_line_without_its_arguments(capfd):
    stream = io.StringIO()
    record = logging.makeLogRecord({"name": "a", "msg": "%d invoices", "args": ("hush",), "pathname": "a.py"})
    OneLineHandler(stream).handle(record)
    [event] = events(stream)
    assert event["event"] == "An event of a, a.py:0, could not be written."
    assert "hush" not in stream.getvalue() + "".join(capfd.readouterr())


def test_a_stream_that_is_gone_breaks_nothing(capfd):
    stream = io.StringIO()
    handler = OneLineHandler(stream)
    stream.close()
    handler.handle(logging.makeLogRecord({"msg": "x"}))
    assert capfd.readouterr() == ("", "")


def test_a_process_is_configured_once_it_is(written):
    assert is_configured()
    logging.getLogger().handlers.clear()
    assert not is_configured()


@pytest.mark.usefixtures("_as_before")
def test_less_grave_events_are_left_out():
    stream = io.StringIO()
    configure(stream, "WARNING")
    logging.getLogger("a").info("x")
    structlog.get_logger("a").info("x")
    assert stream.getvalue() == ""


def test_a_server_and_libraries_write_the_same_way_and_calls_once_only(written):
    logging.getLogger("uvicorn.error").info("Started", extra={"color_message": "Started"})
    logging.getLogger("uvicorn.access").info("GET /x?token=hush")
    logging.getLogger("sqlalchemy.engine.Engine").debug("Row ('Jan Peeters',)")
    httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))).get("http://x/?token=hush")
    [event] = events(written)
    assert (event["logger"], event["event"]) == ("uvicorn.error", "Started")
    assert "color_message" not in event


FLOW = """
import sys, logging
if sys.argv[1] == "before": import prefect.main
from logs.setup import configure
configure(sys.stdout, "INFO")
import prefect.main
logging.getLogger("prefect.flow_runs").warning("token=hush")
logging.getLogger("uvicorn").warning("two")
"""


@pytest.mark.parametrize("order", ["before", "after"])
def test_prefect_writes_the_same_way_whenever_it_is_imported(order, tmp_path):
    environment = {"PREFECT_HOME": str(tmp_path), "PREFECT_LOGGING_TO_API_ENABLED": "false", "PATH": ""}
    ran = subprocess.run(
        [sys.executable, "-c", FLOW, order], capture_output=True, text=True, check=True, env=environment
    )
    said = [json.loads(line)["event"] for line in ran.stdout.splitlines()]
    assert "token=[redacted]" in said
    assert "hush" not in ran.stderr
