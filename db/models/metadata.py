"""The metadata that all tables of the ledger belong to, and what most of them have in common."""

from typing import Any

from sqlalchemy import Column, DateTime, MetaData, Table, Uuid, text

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def required(name: str, kind: Any, **options: Any) -> Column[Any]:
    """A column that is never NULL."""
    return Column(name, kind, nullable=False, **options)


def table(name: str, *columns: Column[Any]) -> Table:
    """A table with an id of its own, and the times of its rows."""
    return Table(
        name,
        METADATA,
        Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()")),
        *columns,
        required("created_at", DateTime(timezone=True), server_default=text("now()")),
        required("updated_at", DateTime(timezone=True), server_default=text("now()")),
    )
