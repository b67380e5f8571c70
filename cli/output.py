"""How the command line speaks: tables and sentences for people, JSON lines for programs, logs to stderr."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

STDOUT = Console(soft_wrap=False, emoji=False)
STDERR = Console(stderr=True, emoji=False)


class Exit(IntEnum):
    """What a program may conclude from how a command ended."""

    WELL = 0
    NEEDS_PERSON = 1
    FAILED = 2


def print_json(row: Mapping[str, Any]) -> None:
    """One JSON object on a line of its own; what a terminal or a reader of lines would act on is escaped."""
    line = json.dumps(row, ensure_ascii=False, default=str)
    if not line.isprintable():
        line = "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)
    print(line, flush=True)  # noqa: T201 - this is the output


def print_rows(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], *, as_json: bool) -> None:
    """Rows as JSON lines, or as a table with the columns named (field: heading), ids and times shortened."""
    if as_json:
        for row in rows:
            print_json(row)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for field, heading in columns.items():
        table.add_column(heading, no_wrap=field in _SHORTENED or field in _UNBROKEN)
    for row in rows:
        table.add_row(*(plain(_SHORTENED.get(field, _whole)(row.get(field))) for field in columns))
    if table.row_count:
        STDOUT.print(table)
    else:
        tell("None.")


def short(identifier: str | None) -> str:
    """The start of an id: enough for people, and for commands."""
    return (identifier or "")[:8]


def moment(timestamp: str | None) -> str:
    """A time of the ledger (ISO 8601, UTC) to the second."""
    return (timestamp or "")[:19].replace("T", " ")


def counted(counts: Mapping[str, int]) -> str:
    """Counts in words, without those of nothing."""
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)


def _whole(value: Any) -> Any:
    return value


_UNBROKEN = {"company_number", "direction", "state"}
_SHORTENED: dict[str, Callable[[Any], Any]] = {
    "id": short,
    "invoice_id": short,
    "job_id": short,
    "claimed_at": moment,
    "started_at": moment,
}


def plain(value: Any) -> str:
    """A value as text for a terminal: no markup, no control characters from outside."""
    text = "" if value is None else str(value)
    return escape("".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text))


def tell(message: str) -> None:
    """A sentence for the person who watches; never on stdout."""
    STDERR.print(message, highlight=False)


def fail(message: str) -> typer.Exit:
    """Say what is wrong and how to mend it; raise what this returns."""
    lines = "\n".join(map(plain, message.split("\n")))
    STDERR.print(f"[bold red]waybill:[/] {lines}", highlight=False)
    return typer.Exit(Exit.FAILED)


@contextmanager
def clear_errors(*expected: type[Exception]) -> Iterator[None]:
    """Turn errors that are expected into their message and exit code 2."""
    try:
        yield
    except expected as error:
        raise fail(str(error)) from error
