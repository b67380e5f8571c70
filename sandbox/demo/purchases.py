"""The demo's purchase invoices and credit notes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from sandbox.demo.companies import (
    BAKERY,
    BUILDER,
    CLIENTS,
    ENERGY,
    MILL,
    PLUMBER,
    PRESS,
    ROASTERY,
    SCHOOL,
    SPORTS_CLUB,
    STUDIO,
    UNLISTED,
)
from sandbox.demo.draft import draft, line
from sandbox.ubl.model import (
    EXEMPT_TRAINING,
    OUTSIDE_SCOPE,
    REVERSE_CHARGE,
    S6,
    S21,
    ZERO_RATED,
    Adjustment,
    DocumentKind,
)

FLOUR = replace(
    draft(
        "W260118",
        date(2026, 1, 19),
        MILL,
        BAKERY,
        line("Tarwebloem T55, zak 25 kg", "80", "16.75", S6),
        line("Europallet, waarborg", "2", "12.00", S21),
    ),
    order_reference="PO-2026-003",
)
FLOUR_CREDIT = replace(
    draft(
        "WC260009",
        date(2026, 2, 11),
        MILL,
        BAKERY,
        line("Europallet, waarborg terug", "2", "12.00", S21),
    ),
    kind=DocumentKind.CREDIT_NOTE,
    preceding=("W260118", date(2026, 1, 19)),
)
ELECTRICITY = tuple(
    draft(
        f"SV-26-{sequence:05d}",
        date(2026, 3, day),
        ENERGY,
        client,
        line("Elektriciteit, kWh", kilowatt_hours, "0.2184", S21, "KWH"),
        line("Vaste vergoeding per kwartaal", "1", "32.50", S21),
    )
    for sequence, (client, kilowatt_hours, day) in enumerate(
        zip(CLIENTS, ("4210", "1875.5", "960", "7331"), (2, 3, 4, 5), strict=True), start=1201
    )
)
NEWSPAPER = draft(
    "OP-99871",
    date(2026, 4, 2),
    PRESS,
    ROASTERY,
    line("Dagblad Ochtendpost, jaarabonnement", "3", "389.00", ZERO_RATED),
)
COURSE = draft(
    "VK/2026/57",
    date(2026, 4, 28),
    SCHOOL,
    BUILDER,
    line("Opleiding veilig werken op hoogte, per deelnemer", "6", "145.00", EXEMPT_TRAINING),
)
MEMBERSHIP = draft(
    "2026-014",
    date(2026, 5, 18),
    SPORTS_CLUB,
    STUDIO.without_vat_number(),
    line("Lidgeld bedrijvencompetitie", "1", "275.00", OUTSIDE_SCOPE),
)
PLUMBING = draft(
    "SK26-0093",
    date(2026, 6, 3),
    PLUMBER,
    BUILDER,
    line("Sanitaire installatie werf Lindehof", "1", "6420.00", REVERSE_CHARGE),
)
HYDRAULICS = draft(
    "SK26-0121",
    date(2026, 9, 10),
    PLUMBER,
    ROASTERY,
    line("Herstelling waterleiding, per uur", "5.25", "54.00", S21, "HUR"),
    replace(
        line("Voorrijkosten", "1", "40.00", S21), adjustments=(Adjustment(Decimal("10.00"), "Korting", "95"),)
    ),
)
OVEN = draft(
    "SK26-0140",
    date(2026, 10, 5),
    PLUMBER,
    BAKERY,
    line("Gasaansluiting oven", "1", "890.00", S21),
)
OVEN_WITH_OTHER_AMOUNT = draft(
    "SK26-0140",
    date(2026, 10, 5),
    PLUMBER,
    BAKERY,
    line("Gasaansluiting oven", "1", "980.00", S21),
)
VALVES = draft(
    "SK26-0152",
    date(2026, 10, 20),
    PLUMBER,
    STUDIO,
    line("Vannes de radiateur", "4", "38.00", S21),
)
VALVES_CORRECTED = draft(
    "SK26-0152",
    date(2026, 10, 20),
    PLUMBER,
    STUDIO,
    line("Vannes de radiateur", "3", "38.00", S21),
)
STARCH = draft(
    "W260733",
    date(2026, 9, 24),
    MILL,
    UNLISTED,
    line("Zetmeel voor papierlijm, per kg", "200", "1.95", S21, "KGM"),
)
ADVERTISEMENT = draft(
    "OP-99935",
    date(2026, 10, 1),
    PRESS,
    PLUMBER,
    line("Advertentie halve pagina", "1", "640.00", S21),
)
LARGE_FLOUR_ORDER = draft(
    "W260802",
    date(2026, 11, 3),
    MILL,
    BAKERY,
    line("Tarwebloem T55, zak 25 kg", "240", "16.55", S6),
    line("Speltbloem, zak 15 kg", "33", "21.385", S6),
)
