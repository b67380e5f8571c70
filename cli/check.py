"""`waybill check`: validate files and explain."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import Json
from cli.output import STDOUT, Exit, plain, print_json
from invoices.check import CheckedDocument
from invoices.check import check as check_document
from invoices.findings import Checked, Finding, PolicyClass, Severity, Verdict

_WORDS = {
    Verdict.VALID: "[green]valid[/]",
    Verdict.INVALID: "[red]invalid[/]",
    Verdict.COULD_NOT_CHECK: "[yellow]could not check[/]",
}
_CODES = {Verdict.VALID: Exit.WELL, Verdict.INVALID: Exit.NEEDS_PERSON, Verdict.COULD_NOT_CHECK: Exit.FAILED}


def check(
    files: Annotated[list[str], typer.Argument(help="XML files; - is standard input.", metavar="FILE...")],
    as_json: Json = False,
) -> None:
    """Validate files and say what is wrong with them; nothing is stored or sent.

    Exit codes: 0 all valid, 1 some invalid, 2 some could not be checked.
    """
    worst = Exit.WELL
    for name in files:
        result = _check(name)
        worst = max(worst, _CODES[result.checked.verdict])
        if as_json:
            print_json(_as_json(name, result))
        else:
            _show(name, result.checked.verdict, result.checked.findings)
    raise typer.Exit(worst)


def _check(name: str) -> CheckedDocument:
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        return _unreadable_file(error.strerror or "unknown error")
    return check_document(content)


def _unreadable_file(problem: str) -> CheckedDocument:
    finding = Finding(
        code="WB-FILE",
        severity=Severity.FATAL,
        policy_class=PolicyClass.STRUCTURE,
        message=f"The file could not be read: {problem}.",
        fix="Check its name, and whether you may read it.",
    )
    return CheckedDocument(Checked(Verdict.COULD_NOT_CHECK, (), (finding,)), None)


def _as_json(name: str, result: CheckedDocument) -> dict[str, Any]:
    shown = ("code", "severity", "location", "line", "term", "found", "expected", "message", "fix")
    return {
        "file": name,
        "verdict": result.checked.verdict,
        "rule_sets": [{"name": each.name, "version": each.version} for each in result.checked.rule_sets],
        "findings": [
            {field: finding.as_json()[field] for field in shown} for finding in result.checked.findings
        ],
    }


def _show(name: str, verdict: Verdict, findings: Sequence[Finding]) -> None:
    STDOUT.print(f"{plain(name)}: {_WORDS[verdict]}")
    for finding in findings:
        where = f" (line {finding.line})" if finding.line else ""
        STDOUT.print(f"  {plain(finding.message)}{where} [dim]\\[{plain(finding.code)}][/]", soft_wrap=True)
        if finding.location:
            STDOUT.print(f"    [dim]{plain(finding.location)}[/]", soft_wrap=True)
        if finding.fix:
            STDOUT.print(f"    {plain(finding.fix)}", soft_wrap=True)
