"""Texts of EN 16931's rules for VAT categories: ten rules told of nine categories, and those of one category."""

from dataclasses import replace

from invoices.explain.text import Text, Words
from invoices.explain.vat_breakdown import row, tax_amount, taxable_amount
from invoices.explain.vat_names import BREAKDOWN, CATEGORIES, CHARGE, DISCOUNT, LINE, Category
from invoices.explain.vat_numbers import numbers
from invoices.explain.vat_rates import rate
from invoices.explain.vat_reasons import reason
from invoices.explain.wording import missing


def _of_category(code: str, category: Category) -> dict[str, Text]:
    items = (LINE, DISCOUNT, CHARGE)
    texts = (
        row(category),
        *(numbers(category, item) for item in items),
        *(rate(category, item) for item in items),
        taxable_amount(category),
        tax_amount(category),
        reason(code, category.names),
    )
    return {f"BR-{code}-{number:02}": text for number, text in enumerate(texts, start=1)}


def _only_untaxed(en: str, nl: str, fr: str) -> Text:
    return Text(
        en=Words(
            f"Next to category O (not subject to VAT), the invoice has {en} with VAT category {{found}}.",
            "Make two invoices, or correct the VAT category.",
            f"Next to category O (not subject to VAT), the invoice has {en} with another VAT category.",
        ),
        nl=Words(
            f"Naast categorie O (niet onderworpen aan btw) heeft de factuur {nl} met btw-categorie {{found}}.",
            "Maak twee facturen of verbeter de btw-categorie.",
            f"Naast categorie O (niet onderworpen aan btw) heeft de factuur {nl} met een andere btw-categorie.",
        ),
        fr=Words(
            f"Outre la catégorie O (non soumise à la TVA), la facture a {fr} avec la catégorie de TVA {{found}}.",
            "Faites deux factures ou corrigez la catégorie de TVA.",
            f"Outre la catégorie O (non soumise à la TVA), la facture a {fr} avec une autre catégorie de TVA.",
        ),
    )


def _exempt_row(text: Text) -> Text:
    """The text for the row of category E, which an early payment discount needs too."""
    return Text(
        en=replace(
            text.en,
            fix=f"Give category E one row, with 0% and a reason ({BREAKDOWN}); so too for an early payment"
            " discount.",
        ),
        nl=replace(
            text.nl,
            fix=f"Geef categorie E één rij, met 0 % en een reden ({BREAKDOWN}); ook bij een korting voor"
            " contante betaling.",
        ),
        fr=replace(
            text.fr,
            fix=f"Donnez à la catégorie E une rubrique, avec 0 % et un motif ({BREAKDOWN}) ; cela vaut aussi"
            " pour un escompte.",
        ),
    )


_OF_ONE_CATEGORY = {
    "BR-IC-11": missing(
        "the date of an intra-Community supply (a delivery date or an invoiced period)",
        "de datum van een intracommunautaire levering (leveringsdatum of gefactureerde periode)",
        "la date d'une livraison intracommunautaire (date de livraison ou période facturée)",
        "cac:Delivery/cbc:ActualDeliveryDate / cac:InvoicePeriod",
    ),
    "BR-IC-12": missing(
        "the country to which an intra-Community supply goes",
        "het land waarheen een intracommunautaire levering gaat,",
        "le pays de destination d'une livraison intracommunautaire",
        "cac:Delivery/cac:DeliveryLocation/cac:Address/cac:Country/cbc:IdentificationCode",
    ),
    "BR-O-11": _only_untaxed(
        "a row in the VAT breakdown", "een rij in de btw-uitsplitsing", "une rubrique de la ventilation"
    ),
    "BR-O-12": _only_untaxed("a line", "een lijn", "une ligne"),
    "BR-O-13": _only_untaxed(
        "a discount on the whole invoice",
        "een korting op de hele factuur",
        "une remise sur l'ensemble de la facture",
    ),
    "BR-O-14": _only_untaxed(
        "a charge on the whole invoice",
        "een toeslag op de hele factuur",
        "un supplément sur l'ensemble de la facture",
    ),
    "BR-B-01": Text(
        en=Words(
            "VAT category B (split payment) is for invoices within Italy only.",
            "Choose another VAT category.",
        ),
        nl=Words(
            "Btw-categorie B (split payment) geldt enkel voor facturen binnen Italië.",
            "Kies een andere btw-categorie.",
        ),
        fr=Words(
            "La catégorie de TVA B (split payment) est réservée aux factures internes à l'Italie.",
            "Choisissez une autre catégorie de TVA.",
        ),
    ),
    "BR-B-02": Text(
        en=Words(
            "VAT categories B (split payment) and S (VAT charged) stand on one invoice.",
            "Make two invoices, or correct the VAT category.",
        ),
        nl=Words(
            "Btw-categorieën B (split payment) en S (belast met btw) staan op één factuur.",
            "Maak twee facturen of verbeter de btw-categorie.",
        ),
        fr=Words(
            "Les catégories de TVA B (split payment) et S (soumise à la TVA) figurent sur une même facture.",
            "Faites deux factures ou corrigez la catégorie de TVA.",
        ),
    ),
}

TEXTS: dict[str, Text] = {
    rule: text for code, category in CATEGORIES.items() for rule, text in _of_category(code, category).items()
} | _OF_ONE_CATEGORY
TEXTS["BR-E-01"] = _exempt_row(TEXTS["BR-E-01"])
