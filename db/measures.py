"""Measures: how the whole ledger stands in figures, for whoever watches over the facade."""

from typing import Any, cast

from sqlalchemy import Connection, text

_READINESS = text("SELECT ledger_readiness()")
_OVERVIEW = text("SELECT ledger_overview()")
_PIPELINE = text("SELECT ledger_pipeline(:companies)")
_COMPANIES = text("SELECT company FROM ledger_companies() AS listed (company) ORDER BY company")


def readiness(connection: Connection) -> dict[str, Any]:
    """What anybody may know: the `revision` of the schema, and `breakers`, the state of each by neighbour.

    Raises:
        ProgrammingError: The schema is older than this question.
    """
    return cast("dict[str, Any]", connection.execute(_READINESS).scalar_one())


def figures(connection: Connection) -> dict[str, Any]:
    """Counts of invoices, jobs, claims, requests and what else waits; times as ISO 8601 in UTC.

    Raises:
        ProgrammingError: The transaction's caller may not see every company.
    """
    return cast("dict[str, Any]", connection.execute(_OVERVIEW).scalar_one())


def pipeline(connection: Connection, companies: int) -> dict[str, Any]:
    """What the ledger knows of the pipeline, beyond `figures`, in shapes that metrics are made of.

    `states_of_companies` counts invoices by company and state, for as many `companies` as are to be told apart
    (those with the most invoices) and for all `other`; `oldest` is when the oldest invoice of each state that
    waits arrived; `timings` are the histograms of `db.timings`.

    Raises:
        ProgrammingError: As `figures`.
    """
    return cast("dict[str, Any]", connection.execute(_PIPELINE, {"companies": companies}).scalar_one())


def companies(connection: Connection) -> list[str]:
    """Numbers of all companies that have an invoice, in order; one step of an index for each.

    Raises:
        ProgrammingError: As `figures`.
    """
    return list(connection.execute(_COMPANIES).scalars())
