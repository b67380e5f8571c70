"""Logs of a command: on standard error, as JSON, and only where a level is set."""

import json
import subprocess
import sys

import pytest

COMMAND = """
import logging, sys
from cli.app import app
try:
    app(sys.argv[1:])
finally:
    logging.getLogger("clients").info("token=hush", extra={"path": "/x"})
"""


def run(environment, *arguments):
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


@pytest.mark.parametrize(("environment", "lines"), [({"WAYBILL_LOG_LEVEL": "INFO"}, 1), ({}, 0)])
def test_a_command_logs_to_standard_error_and_only_where_a_level_is_set(environment, lines):
    ran = run(environment, "keys", "new")
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.splitlines()) == 1
    logged = [json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")]
    assert [each["event"] for each in logged] == ["token=[redacted]"] * lines


def test_a_level_that_is_none_ends_the_command():
    ran = run({"WAYBILL_LOG_LEVEL": "LOUD"}, "keys", "new")
    assert ran.returncode == 2
    assert "WAYBILL_LOG_LEVEL" in ran.stderr
