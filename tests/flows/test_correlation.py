"""One id goes through a run: every call to the outside carries the job's, in whichever thread it is made."""

import json

from sandbox.demo import demo_records
from sandbox.journal import Call, System
from tests.logging_kept import logging_kept


def test_every_call_of_a_run_carries_the_id_of_its_job(sandbox, run_job):
    for record in demo_records():
        sandbox.feed.put(record)
    report = run_job()
    # Slack is called by a library of its own.
    entries = [each for each in sandbox.journal.entries() if each.system is not System.SLACK]
    assert {entry.request_id for entry in entries} == {str(report.job_id)}
    assert {Call.UPLOAD, Call.PAGE, Call.ACKNOWLEDGEMENT} <= {entry.kind for entry in entries}


def test_a_run_that_was_asked_for_goes_on_under_the_id_of_the_request(sandbox, run_job):
    for record in demo_records():
        sandbox.feed.put(record)

    run_job(correlation_id="month-end")

    uploads = sandbox.journal.entries(Call.UPLOAD)
    assert uploads
    assert {entry.request_id for entry in uploads} == {"month-end"}


def test_a_run_logs_each_call_under_the_id_of_its_job_where_a_level_is_set(
    sandbox, run_job, monkeypatch, capfd
):
    monkeypatch.setenv("WAYBILL_LOG_LEVEL", "INFO")
    sandbox.feed.put(next(iter(demo_records())))
    with logging_kept():
        report = run_job()
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    calls = [each for each in lines if each["logger"] == "clients.transport"]
    assert {each["correlation_id"] for each in calls} == {str(report.job_id)}
    assert {(each["method"], each["status"]) for each in calls} >= {("GET", 200), ("POST", 200)}
    assert all(each["host"].startswith("127.0.0.1:") and each["duration"] > 0 for each in calls)
    assert not any("?" in each["path"] for each in calls)
