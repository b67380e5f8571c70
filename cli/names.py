"""Which invoices and jobs a person means by an id, the start of one, or a number."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection

from cli.output import fail
from db.lookups import invoice_ids_named, job_ids_named


def one_invoice(connection: Connection, name: str, company: str | None) -> UUID:
    """The one invoice that a person means; none, or several, ends the command."""
    found = invoices_named(connection, [name], company)
    if len(found) > 1:
        raise fail(
            f"{len(found)} invoices are called {name}: give the id of one. `waybill invoices {name}` lists them."
        )
    return found[0]


def invoices_named(connection: Connection, names: Iterable[str], company: str | None) -> list[UUID]:
    """All invoices of these names; one that nothing is called by ends the command."""
    found = {name: invoice_ids_named(connection, name, company) for name in names}
    _insist(found, "invoice", "waybill invoices")
    return [each for ids in found.values() for each in ids]


def jobs_named(connection: Connection, names: Iterable[str]) -> list[UUID]:
    """The jobs of these ids, or beginnings of ids; one that is not there ends the command."""
    found = {name: job_ids_named(connection, name) for name in names}
    _insist(found, "job", "waybill jobs")
    return [each for ids in found.values() for each in ids]


def one_job(connection: Connection, name: str) -> UUID:
    """The one job that a person means; none, or several, ends the command."""
    found = jobs_named(connection, [name])
    if len(found) > 1:
        raise fail(f"{len(found)} jobs begin with {name}: give more of the id.")
    return found[0]


def _insist(found: Mapping[str, Sequence[UUID]], what: str, listed_by: str) -> None:
    if unknown := [name for name, ids in found.items() if not ids]:
        raise fail(f"The ledger has no {what} {', '.join(unknown)}. `{listed_by}` lists them.")
