"""Moves the ledger's schema up and down through `migrations/`."""

from importlib.resources import files
from typing import cast

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

_MIGRATION_LOCK = 870_100


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to `revision`; one process at a time, the others wait and find it done."""
    if current(connection) == revision or (revision == "head" and current(connection) == newest()):
        return
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    command.upgrade(_config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Take the schema back to `revision` (`base`: before the first). What later ones held is lost."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    command.downgrade(_config(connection), revision)


def current(connection: Connection) -> str | None:
    """The revision that the database is at; None where there is no ledger yet."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """The revision that this code needs."""
    return cast("str", ScriptDirectory.from_config(_config(None)).get_current_head())


def knows(revision: str) -> bool:
    """Whether this code can bring a schema of that revision up to date."""
    known = ScriptDirectory.from_config(_config(None)).walk_revisions()
    return any(each.revision == revision for each in known)


def _config(connection: Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.attributes["connection"] = connection
    return config
