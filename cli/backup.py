"""`waybill backup` and `waybill restore`: the ledger in one file, and a ledger that was set back to an older copy."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

from cli.configured import settings
from cli.ledger import ledger
from cli.options import Json
from cli.output import STDOUT, clear_errors, fail, plain, print_json, tell
from cli.running import who
from db.backup import BackupRefused, Manifest, back_up
from db.embedded import EmbeddedUnavailable, embedded_postgres
from db.keys import key_uses
from db.ledger import Actor, Ledger
from db.legal_holds import HoldRefused
from db.postgres_programs import ProgramFailed
from db.restorations import (
    Restoration,
    RestorationRefused,
    mark_restored,
    settle_restorations,
)
from db.restore import restore as restore_ledger
from db.waypoints import Waypoint
from tasks.workbench import with_psycopg

_MOMENTS = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; it must not be there yet.")],
    as_json: Json = False,
) -> None:
    """Write the ledger to one file, as it is at one moment; runs may go on meanwhile.

    Keys of WAYBILL_ENCRYPTION_KEYS are not in it: keep a copy of them elsewhere. Exit codes: 0 done, 2 failed.
    """
    with ledger() as opened, clear_errors(BackupRefused, ProgramFailed, OSError):
        manifest = back_up(opened, file)
        _say_keys(opened)
    if as_json:
        print_json({"file": str(file), **asdict(manifest)})
        return
    STDOUT.print(
        f"{plain(file)}: {manifest.invoices:,} invoices, {manifest.size:,} bytes, as of {_shown(manifest.copied_at)}.",
        soft_wrap=True,
        highlight=False,
    )


def restore(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A file that `waybill backup` wrote.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Give up the ledger that is there.")] = False,
    mark: Annotated[
        bool,
        typer.Option("--mark", help="The database was set back by other means: restore nothing, hold only."),
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option(formats=_MOMENTS, metavar="TIME", help="With --mark: of when the copy is (UTC)."),
    ] = None,
    settle: Annotated[
        bool, typer.Option("--settle", help="What was sent since the copy is dealt with: let the others go.")
    ] = False,
    reason: Annotated[str | None, typer.Option(help="With --settle: what you looked at.")] = None,
) -> None:
    """Set the ledger back to a backup; whatever may have been sent since is held for a person.

    Exit codes: 0 done and nothing is held, 1 invoices are held, 2 it failed and the ledger is as it was.
    """
    if sum((file is not None, mark, settle)) != 1:
        raise fail("Name a FILE, or use --mark or --settle: one of the three.")
    if (since and not mark) or (replace and file is None) or ((reason is not None) != settle):
        raise fail("--since goes with --mark, --replace with a FILE, and --settle with --reason.")
    if settle:
        _settle(reason or "")
    elif mark:
        _mark(since)
    elif file is not None:
        _restore(file, replace=replace)


def _restore(file: Path, *, replace: bool) -> None:
    with _database() as url, clear_errors(BackupRefused, ProgramFailed):
        manifest, restoration = restore_ledger(url, file, Actor(who("restore")), replace=replace)
    STDOUT.print(_restored(manifest), soft_wrap=True, highlight=False)
    with ledger() as opened:
        _say_keys(opened)
    _conclude(restoration)


def _mark(since: datetime | None) -> None:
    copied_at = since.replace(tzinfo=UTC) if since else None
    actor = who("restore")
    with (
        ledger() as opened,
        clear_errors(RestorationRefused),
        opened.transaction(Actor(actor), Waypoint.RESTORED) as connection,
    ):
        restoration = mark_restored(connection, actor, copied_at)
    _conclude(restoration)


def _settle(reason: str) -> None:
    actor = who("restore")
    with (
        ledger() as opened,
        clear_errors(RestorationRefused, HoldRefused),
        opened.transaction(Actor(actor), Waypoint.RESTORATION_SETTLED) as connection,
    ):
        released = settle_restorations(connection, actor, reason)
    STDOUT.print(f"Settled: {released:,} invoices may be forwarded, and go with the next run.")


def _conclude(restoration: Restoration) -> None:
    STDOUT.print(
        f"What was forwarded after {_shown(restoration.copied_at.isoformat())} is not in this ledger. Held for it now:"
        f" {restoration.held:,}, and so is each record that comes again from the source. Find each in Clearfacts:"
        " the last line of its comment there begins with Ref WB-.",
        soft_wrap=True,
        highlight=False,
    )
    STDOUT.print(
        "  it is there:     waybill resolve INVOICE --already-booked --reason ...\n"
        "  it is not:       waybill resolve INVOICE --release --reason ...\n"
        "  all dealt with:  waybill restore --settle --reason ...",
        soft_wrap=True,
        highlight=False,
    )
    tell(
        "Everybody has to sign in again. Look through accounts and API keys: what was taken away since is back."
    )
    raise typer.Exit(1 if restoration.held else 0)


def _restored(manifest: Manifest) -> str:
    return (
        f"Restored: {manifest.invoices:,} invoices as of {_shown(manifest.copied_at)}, from a backup by Waybill"
        f" {manifest.waybill} on PostgreSQL {manifest.postgresql}."
    )


def _say_keys(opened: Ledger) -> None:
    with opened.reading() as connection:
        for use in key_uses(connection, opened.vault):
            if not use.readable:
                tell(
                    f"{use.payloads:,} documents and answers are under key {use.key_id}, which is not at hand."
                )


def _shown(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


@contextmanager
def _database() -> Iterator[URL]:
    """The ledger's database as its owner, whatever is in it."""
    current = settings()
    try:
        if current.database_url is not None:
            yield make_url(with_psycopg(current.database_url.get_secret_value()))
        else:
            with embedded_postgres(current.data_dir) as url:
                yield make_url(url)
    except EmbeddedUnavailable as unavailable:
        raise fail(str(unavailable)) from unavailable
    except OperationalError as error:
        raise fail(
            f"The ledger's database cannot be used: {str(error.orig).strip().splitlines()[0]}"
        ) from None
