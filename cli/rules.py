"""`waybill rules`: which rule sets are in force; adding an official one, and removing it again."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from artefacts.added import Wanted
from artefacts.shelf import RulesUnusable
from cli.options import Json
from cli.output import STDOUT, clear_errors, plain, print_json
from cli.rule_shelf import rule_book, shelf
from invoices.findings import Severity
from invoices.rules.book import EN_16931_NAME, WRITTEN, RuleBook, Written
from invoices.rules.schematron.rule_set import CompiledRules

app = typer.Typer(help="Which rule sets are in force; add official ones.", no_args_is_help=True)

_DOCUMENTS = {
    EN_16931_NAME: "all but e-FFF",
    "peppol": "Peppol BIS Billing 3.0",
    "peppol-national": "Peppol BIS Billing 3.0, by the seller's country",
    "peppol-self-billing": "Peppol BIS Self-Billing 3.0",
    "ubl-be": "UBL.BE",
    "e-fff": "e-FFF",
    "belgium": "a Belgian seller or buyer",
}


@app.command("list")
def list_rules(as_json: Json = False) -> None:
    """Show the rule sets in force, with what could not be compiled of them."""
    for row in _rows(rule_book()):
        if as_json:
            print_json(row)
        else:
            _show(row)


@app.command("add")
def add_rules(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A Schematron schema (.sch), or the XSLT made of one.")
    ],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call them; else as their title says.")
    ] = None,
    version: Annotated[
        str | None, typer.Option(metavar="V", help="Their version; else as the file says, or its hash.")
    ] = None,
    for_documents: Annotated[
        list[str] | None,
        typer.Option(
            "--for",
            metavar="PREFIX",
            help="Only for documents whose specification (BT-24) begins so. May be repeated.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE",
            help="Do without this rule if it cannot be compiled; each check says so. May be repeated.",
        ),
    ] = None,
) -> None:
    """Copy a rule set into WAYBILL_DATA_DIR; from now on it is asked of every document that it is for.

    It is refused if one of its rules cannot be compiled, unless that is allowed by its id.
    """
    wanted = Wanted(name, version, tuple(for_documents or ()), tuple(allow or ()))
    with clear_errors(RulesUnusable):
        rules = shelf().added.add(file, wanted)
    _show(_added(rules))


@app.command("remove")
def remove_rules(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What they are called.")],
) -> None:
    """Take an added rule set away again."""
    with clear_errors(RulesUnusable):
        shelf().added.remove(name)
    STDOUT.print(f"Removed {plain(name)}.", highlight=False)


def _rows(book: RuleBook) -> Iterator[dict[str, Any]]:
    yield _compiled(EN_16931_NAME, book.en16931, [_DOCUMENTS[EN_16931_NAME]], added=False)
    yield from map(_written, WRITTEN)
    yield from map(_added, book.added)


def _written(rules: Written) -> dict[str, Any]:
    severities = {rule.code: rule.severity for table in rules.tables for rule in table.rules}
    documents = [_DOCUMENTS[rules.name]]
    return _row(rules.name, rules.version.version, None, severities, documents, added=False)


def _added(rules: CompiledRules) -> dict[str, Any]:
    return _compiled(rules.version.name, rules, list(rules.customizations) or ["all"], added=True)


def _compiled(name: str, rules: CompiledRules, documents: list[str], *, added: bool) -> dict[str, Any]:
    severities = {check.code: check.severity for check in rules.checks}
    row = _row(name, rules.version.version, rules.sha256, severities, documents, added=added)
    not_compiled = [{"code": code, "why": why} for code, why in rules.uncompilable]
    return {**row, "not_compiled": not_compiled, "allowed": sorted(rules.allowed)}


def _row(
    name: str,
    version: str,
    sha256: str | None,
    severities: Mapping[str, Severity],
    documents: list[str],
    *,
    added: bool,
) -> dict[str, Any]:
    return {
        "name": name,
        "version": version,
        "sha256": sha256,
        "rules": len(severities),
        "fatal": sum(severity is Severity.FATAL for severity in severities.values()),
        "documents": documents,
        "added": added,
        "not_compiled": [],
        "allowed": [],
    }


def _show(row: dict[str, Any]) -> None:
    kind = "added" if row["added"] else "built in"
    _print(f"[bold]{plain(row['name'])}[/] {plain(row['version'])} [dim]({kind})[/]")
    _print(f"  {row['rules']} rules, {row['fatal']} of them fatal; for: {plain(', '.join(row['documents']))}")
    if row["sha256"]:
        _print(f"  [dim]SHA-256 {row['sha256']}[/]")
    for each in row["not_compiled"]:
        allowed = "left out, as allowed" if each["code"] in row["allowed"] else "not compiled"
        _print(f"  {plain(each['code'])} {allowed}: {plain(each['why'])}")


def _print(markup: str) -> None:
    STDOUT.print(markup, soft_wrap=True, highlight=False, emoji=False)
