"""`waybill check`: validate files and explain."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Annotated, Any

import typer

from cli.check_files import Input, inputs
from cli.check_report import Report
from cli.check_running import Result, processes, results
from cli.check_words import in_words
from cli.configured import settings
from cli.junit import JUnit
from cli.options import Json
from cli.output import STDERR, STDOUT, Exit, fail, print_json
from cli.rule_shelf import rule_book
from invoices.check import Checker
from invoices.explain import Language
from invoices.findings import Finding, Verdict
from invoices.rules.book import RuleBook, UnknownRuleSet

_CODES = {Verdict.VALID: Exit.WELL, Verdict.INVALID: Exit.NEEDS_PERSON, Verdict.COULD_NOT_CHECK: Exit.FAILED}
_AUTO = "auto"
_FEW = 20
_FIELDS = ("code", "severity", "location", "line", "term", "found", "expected")

Show = Callable[[Result], None]


def check(
    files: Annotated[
        list[str],
        typer.Argument(
            help="XML files, folders, zip archives, or patterns in quotes; - is standard input.",
            metavar="FILE...",
        ),
    ],
    lang: Annotated[
        Language, typer.Option(metavar="LANG", help="Explain in English (en), Dutch (nl) or French (fr).")
    ] = Language.EN,
    rules: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Ask only these rules beyond structure, of every file; see waybill rules list. May be repeated."
            " auto: those of the specification that each file follows.",
        ),
    ] = None,
    junit: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write JUnit XML to this file as well; - prints only that."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=256,
            metavar="N",
            help="Check in so many processes of their own; one per processor for more than 50 files.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Validate files and say what is wrong with them; no invoice is stored or sent.

    Exit codes: 0 all valid, 1 some invalid, 2 some could not be checked.
    """
    checker = Checker(_asked(rule_book(), rules or [_AUTO]))
    wanted = inputs(files)
    count = processes(len(wanted), jobs)
    worst = Exit.WELL
    with _shown(lang, junit, as_json=as_json) as show, _progress(wanted) as advance:
        for result in results(wanted, checker, count, settings().check_timeout_seconds):
            show(result)
            advance()
            worst = max(worst, _CODES[result.checked.verdict])
    raise typer.Exit(worst)


def _asked(book: RuleBook, names: Sequence[str]) -> RuleBook:
    if _AUTO in names:
        if set(names) != {_AUTO}:
            raise fail("--rules auto goes alone: it asks what each file's specification asks for.")
        return book
    try:
        return book.asking(names)
    except UnknownRuleSet as unknown:
        raise fail(f"There are no rules named {unknown}. There are: {', '.join(book.names)}.") from None


@contextmanager
def _shown(language: Language, junit: str | None, *, as_json: bool) -> Iterator[Show]:
    """What shows each result in all the ways that are wanted."""
    if junit == "-" and as_json:
        raise fail("--json and --junit - would both print: give --junit a file.")
    report = Report(language)
    with _junit(junit, language) as shows:
        if as_json:
            shows.append(lambda result: print_json(_as_json(result, language)))
        elif junit != "-":
            shows.append(report.show)

        def show_all(result: Result) -> None:
            for show in shows:
                show(result)

        yield show_all
    report.summarise()


@contextmanager
def _junit(target: str | None, language: Language) -> Iterator[list[Show]]:
    """What adds each result to a report that is written in the end; nothing where none is wanted."""
    if target is None:
        yield []
        return
    try:
        with closing(JUnit(target, language)) as report:
            yield [report.add]
            report.write()
    except OSError as error:
        raise fail(f"{target} cannot be written: {error.strerror or error}.") from None


@contextmanager
def _progress(wanted: Sequence[Input]) -> Iterator[Callable[[], None]]:
    """A bar for the person who watches many files, and what moves it on."""
    if len(wanted) < _FEW or not STDERR.is_terminal:
        yield lambda: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn  # noqa: PLC0415

    # On the same terminal as the report, only the console that prints it can keep the bar below it.
    console = STDOUT if STDOUT.is_terminal else STDERR
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
    ) as bars:
        task = bars.add_task("checked", total=len(wanted))
        yield lambda: bars.advance(task)


def _as_json(result: Result, language: Language) -> dict[str, Any]:
    checked = result.checked
    return {
        "file": result.name,
        "verdict": checked.verdict,
        "rule_sets": [asdict(each) for each in checked.rule_sets],
        "findings": [_finding(finding, language) for finding in checked.findings],
    }


def _finding(finding: Finding, language: Language) -> dict[str, Any]:
    words = in_words(finding, language)
    fields = {field: getattr(finding, field) for field in _FIELDS}
    return {**fields, "message": words.message, "fix": words.fix}
