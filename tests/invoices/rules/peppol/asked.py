"""Documents of our own that meet every rule, and what Peppol's rules say of changed ones."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from invoices.document import parse
from invoices.rules.peppol import GENERIC
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Tree, element_of
from sandbox.demo.companies import CLIENTS, MILL
from sandbox.demo.draft import draft, line
from sandbox.ubl.document import ubl
from sandbox.ubl.model import S21, Adjustment, Attachment, DocumentAdjustment, DocumentKind

_DISCOUNT = Adjustment(Decimal("1.00"), "Korting", "95")
_FREIGHT = Adjustment(Decimal("2.00"), "Vracht", "FC", is_charge=True)
_DRAFT = replace(
    draft(
        "2026/1",
        date(2026, 1, 5),
        CLIENTS[0],
        MILL,
        replace(line("Meel", "2", "10", S21), adjustments=(_FREIGHT,)),
    ),
    adjustments=(DocumentAdjustment(_DISCOUNT, S21),),
    attachment=Attachment("2026-1.pdf", b"%PDF-1.7"),
    note="Bedankt",
)

INVOICE = ubl(_DRAFT).decode()
CREDIT_NOTE = ubl(
    replace(_DRAFT, kind=DocumentKind.CREDIT_NOTE, preceding=("2025/9", date(2025, 12, 1)))
).decode()


def changed(document: str, *edits: tuple[str, str]) -> str:
    """`document` with the first occurrence of each text replaced; each must occur."""
    for old, new in edits:
        assert old in document, old
        document = document.replace(old, new, 1)
    return document


def broken(document: str, tables: tuple[Table, ...] = GENERIC) -> list[tuple[str, Broken]]:
    """The ids of the rules that a document breaks, with where and how."""
    subject = Subject(Tree(parse(document.encode()).root))
    return [(rule.code, each) for table in tables for rule, each in table.broken(subject)]


def codes(document: str, tables: tuple[Table, ...] = GENERIC) -> list[str]:
    """The ids of the rules that a document breaks, sorted."""
    return sorted(code for code, _ in broken(document, tables))


def name(finding: Broken) -> str:
    """The name of the element where a rule is broken."""
    return str(element_of(finding.at).tag).rpartition("}")[2]
