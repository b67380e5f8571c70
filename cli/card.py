"""One invoice in full, for people: where it stands, why, and what the rules found."""

from collections.abc import Iterable, Mapping
from typing import Any

from cli.output import STDOUT, plain

_FIELDS = {
    "reason": "why",
    "company_number": "company",
    "direction": "direction",
    "type": "type (BT-3)",
    "verdict": "verdict",
    "receipt": "receipt",
    "blocked_by": "blocked by",
    "id": "id",
    "document_sha256": "SHA-256",
}
_WIDTH = 2 + max(len(name) for name in _FIELDS.values())


def print_cards(rows: Iterable[Mapping[str, Any]]) -> None:
    """Each invoice with all that the ledger tells of it."""
    for row in rows:
        STDOUT.print(f"[bold]{plain(row['number'] or row['source_id'])}[/]: {plain(row['state'])}")
        for field, name in _FIELDS.items():
            if row[field] is not None:
                _print_line(name, plain(row[field]))
        _print_line("record", plain(f"{row['source_id']} version {row['version']} of {row['source']}"))
        print_findings(row["findings"])
        STDOUT.print()


def print_findings(findings: Iterable[Mapping[str, Any]]) -> None:
    """One finding a line, its code last."""
    for finding in findings:
        STDOUT.print(f"  {plain(finding['message'])} [dim]\\[{plain(finding['code'])}][/]", soft_wrap=True)


def _print_line(name: str, value: str) -> None:
    STDOUT.print(f"  [dim]{name:{_WIDTH}}[/]{value}", soft_wrap=True)
