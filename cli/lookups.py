"""`waybill invoices`, `attempts`, `jobs`, `rejected`: looking things up in the ledger."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from cli.ledger import ledger
from cli.options import Company, Json, Limit
from cli.output import print_rows
from cli.resolve import one_invoice
from db import lookups
from invoices.lifecycle import NEEDS_PERSON, State
from invoices.source import Direction


def invoices(
    invoice: Annotated[list[str] | None, typer.Argument(help="Ledger ids or numbers; none: all.")] = None,
    state: Annotated[list[State] | None, typer.Option(help="Only in this state. May be repeated.")] = None,
    needs_person: Annotated[bool, typer.Option("--needs-person", help="Only those that need one.")] = False,
    company: Company = None,
    direction: Annotated[Direction | None, typer.Option(case_sensitive=False, help="Only these.")] = None,
    number: Annotated[str | None, typer.Option(help="Only with this invoice number (BT-1).")] = None,
    source_id: Annotated[str | None, typer.Option(help="Only this record of the source.")] = None,
    job: Annotated[UUID | None, typer.Option(help="Only those that this job touched.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Issued from this day.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Issued until this day.")
    ] = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Which invoices are in the ledger, in which state, and why."""
    states = [*(state or []), *(sorted(NEEDS_PERSON) if needs_person else [])]
    with ledger() as opened, opened.reading() as connection:
        ids = [one_invoice(connection, name, None) for name in invoice or []]
        wanted = lookups.InvoiceFilter(
            ids=ids,
            states=states,
            company_number=company,
            direction=direction,
            number=number,
            source_id=source_id,
            job_id=job,
            issued_from=since.date() if since else None,
            issued_until=until.date() if until else None,
            limit=limit,
        )
        columns = {
            "number": "Number",
            "company_number": "Company",
            "direction": "Direction",
            "state": "State",
            "reason": "Why",
            "id": "Id",
        }
        print_rows(lookups.invoices(connection, wanted), columns, as_json=as_json)


def attempts(
    invoice: Annotated[list[str] | None, typer.Argument(help="Ledger ids or numbers; none: all.")] = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """What was tried to deliver invoices, and what Clearfacts answered."""
    columns = {
        "number": "Number",
        "claimed_at": "At",
        "outcome": "Outcome",
        "message": "What",
        "receipt": "Receipt",
    }
    with ledger() as opened, opened.reading() as connection:
        ids = [one_invoice(connection, name, None) for name in invoice or []]
        print_rows(lookups.attempts(connection, ids, limit), columns, as_json=as_json)


def jobs(
    job: Annotated[list[UUID] | None, typer.Argument(help="Job ids; none: all, newest first.")] = None,
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """Which runs there were, who asked for them, and what they came to."""
    columns = {
        "job_id": "Job",
        "started_at": "Started",
        "requested_by": "By",
        "state": "State",
        "error": "Error",
    }
    with ledger() as opened, opened.reading() as connection:
        print_rows(lookups.jobs(connection, job or [], limit), columns, as_json=as_json)


def rejected(
    every: Annotated[bool, typer.Option("--all", help="Also those that came right later.")] = False,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Records of the source that could not become invoices, and why."""
    with ledger() as opened, opened.reading() as connection:
        rows = lookups.rejected_records(connection, unresolved=not every, limit=limit)
        shown = ({**row, "message": row["finding"]["message"], "fix": row["finding"]["fix"]} for row in rows)
        columns = {
            "source_id": "Record",
            "version": "Version",
            "message": "What is wrong",
            "fix": "What to do",
        }
        print_rows(rows if as_json else shown, columns, as_json=as_json)
