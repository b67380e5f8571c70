"""Restoring: a ledger made of a backup, which sends nothing twice.

From the beginning until the new ledger knows that it was set back, nobody else can write to its database.
"""

import shutil
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL, Engine

from db import migrate
from db.backup import CHUNK, DUMP, BackupRefused, Manifest, manifest_of
from db.facade import FACADE_ROLE
from db.ledger import APPLICATION_ROLE, Actor, name_actor
from db.postgres_programs import MAY_WRITE, running
from db.restorations import Restoration, mark_restored

_LAID_ASIDE = "before_restore"
_LOOKS, _BETWEEN_LOOKS_SECONDS = 15, 0.2
_ROLES = {APPLICATION_ROLE: "NOLOGIN", FACADE_ROLE: "LOGIN"}


def restore(url: URL, file: Path, actor: Actor, *, replace: bool) -> tuple[Manifest, Restoration]:
    """Make the database's ledger that of the file, bring its schema up to date and mark it as set back.

    What was there goes once the file's ledger is complete; where that fails, it stays. A process that is killed
    leaves a database that nobody can write to: restore again.

    Raises:
        BackupRefused: The file or the database does not allow it.
    """
    manifest = manifest_of(file)
    engine = create_engine(url, connect_args={"options": MAY_WRITE}, pool_size=1, hide_parameters=True)
    try:
        with _alone(engine), _laid_aside(engine, replace=replace):
            _load(url, file)
            with engine.begin() as connection:
                migrate.upgrade(connection)
                name_actor(connection, actor)
                return manifest, mark_restored(
                    connection, actor.name, datetime.fromisoformat(manifest.copied_at)
                )
    finally:
        engine.dispose()


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Let nobody else write to the database; who is connected already makes it impossible."""
    name = f'"{engine.url.database}"'
    with _autocommit(engine) as connection:
        for role, login in _ROLES.items():
            if not connection.execute(text("SELECT FROM pg_roles WHERE rolname = :r"), {"r": role}).rowcount:
                connection.execute(text(f"CREATE ROLE {role} {login}"))
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        others = _others(connection)
    try:
        if others:
            raise BackupRefused(
                f"{others} connections use this database: stop `waybill up`, all workers and runs, then try again."
            )
        yield
    finally:
        with _autocommit(engine) as connection:
            if _is_whole(connection):
                connection.execute(text(f"ALTER DATABASE {name} RESET default_transaction_read_only"))


def _others(connection: Connection) -> int:
    """How many use the database besides us; who has just hung up is given a moment to be gone."""
    for _ in range(_LOOKS):
        others: int = connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        ).scalar_one()
        if not others:
            break
        time.sleep(_BETWEEN_LOOKS_SECONDS)
    return others


def _is_whole(connection: Connection) -> bool:
    """Whether there is a ledger, or nothing at all: no half of one that would be sent from."""
    return not connection.execute(
        text("SELECT FROM pg_namespace WHERE nspname = :name"), {"name": _LAID_ASIDE}
    ).rowcount


@contextmanager
def _laid_aside(engine: Engine, *, replace: bool) -> Iterator[None]:
    """Put what is there aside while the block makes another ledger; it goes for good, or comes back if that fails."""
    with _autocommit(engine) as connection:
        if not replace and not _is_empty(connection):
            raise BackupRefused(
                "This database holds a ledger already, which would be lost: use --replace if that is what you want."
            )
        if _is_whole(connection):
            connection.execute(text("CREATE SCHEMA IF NOT EXISTS public"))
            connection.execute(text(f"ALTER SCHEMA public RENAME TO {_LAID_ASIDE}"))
        else:  # A restoration was killed: what it made is half done, and what it laid aside is still there.
            connection.execute(text("DROP SCHEMA IF EXISTS public CASCADE"))
    try:
        yield
    except BaseException:
        with _autocommit(engine) as connection:
            connection.execute(text("DROP SCHEMA IF EXISTS public CASCADE"))
            connection.execute(text(f"ALTER SCHEMA {_LAID_ASIDE} RENAME TO public"))
        raise
    with _autocommit(engine) as connection:
        connection.execute(text(f"DROP SCHEMA {_LAID_ASIDE} CASCADE"))


def _is_empty(connection: Connection) -> bool:
    """Whether there is no ledger, or one in which nothing ever arrived and to which nobody was let in."""
    if not _is_whole(connection):
        return False
    if connection.execute(text("SELECT to_regclass('public.invoice') IS NULL")).scalar_one():
        return True
    found = text("SELECT EXISTS (SELECT FROM invoice) OR EXISTS (SELECT FROM rejected_record)")
    return not connection.execute(found).scalar_one()


@contextmanager
def _autocommit(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def _load(url: URL, file: Path) -> None:
    with (
        zipfile.ZipFile(file) as archive,
        archive.open(DUMP) as entry,
        running("pg_restore", url, "--exit-on-error", "--single-transaction", "--no-owner") as loading,
    ):
        assert loading.stdin is not None  # noqa: S101 - it was asked for
        with suppress(BrokenPipeError):  # Where it ends early, it says why.
            shutil.copyfileobj(entry, loading.stdin, CHUNK)
            loading.stdin.close()
