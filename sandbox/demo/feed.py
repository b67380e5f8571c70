"""The demo's records in the order of the ERP's change feed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from invoices.source import Direction
from sandbox.demo import purchases, sales
from sandbox.demo.companies import BUILDER, ROASTERY, STUDIO
from sandbox.records import SandboxRecord
from sandbox.ubl.document import ubl
from sandbox.ubl.model import Invoice, Party

DEMO_DELIVER_FROM = date(2026, 1, 1)
"""What was issued before is history that the accountant has booked already."""

FIRST_CHANGE = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)

INVALID_XML = "ERP-1041"
XSD_INVALID = "ERP-1042"
BROKEN_SOURCE_IDS = frozenset({INVALID_XML, XSD_INVALID})
"""The records whose documents are damaged on purpose."""

SALE, PURCHASE = Direction.SALE, Direction.PURCHASE


def demo_records() -> tuple[SandboxRecord, ...]:
    """All records of the demo, oldest change first, a minute apart; the same at every call."""
    records = (*_ordinary(), *_special(), *_broken())
    return tuple(
        replace(record, updated_at=FIRST_CHANGE + timedelta(minutes=minute))
        for minute, record in enumerate(records)
    )


def _record(sequence: int, invoice: Invoice, direction: Direction, label: str) -> SandboxRecord:
    ours = invoice.seller if direction is SALE else invoice.buyer
    return SandboxRecord(
        source_id=f"ERP-{sequence}",
        version=1,
        direction=direction,
        company_number=_spelled(ours.endpoint[1], sequence),
        number=invoice.number,
        document=ubl(invoice),
        label=label,
    )


def _spelled(number: str, sequence: int) -> str:
    """The enterprise number in one of the usual spellings, in turn."""
    dotted = f"{number[:4]}.{number[4:7]}.{number[7:]}"
    return (dotted, f"BE{number}", f"BE {dotted}", number)[sequence % 4]


def _ordinary() -> Iterator[SandboxRecord]:
    ordinary = (
        (sales.BREAD, SALE, "Sale at 6 % and 21 %"),
        (sales.CATERING, SALE, "Sale at 12 % and 21 %"),
        (sales.RENOVATION, SALE, "Sale by the hour and the square metre"),
        (sales.SUBCONTRACTING, SALE, "Sale with reverse charge (construction)"),
        (sales.posters_with_pdf(sales.PDF_FIRST_MADE), SALE, "Sale with an embedded PDF"),
        (sales.CAMPAIGN, SALE, "Sale of services to a German company"),
        (sales.COFFEE_TO_FRANCE, SALE, "Intra-community supply to France"),
        (sales.COFFEE_TO_BRITAIN, SALE, "Export to the United Kingdom"),
        (sales.DISCOUNTED, SALE, "Sale with allowances and a charge"),
        (sales.FLOOR, SALE, "Sale with a note"),
        (sales.BREAD_CREDIT, SALE, "Credit note on a sale"),
        (purchases.FLOUR, PURCHASE, "Purchase with an order reference"),
        (purchases.FLOUR_CREDIT, PURCHASE, "Credit note on a purchase"),
        *((invoice, PURCHASE, "Purchase of electricity") for invoice in purchases.ELECTRICITY),
        (purchases.NEWSPAPER, PURCHASE, "Purchase at the zero rate"),
        (purchases.COURSE, PURCHASE, "Purchase exempt from VAT"),
        (purchases.MEMBERSHIP, PURCHASE, "Purchase outside the scope of VAT"),
        (purchases.PLUMBING, PURCHASE, "Purchase with reverse charge"),
        (purchases.HYDRAULICS, PURCHASE, "Purchase with a line allowance"),
        (purchases.LARGE_FLOUR_ORDER, PURCHASE, "Purchase with a price of three decimals"),
    )
    for sequence, (invoice, direction, label) in enumerate(ordinary, start=1001):
        yield _record(sequence, invoice, direction, label)


def _special() -> Iterator[SandboxRecord]:
    regenerated = sales.posters_with_pdf(sales.PDF_MADE_AGAIN)
    yield _record(1031, sales.COFFEE_TO_BAKERY, SALE, "One document: the sale of one client")
    yield _record(1032, sales.COFFEE_TO_BAKERY, PURCHASE, "The same document: the purchase of another")
    yield _record(1033, sales.DISCOUNTED, SALE, "The same bytes under another id")
    yield _record(1034, regenerated, SALE, "The same invoice with its PDF made again")
    yield _record(1035, purchases.OVEN, PURCHASE, "Purchase that will come again with another amount")
    yield _record(1036, purchases.OVEN_WITH_OTHER_AMOUNT, PURCHASE, "The same number with another amount")
    yield _record(1037, purchases.VALVES, PURCHASE, "Purchase that will be corrected")
    yield replace(_record(1037, purchases.VALVES_CORRECTED, PURCHASE, "Its corrected version"), version=2)
    yield _record(1038, purchases.STARCH, PURCHASE, "A company that Clearfacts does not list")
    astray = _record(1039, purchases.ADVERTISEMENT, PURCHASE, "Addressed to another company")
    yield replace(astray, company_number=ROASTERY.endpoint[1])
    yield _record(1040, sales.FROM_LAST_YEAR, SALE, "Issued before the start date")


def _broken() -> Iterator[SandboxRecord]:
    whole = ubl(replace(sales.RENOVATION, number="BS-26-030"))
    yield _damaged(
        INVALID_XML, BUILDER, "BS-26-030", whole[: len(whole) * 2 // 3], "Broken off (invalid XML)"
    )
    posters = replace(sales.POSTERS, number="F2026-040")
    misdated = ubl(posters).replace(b"2026-03-27", b"27/03/2026")
    yield _damaged(XSD_INVALID, STUDIO, posters.number, misdated, "A date that UBL does not allow (XSD)")


def _damaged(source_id: str, company: Party, number: str, document: bytes, label: str) -> SandboxRecord:
    return SandboxRecord(source_id, 1, SALE, company.endpoint[1], number, document, label=label)
