"""`waybill keys`: the keys that documents and answers are encrypted by."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli.ledger import ledger
from cli.options import Json
from cli.output import STDERR, Exit, fail, print_json, print_rows, tell
from db.keys import KeyUse, Rewritten, key_uses, rewrite
from db.ledger import Actor, Ledger
from db.vault import Vault, new_key

app = typer.Typer(
    help="The keys that documents and answers are encrypted by in the ledger.", no_args_is_help=True
)


@app.command("new")
def new() -> None:
    """Print a new key.

    Put it in front of those in WAYBILL_ENCRYPTION_KEYS, and keep a copy where the ledger's backups are not: what is
    encrypted by a key that is lost is lost.
    """
    print(new_key())  # noqa: T201 - this is the output


@app.command("status")
def status(as_json: Json = False) -> None:
    """Show how much is encrypted by which key; exit code 1 where a key is missing."""
    with ledger() as opened:
        uses = _uses(opened)
        writes_by = opened.vault.writes_by
    rows = [_row(use, writes_by) for use in uses]
    if as_json:
        print_rows(rows, {}, as_json=True)
    else:
        _print(rows)
    if not all(use.readable for use in uses):
        tell(
            "What is under a missing key can be neither checked nor forwarded: add the key to WAYBILL_ENCRYPTION_KEYS."
        )
        raise typer.Exit(Exit.NEEDS_PERSON)


@app.command("rotate")
def rotate(
    decrypt: Annotated[bool, typer.Option("--decrypt", help="Make everything plain again instead.")] = False,
    as_json: Json = False,
) -> None:
    """Encrypt by the first key of WAYBILL_ENCRYPTION_KEYS what is plain or under another one.

    May be stopped and started again at any time, and runs may go on meanwhile: give them the new key first. Exit
    codes: 0 everything is under the first key, 1 some is not, 2 it could not run.
    """
    with ledger() as opened:
        writer = Vault() if decrypt else opened.vault
        if writer.writes_by is None and not decrypt:
            raise fail(
                "There is no key to encrypt by: set WAYBILL_ENCRYPTION_KEYS (`waybill keys new` makes one),"
                " or use --decrypt to make everything plain."
            )
        before = _others(_uses(opened), writer)
        done, locked = _follow(rewrite(opened, Actor("waybill keys rotate"), writer), before, as_json=as_json)
        left = _others(_uses(opened), writer)
    _conclude(done, locked, left, as_json=as_json)
    raise typer.Exit(Exit.NEEDS_PERSON if left else Exit.WELL)


def _uses(opened: Ledger) -> list[KeyUse]:
    with opened.reading() as connection:
        return key_uses(connection, opened.vault)


def _others(uses: list[KeyUse], writer: Vault) -> int:
    return sum(use.payloads for use in uses if use.key_id != writer.writes_by)


def _follow(batches: Iterator[Rewritten], total: int, *, as_json: bool) -> tuple[int, int]:
    """Show how it goes on, name what cannot be had in the plain; how many were done, and how many were not."""
    done = locked = 0
    with Progress(
        TextColumn("Bringing under the key"),
        BarColumn(),
        MofNCompleteColumn(),
        console=STDERR,
        disable=as_json,
    ) as progress:
        task = progress.add_task("", total=total)
        for batch in batches:
            for payload_id, cause in batch.locked:
                tell(f"Payload {payload_id} was left as it is: {cause}.")
            done += batch.payloads
            locked += len(batch.locked)
            progress.update(task, completed=done + locked)
    return done, locked


def _conclude(done: int, locked: int, left: int, *, as_json: bool) -> None:
    if as_json:
        print_json({"rewritten": done, "not_readable": locked, "left": left})
        return
    tell(f"Rewritten: {done:,}.")
    if left:
        came = left - locked
        tell(
            f"Left as they are: {left:,}"
            + (
                f", of which {came:,} came meanwhile: run it again once all runs have the new key."
                if came > 0
                else "."
            )
        )


def _row(use: KeyUse, writes_by: str | None) -> dict[str, Any]:
    return {
        "key_id": use.key_id,
        "payloads": use.payloads,
        "bytes": use.bytes,
        "at_hand": use.readable,
        "encrypts": use.key_id is not None and use.key_id == writes_by,
    }


def _print(rows: list[dict[str, Any]]) -> None:
    columns = {"key_id": "Key", "payloads": "Documents and answers", "bytes": "Bytes", "use": ""}
    print_rows(map(_in_words, rows), columns, as_json=False)


def _in_words(row: Mapping[str, Any]) -> dict[str, Any]:
    missing = "the key is missing" if not row["at_hand"] else ""
    return {
        "key_id": row["key_id"] or "plain",
        "payloads": f"{row['payloads']:,}",
        "bytes": f"{row['bytes']:,}",
        "use": "encrypts" if row["encrypts"] else missing,
    }
