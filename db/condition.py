"""The condition of a ledger's database, looked at from outside: nothing is migrated, made or changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, NullPool, create_engine, text

from db import migrate
from db.facade import FACADE_ROLE
from db.ledger import APPLICATION_ROLE
from db.vault import Vault

OLDEST_VERSION = 15
_CONNECTS_WITHIN_SECONDS = 5
_STATEMENT_SECONDS = 8


@contextmanager
def looking_at(url: str) -> Iterator[Connection]:
    """A connection as the role of `url`, that reads and is kept waiting by nothing for long."""
    engine = create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"connect_timeout": _CONNECTS_WITHIN_SECONDS},
    )
    try:
        with engine.connect() as connection:
            connection.execute(text(f"SET statement_timeout = '{_STATEMENT_SECONDS}s'"))
            connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
            connection.commit()
            yield connection
    finally:
        engine.dispose()


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server: its version in full and its major number, and its clock."""

    version: str
    major: int
    now: datetime


def server(connection: Connection) -> Server:
    """The server that is connected to."""
    row = connection.execute(
        text(
            "SELECT current_setting('server_version') AS version,"
            " current_setting('server_version_num')::int / 10000 AS major, clock_timestamp() AS now"
        )
    ).one()
    return Server(row.version, row.major, row.now.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Rights:
    """What the role that connects may do.

    Attributes:
        role: Its name.
        acts_as_application: Whether it may act as the role that owns nothing.
        may_migrate: Whether it owns the ledger's tables, or may make them where there are none.
        facade_role: Whether the facade's own role exists.
    """

    role: str
    acts_as_application: bool
    may_migrate: bool
    facade_role: bool


_RIGHTS = text("""
SELECT current_user AS role,
       EXISTS (SELECT FROM pg_roles
               WHERE rolname = :application AND pg_has_role(current_user, oid, 'MEMBER')) AS acts_as_application,
       EXISTS (SELECT FROM pg_roles WHERE rolname = :facade) AS facade_role,
       coalesce((SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class
                 WHERE oid = to_regclass('public.invoice')),
                has_schema_privilege('public', 'CREATE')) AS may_migrate
""")


def rights(connection: Connection) -> Rights:
    """Those of the role that is connected."""
    row = connection.execute(_RIGHTS, {"application": APPLICATION_ROLE, "facade": FACADE_ROLE}).one()
    return Rights(row.role, row.acts_as_application, row.may_migrate, row.facade_role)


def revision(connection: Connection) -> str | None:
    """The schema's; None where there is no ledger yet."""
    return migrate.current(connection)


def missing_keys(connection: Connection, vault: Vault) -> list[str]:
    """Ids of the keys that something is encrypted by and that are not at hand."""
    used = connection.execute(text("SELECT DISTINCT key_id FROM payload WHERE key_id IS NOT NULL")).scalars()
    return sorted(key_id for key_id in used if not vault.can_read(key_id))


_COMPANIES = text("""
WITH RECURSIVE step AS (
    SELECT min(company_number) AS company FROM invoice
    UNION ALL
    SELECT (SELECT min(company_number) FROM invoice WHERE company_number > step.company)
    FROM step WHERE step.company IS NOT NULL
) SELECT company FROM step WHERE company IS NOT NULL
""")


def companies(connection: Connection) -> list[str]:
    """Numbers of all companies that have an invoice; one step of an index for each."""
    return list(connection.execute(_COMPANIES).scalars())


def last_accepted_at(connection: Connection) -> datetime | None:
    """When an upload was last taken, as far as the ledger knows."""
    at: datetime | None = connection.execute(
        text("SELECT at FROM audit_event WHERE to_state = 'sent' ORDER BY at DESC LIMIT 1")
    ).scalar_one_or_none()
    return at
