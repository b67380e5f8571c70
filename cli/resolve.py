"""`waybill resolve`: what a person decides about one invoice."""

from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from cli.configured import settings
from cli.ledger import ledger
from cli.names import one_invoice
from cli.options import Company, Json
from cli.output import STDOUT, clear_errors, fail, plain, print_json
from cli.running import who
from db.decisions import Decision, DecisionRefused, Ruling, decide
from db.ledger import Actor
from db.lookups import invoice_row
from db.waypoints import Waypoint
from invoices.lifecycle import State
from tasks.read_back import NotReadBack, read_back


def resolve(
    invoice: Annotated[
        str, typer.Argument(metavar="INVOICE", help="Ledger id, its start, or number (see --company).")
    ],
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")],
    company: Company = None,
    arrived: Annotated[bool, typer.Option("--arrived", help="It arrived: give its UUID, or --seen.")] = False,
    receipt: Annotated[
        str | None,
        typer.Argument(metavar="UUID", help="With --arrived: the document's UUID in Clearfacts."),
    ] = None,
    seen: Annotated[
        bool, typer.Option("--seen", help="With --arrived: seen in the portal, unverified.")
    ] = False,
    send_again: Annotated[
        bool, typer.Option("--send-again", help="It did not arrive: send it again.")
    ] = False,
    release: Annotated[bool, typer.Option("--release", help="Deliver it all the same.")] = False,
    already_booked: Annotated[
        bool, typer.Option("--already-booked", help="The books have it already.")
    ] = False,
    dismiss: Annotated[bool, typer.Option("--dismiss", help="Close it; it is never delivered.")] = False,
    saw: Annotated[
        State | None,
        typer.Option(metavar="STATE", help="The state you decided on; another now is a conflict."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Decide about an invoice that waits for a person."""
    decision = _only_one(
        {
            Decision.ARRIVED: arrived,
            Decision.SEND_AGAIN: send_again,
            Decision.RELEASE: release,
            Decision.ALREADY_BOOKED: already_booked,
            Decision.DISMISS: dismiss,
        }
    )
    if decision is Decision.ARRIVED and (receipt is None) != seen:
        raise fail("--arrived needs either the document's UUID in Clearfacts, or --seen.")
    if decision is not Decision.ARRIVED and (receipt or seen):
        raise fail("A UUID or --seen goes with --arrived only.")
    if not reason.strip():
        raise fail("--reason must say why.")
    with ledger() as opened, clear_errors(DecisionRefused):
        with opened.reading() as connection:
            invoice_id = one_invoice(connection, invoice, company)
            state = _state(connection, invoice_id)
        verified = _read_back(invoice_id, receipt) if receipt else None
        ruling = Ruling(decision, who("resolve"), saw or state, reason, verified)
        try:
            with opened.transaction(Actor(ruling.actor), Waypoint.DECIDED) as connection:
                after = decide(connection, invoice_id, ruling)
        except IntegrityError:
            raise fail(f"Receipt {receipt} belongs to another invoice of the ledger already.") from None
    if as_json:
        print_json({"id": str(invoice_id), "decision": decision, "from": saw or state, "state": after})
    else:
        STDOUT.print(f"{plain(invoice)}: {saw or state} -> {after}")


def _only_one(given: dict[Decision, bool]) -> Decision:
    chosen = [decision for decision, is_given in given.items() if is_given]
    if len(chosen) != 1:
        raise fail("Say exactly one of --arrived, --send-again, --release, --already-booked, --dismiss.")
    return chosen[0]


def _state(connection: Connection, invoice_id: UUID) -> State:
    row = invoice_row(connection, invoice_id)
    if row is None:
        raise fail(f"The ledger has no invoice {invoice_id}.")
    return State(row["state"])


def _read_back(invoice_id: UUID, receipt: str) -> str:
    """The receipt, once Clearfacts shows a document of ours under it."""
    try:
        read_back(settings(), invoice_id, receipt)
    except NotReadBack as error:
        raise fail(f"{error} If you saw it, say --seen.") from None
    return receipt
