"""`waybill doctor`: looks at a new installation step by step, and says how to mend what is not well."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Annotated

import typer

from cli import doctor_ledger, doctor_outside
from cli.configured import UnusableSettings, read_settings
from cli.examination import Finding, Step, Verdict, examined, ok, problem
from cli.options import Json
from cli.output import STDOUT, Exit, plain, print_json

_MARKS = {
    Verdict.OK: "[green]ok[/]     ",
    Verdict.PROBLEM: "[bold red]problem[/]",
    Verdict.COULD_NOT_CHECK: "[yellow]unknown[/]",
}
_WIDTH = 22
_INDENT = " " * 8


def doctor(
    send_test: Annotated[
        bool, typer.Option("--send-test", help="Send one message to Slack and the other channels.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at everything that a run needs, step by step, and say how to mend what is not well.

    Nothing is changed or uploaded; an embedded PostgreSQL runs while it is looked at. What could not be looked at is
    said to be so, and never counts as well. Exit codes: 0 all well, 1 problems, or something that could not be
    checked, 2 it could not run.
    """
    verdicts: Counter[Verdict] = Counter()
    for step, finding in _looks(send_test=send_test):
        verdicts[finding.verdict] += 1
        if as_json:
            print_json(_row(step, finding))
        else:
            _print(step, finding)
    if not as_json:
        STDOUT.print(_conclusion(verdicts))
    raise typer.Exit(Exit.WELL if set(verdicts) == {Verdict.OK} else Exit.NEEDS_PERSON)


def _looks(*, send_test: bool) -> Iterator[tuple[Step, Finding]]:
    try:
        settings = read_settings()
    except UnusableSettings as unusable:
        mend = "Mend the environment variables that are named; nothing else can be looked at before."
        yield from examined([Step("settings", partial(problem, str(unusable), mend))])
        return
    yield from examined(
        [
            Step("settings", lambda: ok("The settings can be read.")),
            *doctor_ledger.steps(settings),
            *doctor_outside.steps(settings, send_test=send_test),
        ]
    )


def _row(step: Step, finding: Finding) -> dict[str, str | None]:
    return {
        "step": step.name,
        "verdict": finding.verdict,
        "says": finding.says,
        "means": finding.means,
        "mend": finding.mend,
    }


def _print(step: Step, finding: Finding) -> None:
    STDOUT.print(
        f"{_MARKS[finding.verdict]} [bold]{step.name:{_WIDTH}}[/]{plain(finding.says)}",
        soft_wrap=True,
        highlight=False,
    )
    for line in filter(None, (finding.means, finding.mend and f"To do: {finding.mend}")):
        STDOUT.print(f"{_INDENT}{' ' * _WIDTH}{plain(line)}", soft_wrap=True, highlight=False)


def _conclusion(verdicts: Counter[Verdict]) -> str:
    if set(verdicts) == {Verdict.OK}:
        return "All is well."
    return f"{verdicts[Verdict.PROBLEM]} problems; {verdicts[Verdict.COULD_NOT_CHECK]} could not be checked."
