"""Names of runs, and who asked for one that names nobody."""

from uuid import uuid4

import pytest
from prefect.client.schemas.objects import CreatedBy, FlowRun

from flows.asking import BY_HAND, SCHEDULE, origin, who_asked
from flows.run_names import name_of, run_name


@pytest.mark.parametrize(
    ("flow", "parameters", "name"),
    [
        ("process-invoices", {}, "process everything, by schedule"),
        ("process-invoices", {"invoice_ids": ["a", "b", "c"]}, "process 3 invoices, by schedule"),
        ("process-invoices", {"invoice_ids": ["a"], "force": True}, "process 1 invoice again, by schedule"),
        ("process-invoices", {"dry_run": True}, "dry run: process everything, by schedule"),
        ("process-invoices", {"part": "2/4"}, "process everything of part 2/4, by schedule"),
        ("process-invoices", {"requests_only": True}, "process what was requested, by schedule"),
        ("redeliver-invoices", {}, "redeliver what is due, by schedule"),
        ("redeliver-invoices", {"invoice_ids": []}, "redeliver 0 invoices, by schedule"),
        ("reconcile-deliveries", {}, "reconcile the last days, by schedule"),
        ("reconcile-deliveries", {"days": 31}, "reconcile 31 days, by schedule"),
        ("housekeeping", {"dry_run": True}, "dry run: housekeeping, by schedule"),
    ],
)
def test_a_name_says_what_the_run_does(flow, parameters, name):
    assert name_of(flow, parameters, SCHEDULE) == name


def test_a_name_says_for_whom():
    named = {"requests_only": True, "requested_by": "an (admin)"}
    assert name_of("process-invoices", named, "an (admin)") == "process what was requested, for an (admin)"


def test_a_name_is_one_short_line_whatever_the_caller_calls_himself():
    name = name_of("process-invoices", {"requested_by": "x"}, "line\nbreak\x1b[31m" + "x" * 1000)
    assert name.isprintable()
    assert len(name) == 120


def test_what_is_no_run_has_no_name():
    with pytest.raises(RuntimeError):
        run_name()


def run(made_by: CreatedBy | None = None, *, auto_scheduled: bool = False) -> FlowRun:
    return FlowRun(flow_id=uuid4(), created_by=made_by, auto_scheduled=auto_scheduled)


@pytest.mark.parametrize(
    ("made", "by"),
    [
        (None, BY_HAND),
        (run(), BY_HAND),
        (run(auto_scheduled=True), SCHEDULE),
        (run(CreatedBy(type="SCHEDULE", display_value="every-night"), auto_scheduled=True), SCHEDULE),
        (run(CreatedBy(type="AUTOMATION", display_value="go on\n")), 'Prefect automation "go on"'),
    ],
)
def test_a_run_that_names_nobody_says_where_it_comes_from(made, by):
    assert origin(made) == by


@pytest.mark.parametrize(
    ("named", "asked"), [("An Peeters", "An Peeters"), (" An\n", "An"), ("  ", BY_HAND), (None, BY_HAND)]
)
def test_a_name_that_is_given_is_who_asked(named, asked):
    assert who_asked(named) == asked
