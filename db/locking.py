"""Locks on invoices, taken in the order of arrival by everyone, so that no two transactions wait for each other."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

_LOCK = text("SELECT FROM invoice WHERE id = ANY(:ids) ORDER BY arrival FOR NO KEY UPDATE")


def lock_invoices(connection: Connection, ids: Sequence[UUID]) -> None:
    """Lock invoices until the transaction ends; what was committed until now is what the next statement sees."""
    connection.execute(_LOCK, {"ids": list(ids)})
