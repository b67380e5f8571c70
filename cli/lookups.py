"""`waybill invoices`, `attempts`, `jobs`, `rejected`: looking things up in the ledger."""

from datetime import datetime
from typing import Annotated

import typer

from cli.card import print_cards
from cli.ledger import ledger
from cli.names import invoices_named, jobs_named, one_job
from cli.options import DAY, Company, Json, Limit
from cli.output import counted, print_rows
from db import lookups
from invoices.lifecycle import NEEDS_PERSON, State
from invoices.source import Direction

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="INVOICE", help="Ledger ids, starts of ids, or numbers; none: all."),
]


def invoices(
    invoice: Names = None,
    state: Annotated[
        list[State] | None,
        typer.Option(metavar="STATE", help="Only in this state, such as held. May be repeated."),
    ] = None,
    needs_person: Annotated[bool, typer.Option("--needs-person", help="Only those that need one.")] = False,
    company: Company = None,
    direction: Annotated[Direction | None, typer.Option(case_sensitive=False, help="Only these.")] = None,
    number: Annotated[str | None, typer.Option(help="Only with this invoice number (BT-1).")] = None,
    source_id: Annotated[str | None, typer.Option(help="Only this record of the source.")] = None,
    job: Annotated[
        str | None,
        typer.Option(metavar="JOB", help="Only those that this run touched: its id, or its start."),
    ] = None,
    since: Annotated[datetime | None, typer.Option(**DAY, help="Issued from this day.")] = None,
    until: Annotated[datetime | None, typer.Option(**DAY, help="Issued until this day.")] = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Which invoices are in the ledger, in which state, and why; those that are named, in full."""
    states = [*(state or []), *(sorted(NEEDS_PERSON) if needs_person else [])]
    with ledger() as opened, opened.reading() as connection:
        wanted = lookups.InvoiceFilter(
            ids=invoices_named(connection, invoice or [], company),
            states=states,
            company_number=company,
            direction=direction,
            number=number,
            source_id=source_id,
            job_id=one_job(connection, job) if job else None,
            issued_from=since.date() if since else None,
            issued_until=until.date() if until else None,
            limit=limit,
        )
        found = lookups.invoices(connection, wanted)
        if invoice and not as_json:
            print_cards(found)
        else:
            columns = {
                "id": "Id",
                "number": "Number",
                "company_number": "Company",
                "direction": "",
                "state": "State",
                "reason": "Why",
            }
            print_rows(found, columns, as_json=as_json)


def attempts(
    invoice: Names = None,
    company: Company = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """What was tried to deliver invoices, and what Clearfacts answered."""
    columns = {
        "claimed_at": "At (UTC)",
        "invoice_id": "Invoice",
        "number": "Number",
        "outcome": "Outcome",
        "message": "What",
    }
    with ledger() as opened, opened.reading() as connection:
        ids = invoices_named(connection, invoice or [], company)
        found = lookups.attempts(connection, ids, limit)
        print_rows(found, columns, as_json=as_json)


def jobs(
    job: Annotated[
        list[str] | None,
        typer.Argument(metavar="JOB", help="Ids of runs, or their starts; none: all, newest first."),
    ] = None,
    limit: Limit = 20,
    as_json: Json = False,
) -> None:
    """Which runs there were, who asked for them, and what they came to."""
    columns = {
        "job_id": "Job",
        "started_at": "Started (UTC)",
        "requested_by": "By",
        "state": "State",
        "result": "Result",
    }
    with ledger() as opened, opened.reading() as connection:
        found = lookups.jobs(connection, jobs_named(connection, job or []), limit)
        if not as_json:
            found = ({**row, "result": row["error"] or counted(row["counts"] or {})} for row in found)
        print_rows(found, columns, as_json=as_json)


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
