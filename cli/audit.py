"""`waybill audit`: the whole life of one invoice, and whether the ledger's history is whole and unchanged."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cli.audit_report import print_report
from cli.ledger import ledger
from cli.life import print_life
from cli.names import one_invoice
from cli.options import Company, Json
from cli.output import fail, print_json
from db.audit import at_one_moment
from db.lineage import life
from db.seals import LastSeal

VERIFY = "verify"

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?")
_ANCHOR = re.compile(r"([1-9]\d{0,17}):([0-9a-f]{64})")


def _moment(given: str) -> datetime:
    """The end of the day, minute or second that is meant, in UTC."""
    found = _MOMENT.fullmatch(given)
    try:
        start = datetime.fromisoformat(given) if found else None
    except ValueError:
        start = None
    if found is None or start is None:
        raise typer.BadParameter(f"{given!r} is no day or time, such as 2026-03-14 or 2026-03-14T09:26:53.")
    time, seconds, fraction, _ = found.groups()
    if fraction:
        length = timedelta(microseconds=1)
    else:
        length = timedelta(seconds=1) if seconds else timedelta(minutes=1) if time else timedelta(days=1)
    in_utc = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)
    return in_utc + length - timedelta(microseconds=1)


def _anchor(given: str) -> LastSeal:
    found = _ANCHOR.fullmatch(given)
    if found is None:
        raise typer.BadParameter(f"{given!r} is no seal: NUMBER:HASH, as `waybill audit verify` prints it.")
    return LastSeal(int(found[1]), found[2])


def audit(
    invoice: Annotated[
        str,
        typer.Argument(
            metavar="INVOICE|verify",
            help="Ledger id, its start, or number (see --company); or the word verify.",
        ),
    ],
    company: Company = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            parser=_moment,
            metavar="TIME",
            help="As it stood at that time (UTC): the end of a day 2026-03-14, of a minute 2026-03-14T09:26, or"
            " of a second.",
        ),
    ] = None,
    anchor: Annotated[
        list[LastSeal] | None,
        typer.Option(
            parser=_anchor,
            metavar="NUMBER:HASH",
            help="With verify: this seal, noted down earlier, must still be there. May be repeated.",
        ),
    ] = None,
    documents: Annotated[
        bool, typer.Option("--documents", help="With verify: read all documents and answers too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the whole life of an invoice; or verify that no invoice's history was tampered with.

    `waybill audit INVOICE` tells where it came from, what was checked, decided and sent, when, and by whom.
    `waybill audit verify` looks at all invoices; exit codes: 0 clean, 1 problems found, 2 it could not run.
    """
    if invoice == VERIFY:
        if as_of or company:
            raise fail("--as-of and --company go with one invoice, not with verify.")
        _verify(anchor or [], documents=documents, as_json=as_json)
    elif anchor or documents:
        raise fail("--anchor and --documents go with verify: `waybill audit verify`.")
    else:
        _tell(invoice, company, as_of, as_json=as_json)


def _tell(name: str, company: str | None, as_of: datetime | None, *, as_json: bool) -> None:
    with ledger() as opened, at_one_moment(opened) as connection:
        told = life(connection, one_invoice(connection, name, company), as_of)
    if as_json:
        print_json(told)
    else:
        print_life(told)


def _verify(anchors: list[LastSeal], *, documents: bool, as_json: bool) -> None:
    with ledger() as opened, at_one_moment(opened) as connection:
        raise typer.Exit(
            print_report(connection, opened.vault, anchors, documents=documents, as_json=as_json)
        )
