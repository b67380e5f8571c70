"""The ledger as the rest of Waybill sees it: transactions that know who acts, and a worker's lock on life."""

import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from db import migrate
from db.timings import timings_carried_by
from db.vault import Vault
from db.waypoints import Waypoint, reached

WORKER_LOCK_CLASS = 87_001
"""The class of the advisory locks that living workers hold, one for each number."""

_SOURCE_LOCK_CLASS = 87_002
# What stands between us and the server may forget connections that are idle for longer.
_CONNECTIONS_LAST_SECONDS = 300

APPLICATION_ROLE = "waybill_app"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes the ledger: a person or a run, and the job it is done for."""

    name: str
    job_id: UUID | None = None


class Ledger:
    """A PostgreSQL database that holds the ledger. Thread-safe.

    Connections act as the role that owns no table, so that not even a mistake of ours can rewrite history.
    Documents and answers go through the vault; the default one leaves them plain.
    """

    destination = "clearfacts"

    def __init__(self, url: str | URL, *, pool_size: int = 8, vault: Vault | None = None) -> None:
        self.url = make_url(url)
        self.vault = vault or Vault()
        # Parameters are invoices: they have no place in the message of an error.
        self.engine = create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=64,
            pool_recycle=_CONNECTIONS_LAST_SECONDS,
            pool_use_lifo=True,
            hide_parameters=True,
        )
        event.listen(self.engine, "connect", _act_as_application)
        event.listen(self.engine, "checkout", _insist_on_server)

    def prepare(self) -> None:
        """Bring the schema up to date, as the role that connects (it becomes the owner)."""
        owner = create_engine(self.url)
        try:
            with owner.begin() as connection:
                migrate.upgrade(connection)
        finally:
            owner.dispose()

    @contextmanager
    def transaction(self, actor: Actor, waypoint: Waypoint) -> Iterator[Connection]:
        """A transaction in which the audit trail names `actor`; rolled back when the block raises.

        `waypoint` is what has been reached once it is committed.
        """
        with timings_carried_by(waypoint) as carry, self.engine.begin() as connection:
            name_actor(connection, actor)
            yield connection
            carry(connection)
        reached(waypoint)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction for look-ups alone."""
        with self.engine.connect() as connection:
            yield connection

    def created_on(self) -> date:
        """The day (UTC) on which the ledger was created."""
        with self.reading() as connection:
            created: date = connection.execute(
                text("SELECT (created_at AT TIME ZONE 'UTC')::date FROM ledger")
            ).scalar_one()
            return created

    @contextmanager
    def worker(self) -> Iterator[int]:
        """A worker's number, held by a lock that ends with this process or its connection.

        Claims name it; another process may settle them as unknown only once it can take this lock.
        """
        with self.dedicated() as connection:
            number: int = connection.execute(text("SELECT nextval('worker_number')::int")).scalar_one()
            connection.execute(
                text("SELECT pg_advisory_lock(:class, :number)"),
                {"class": WORKER_LOCK_CLASS, "number": number},
            )
            yield number

    @contextmanager
    def source_lock(self, source: str, wait_seconds: float) -> Iterator[bool]:
        """Keep fetching from a source single; yields False if another held the lock for `wait_seconds`."""
        key = {"class": _SOURCE_LOCK_CLASS, "source": source}
        with self.dedicated() as connection:
            waited = threading.Event()
            pause, remaining = 0.2, wait_seconds
            while not (held := _try_lock(connection, key)) and remaining > 0:
                waited.wait(min(pause, remaining))
                remaining -= pause
            yield held

    @contextmanager
    def dedicated(self) -> Iterator[Connection]:
        """A connection of its own, outside the pool (a pooled one would come back still locked)."""
        connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        try:
            yield connection
        finally:
            # The server notices a closed connection only later; who comes next should find the locks free.
            with suppress(SQLAlchemyError):
                connection.execute(text("SELECT pg_advisory_unlock_all()"))
            connection.close()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


class RehearsalLedger(Ledger):
    """A ledger for a dry run: everything happens in one transaction that is rolled back at the end.

    So what it foretells comes from the very code that a real run goes through. Not for concurrent use of
    more than one transaction: its lock lets one in at a time.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.url, self.engine, self.vault = ledger.url, ledger.engine, ledger.vault
        self._turn = threading.RLock()
        self._connection: Connection | None = None

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """The length of the dry run; nothing that was done inside is left when it ends."""
        with self.engine.connect() as connection, connection.begin() as everything:
            connection.execute(text("SET LOCAL lock_timeout = '10s'"))
            self._connection = connection
            try:
                yield
            finally:
                self._connection = None
                everything.rollback()

    @contextmanager
    def transaction(self, actor: Actor, waypoint: Waypoint) -> Iterator[Connection]:  # noqa: ARG002 - nothing is committed
        """A savepoint of the one transaction."""
        with self._turn, self._rehearsal().begin_nested():
            name_actor(self._rehearsal(), actor)
            yield self._rehearsal()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Sees what the rehearsal has done so far."""
        with self._turn:
            yield self._rehearsal()

    def _rehearsal(self) -> Connection:
        if self._connection is None:
            raise RuntimeError("a dry run's ledger is open only while rehearsing")
        return self._connection


def name_actor(connection: Connection, actor: Actor) -> None:
    """Say who acts for the rest of the transaction; the audit trigger writes it down."""
    connection.execute(
        text("SELECT set_config('waybill.actor', :actor, true), set_config('waybill.job', :job, true)"),
        {"actor": actor.name, "job": str(actor.job_id or "")},
    )


def constraint_of(violation: IntegrityError) -> str | None:
    """The name of the constraint that a statement broke."""
    name: str | None = getattr(getattr(violation.orig, "diag", None), "constraint_name", None)
    return name


def _try_lock(connection: Connection, key: dict[str, object]) -> bool:
    taken: bool = connection.execute(
        text("SELECT pg_try_advisory_lock(:class, hashtext(:source))"), key
    ).scalar_one()
    return taken


def _act_as_application(dbapi_connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = dbapi_connection.cursor()
    cursor.execute(
        "SELECT FROM pg_roles WHERE rolname = %s AND pg_has_role(current_user, oid, 'MEMBER')",
        (APPLICATION_ROLE,),
    )
    if cursor.fetchone() is not None:
        cursor.execute(f"SET SESSION ROLE {APPLICATION_ROLE}")
    cursor.execute("SET SESSION TIME ZONE 'UTC'")
    dbapi_connection.commit()
    cursor.close()


def _insist_on_server(dbapi_connection: DBAPIConnection, _entry: ConnectionPoolEntry, _fairy: object) -> None:
    """Have a connection replaced whose server has hung up: an idle one has nothing else to say.

    It takes no round trip; a ping would add two to each upload.
    """
    incoming = select.poll()
    incoming.register(dbapi_connection.fileno(), select.POLLIN)
    if incoming.poll(0):
        raise DisconnectionError
