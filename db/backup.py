"""Backups: the ledger in one file, with its checksum.

The file is a zip with `ledger.dump` (pg_dump's custom format) and `manifest.json`. Documents lie in it as they lie in
the database: keys are not part of it.
"""

import hashlib
import json
import os
import zipfile
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from sqlalchemy import text
from sqlalchemy.engine import URL

from db import migrate
from db.ledger import Ledger
from db.postgres_programs import running

FORMAT = 1
DUMP, _MANIFEST = "ledger.dump", "manifest.json"
CHUNK = 1024 * 1024


class BackupRefused(Exception):
    """A backup cannot be made or restored; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is of: `copied_at` (ISO 8601, UTC) is a moment at or before that of the copy."""

    format: int
    copied_at: str
    waybill: str
    schema: str
    postgresql: str
    ledger_id: str
    invoices: int
    sha256: str
    size: int


def back_up(ledger: Ledger, file: Path) -> Manifest:
    """Write the ledger as it is at one moment, while runs may go on; the file appears when it is whole.

    Raises:
        BackupRefused: The file is there already.
        ProgramFailed: pg_dump is not there, or failed.
    """
    if file.exists():
        raise BackupRefused(f"{file} is there already; a backup replaces no file.")
    part = file.with_name(f"{file.name}.part")
    about = _about(ledger)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
            manifest = _write(output, ledger.url, about)
            output.flush()
            os.fsync(output.fileno())
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _about(ledger: Ledger) -> dict[str, Any]:
    with ledger.reading() as connection:
        row = connection.execute(
            text(
                "SELECT id, now() AS moment, current_setting('server_version') AS postgresql,"
                " (SELECT count(*) FROM invoice) AS invoices FROM ledger"
            )
        ).one()
        return {
            "format": FORMAT,
            "copied_at": row.moment.isoformat(),
            "waybill": version("waybill"),
            "schema": migrate.current(connection),
            "postgresql": row.postgresql,
            "ledger_id": str(row.id),
            "invoices": row.invoices,
        }


def _write(output: IO[bytes], url: URL, about: dict[str, Any]) -> Manifest:
    digest, size = hashlib.sha256(), 0
    with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as archive:
        with (
            archive.open(DUMP, "w", force_zip64=True) as entry,
            running("pg_dump", url, "--format=custom", "--schema=public", "--no-owner") as dumping,
        ):
            assert dumping.stdout is not None  # noqa: S101 - it was asked for
            while chunk := dumping.stdout.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                entry.write(chunk)
        manifest = Manifest(**about, sha256=digest.hexdigest(), size=size)
        archive.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=2))
    return manifest


def _sha256(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := content.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def manifest_of(file: Path) -> Manifest:
    """What a file says that it is, once its bytes have been found to be those that were written.

    Raises:
        BackupRefused: It is no backup, another one's format, or damaged.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = Manifest(**json.loads(archive.read(_MANIFEST)))
            with archive.open(DUMP) as entry:
                found = _sha256(entry)
    except FileNotFoundError:
        raise BackupRefused(f"{file} is not there.") from None
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, EOFError) as error:
        raise BackupRefused(
            f"{file} is no backup of Waybill, or it is damaged ({type(error).__name__})."
        ) from error
    if found != manifest.sha256:
        raise BackupRefused(f"{file} is damaged: its SHA-256 is {found}, and should be {manifest.sha256}.")
    if manifest.format != FORMAT or not migrate.knows(manifest.schema):
        raise BackupRefused(
            f"{file} was made by Waybill {manifest.waybill} with schema {manifest.schema}, which this one"
            f" ({version('waybill')}) does not know: install that version or a later one."
        )
    return manifest
