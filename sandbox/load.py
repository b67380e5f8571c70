"""Any number of valid, distinct invoices, made as they are asked for: for benchmarks and long runs."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, partial

from invoices.source import Direction
from sandbox.demo.companies import CLIENTS, ENERGY, MILL, MUSEUM, PLUMBER, RESTAURANT
from sandbox.demo.draft import draft, line
from sandbox.records import SandboxRecord
from sandbox.ubl.amounts import rounded
from sandbox.ubl.document import ubl
from sandbox.ubl.identifiers import structured_communication
from sandbox.ubl.model import S6, S21, DocumentKind

PARTNERS = (MILL, ENERGY, PLUMBER, RESTAURANT, MUSEUM)
FIRST_ISSUE_DATE = date(2026, 1, 5)
FIRST_CHANGE = datetime(2026, 1, 5, tzinfo=UTC)

# Stand-ins that a template is written with; each is found again by its text, and `render` puts values there.
_NUMBER = "NUMBER"
_ISSUED = date(1999, 1, 1)
_PRICE_21, _PRICE_6 = Decimal("70101.01"), Decimal("90202.02")
_TAX_21, _TAX_6 = rounded(_PRICE_21 * S21.percent / 100), rounded(_PRICE_6 * S6.percent / 100)
_PLACES = {
    _NUMBER: "number",
    _ISSUED.isoformat(): "issued",
    (_ISSUED + timedelta(days=30)).isoformat(): "due",
    structured_communication(zlib.crc32(_NUMBER.encode())): "communication",
    f"{_PRICE_21}": "net_21",
    f"{_PRICE_6}": "net_6",
    f"{_TAX_21}": "tax_21",
    f"{_TAX_6}": "tax_6",
    f"{_PRICE_21 + _PRICE_6}": "net",
    f"{_TAX_21 + _TAX_6}": "tax",
    f"{_PRICE_21 + _PRICE_6 + _TAX_21 + _TAX_6}": "gross",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What invoices made from one template have in common."""

    client: int
    partner: int
    direction: Direction
    kind: DocumentKind


def load_records(count: int, seed: int = 0) -> Iterator[SandboxRecord]:
    """`count` valid, distinct records of the demo's client companies; the same for the same `seed`.

    Each holds how to make its document, not the bytes.
    """
    for index in range(count):
        noise = zlib.crc32(f"{seed}/{index}".encode())
        shape = _shape(noise)
        number = f"L{seed}-{index:07d}"
        yield SandboxRecord(
            source_id=f"LOAD-{number}",
            version=1,
            direction=shape.direction,
            company_number=CLIENTS[shape.client].endpoint[1],
            number=number,
            document=partial(render, shape, number, noise),
            updated_at=FIRST_CHANGE + timedelta(seconds=index),
            label="Load",
        )


def _shape(noise: int) -> Shape:
    return Shape(
        client=noise % len(CLIENTS),
        partner=noise // 4 % len(PARTNERS),
        direction=Direction.SALE if noise // 20 % 2 else Direction.PURCHASE,
        kind=DocumentKind.CREDIT_NOTE if noise // 40 % 10 == 0 else DocumentKind.INVOICE,
    )


def render(shape: Shape, number: str, noise: int) -> bytes:
    """The document of `shape` with this number; amounts and dates follow from `noise`."""
    issued = FIRST_ISSUE_DATE + timedelta(days=noise % 300)
    net_21, net_6 = Decimal(noise % 99_991 + 100) / 100, Decimal(noise % 49_999 + 100) / 100
    tax_21, tax_6 = rounded(net_21 * S21.percent / 100), rounded(net_6 * S6.percent / 100)
    values = {
        "number": number,
        "issued": issued.isoformat(),
        "due": (issued + timedelta(days=30)).isoformat(),
        "communication": structured_communication(noise),
        "net_21": f"{net_21:.2f}",
        "net_6": f"{net_6:.2f}",
        "tax_21": f"{tax_21:.2f}",
        "tax_6": f"{tax_6:.2f}",
        "net": f"{net_21 + net_6:.2f}",
        "tax": f"{tax_21 + tax_6:.2f}",
        "gross": f"{net_21 + net_6 + tax_21 + tax_6:.2f}",
    }
    return (_template(shape) % values).encode()


@cache
def _template(shape: Shape) -> str:
    """A document in which a `%(name)s` stands for each value that `render` fills in."""
    client, partner = CLIENTS[shape.client], PARTNERS[shape.partner]
    seller, buyer = (client, partner) if shape.direction is Direction.SALE else (partner, client)
    lines = (line("Levering", "1", f"{_PRICE_21}", S21), line("Voeding", "1", f"{_PRICE_6}", S6))
    document = ubl(replace(draft(_NUMBER, _ISSUED, seller, buyer, *lines), kind=shape.kind)).decode()
    stand_ins = "|".join(re.escape(text) for text in sorted(_PLACES, key=len, reverse=True))
    return re.sub(stand_ins, lambda found: f"%({_PLACES[found[0]]})s", document.replace("%", "%%"))
