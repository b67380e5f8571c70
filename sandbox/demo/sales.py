"""The demo's sales invoices and credit notes."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from sandbox.demo.companies import (
    BAKERY,
    BRITISH_SHOP,
    BUILDER,
    DEVELOPER,
    FRENCH_CAFE,
    GERMAN_AGENCY,
    MUSEUM,
    RESTAURANT,
    ROASTERY,
    STUDIO,
)
from sandbox.demo.draft import draft, line
from sandbox.ubl.model import (
    EXPORT,
    INTRA_COMMUNITY,
    REVERSE_CHARGE,
    S6,
    S12,
    S21,
    Adjustment,
    Attachment,
    Delivery,
    DocumentAdjustment,
    DocumentKind,
    Invoice,
    Vat,
)
from sandbox.ubl.pdf import one_page_pdf

BREAD = draft(
    "2026/0101",
    date(2026, 1, 12),
    BAKERY,
    RESTAURANT,
    line("Zuurdesembrood 800 g", "120", "3.15", S6),
    line("Broodmanden, huur per maand", "4", "12.50", S21),
)
CATERING = draft(
    "2026/0114",
    date(2026, 2, 6),
    BAKERY,
    DEVELOPER,
    line("Broodjeslunch ter plaatse, per persoon", "35", "14.20", S12),
    line("Frisdrank", "35", "2.10", S21),
)
RENOVATION = draft(
    "BS-26-007",
    date(2026, 2, 20),
    BUILDER,
    RESTAURANT,
    line("Metselwerk keuken, per uur", "62.5", "48.00", S21, "HUR"),
    line("Snelbouwsteen, per m²", "41.75", "36.40", S21, "MTK"),
)
SUBCONTRACTING = draft(
    "BS-26-011",
    date(2026, 3, 16),
    BUILDER,
    DEVELOPER,
    line("Ruwbouwwerken Lindehof, schijf 2", "1", "48500.00", REVERSE_CHARGE),
)
POSTERS = draft(
    "F2026-031",
    date(2026, 3, 27),
    STUDIO,
    MUSEUM,
    line("Conception de l'affiche d'exposition", "1", "2400.00", S21),
    line("Catalogue imprimé", "150", "9.80", S6),
)
CAMPAIGN = draft(
    "F2026-038",
    date(2026, 4, 14),
    STUDIO,
    GERMAN_AGENCY,
    line(
        "Grafisch ontwerp campagne, per dag",
        "12.5",
        "520.00",
        Vat("AE", Decimal(0), "Verlegging van heffing: artikel 21, § 2 WBTW", "VATEX-EU-AE"),
        "DAY",
    ),
)
COFFEE_TO_FRANCE = replace(
    draft(
        "K-2026-0042",
        date(2026, 4, 22),
        ROASTERY,
        FRENCH_CAFE,
        line("Espressobonen, per kg", "300", "11.90", INTRA_COMMUNITY, "KGM"),
    ),
    delivery=Delivery(date(2026, 4, 21), FRENCH_CAFE.address),
)
COFFEE_TO_BRITAIN = replace(
    draft(
        "K-2026-0051",
        date(2026, 5, 11),
        ROASTERY,
        BRITISH_SHOP,
        line("Filterkoffie, per kg", "180", "10.25", EXPORT, "KGM"),
    ),
    delivery=Delivery(date(2026, 5, 8), BRITISH_SHOP.address),
)
COFFEE_TO_BAKERY = draft(
    "K-2026-0060",
    date(2026, 5, 29),
    ROASTERY,
    BAKERY,
    line("Huismelange, per kg", "45", "12.60", S6, "KGM"),
    line("Onderhoud espressomachine", "1", "185.00", S21),
)
DISCOUNTED = replace(
    draft(
        "2026/0188",
        date(2026, 6, 8),
        BAKERY,
        RESTAURANT,
        replace(
            line("Stokbrood", "400", "1.05", S6),
            adjustments=(Adjustment(Decimal("21.00"), "Staffelkorting", "95"),),
        ),
        line("Koffiekoeken", "250", "1.35", S6),
    ),
    adjustments=(
        DocumentAdjustment(Adjustment(Decimal("30.00"), "Jaarkorting", "95"), S6),
        DocumentAdjustment(Adjustment(Decimal("18.50"), "Leveringskosten", "FC", is_charge=True), S21),
    ),
)
FLOOR = replace(
    draft(
        "BS-26-024",
        date(2026, 6, 30),
        BUILDER,
        MUSEUM,
        line("Vloerwerken inkomhal", "84.2", "57.35", S21, "MTK"),
    ),
    note="Werken uitgevoerd van 8 tot 19 juni 2026.",
)
BREAD_CREDIT = replace(
    draft(
        "2026/CN012",
        date(2026, 2, 2),
        BAKERY,
        RESTAURANT,
        line("Zuurdesembrood 800 g, beschadigd", "15", "3.15", S6),
    ),
    kind=DocumentKind.CREDIT_NOTE,
    preceding=("2026/0101", date(2026, 1, 12)),
)
FROM_LAST_YEAR = draft(
    "2025/1187",
    date(2025, 12, 18),
    BAKERY,
    RESTAURANT,
    line("Kerststronk", "30", "18.00", S6),
)


def posters_with_pdf(created: datetime) -> Invoice:
    """The studio's invoice with its PDF inside, as made at `created`."""
    pdf = one_page_pdf("Atelier Clairmont SRL - facture F2026-031", created)
    return replace(POSTERS, attachment=Attachment("F2026-031.pdf", pdf))


PDF_FIRST_MADE = datetime(2026, 3, 27, 9, 12, tzinfo=UTC)
PDF_MADE_AGAIN = datetime(2026, 7, 1, 16, 40, tzinfo=UTC)
