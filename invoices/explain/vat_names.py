"""VAT categories of EN 16931 and what they stand on, as people call them."""

from dataclasses import dataclass
from enum import StrEnum

BREAKDOWN = "cac:TaxSubtotal"
"""Where the VAT breakdown stands in UBL."""


class Rate(StrEnum):
    """Which VAT rate a category asks for."""

    ABOVE_ZERO = "above zero"
    ANY = "any"
    ZERO = "zero"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Names:
    """What something is called in each language."""

    en: str
    nl: str
    fr: str


@dataclass(frozen=True, slots=True)
class Category:
    """A VAT category; `names_buyer` where the buyer must be known to the tax authorities too."""

    names: Names
    rate: Rate
    names_buyer: bool = False

    @property
    def is_taxed(self) -> bool:
        """Whether the seller charges VAT, so that the breakdown has a row for each rate."""
        return self.rate in {Rate.ABOVE_ZERO, Rate.ANY}


@dataclass(frozen=True, slots=True)
class Item:
    """What has a VAT category: as a noun with its article, as a heading, and the UBL element of the category."""

    names: Names
    heading: Names
    element: str


CATEGORIES: dict[str, Category] = {
    "S": Category(
        Names("category S (VAT charged)", "categorie S (belast met btw)", "catégorie S (soumise à la TVA)"),
        rate=Rate.ABOVE_ZERO,
    ),
    "Z": Category(
        Names("category Z (zero rate)", "categorie Z (nultarief)", "catégorie Z (taux zéro)"), rate=Rate.ZERO
    ),
    "E": Category(
        Names(
            "category E (exempt from VAT)",
            "categorie E (vrijgesteld van btw)",
            "catégorie E (exemptée de la TVA)",
        ),
        rate=Rate.ZERO,
    ),
    "AE": Category(
        Names("category AE (reverse charge)", "categorie AE (btw verlegd)", "catégorie AE (autoliquidation)"),
        rate=Rate.ZERO,
        names_buyer=True,
    ),
    "IC": Category(
        Names(
            "category K (intra-Community supply)",
            "categorie K (intracommunautaire levering)",
            "catégorie K (livraison intracommunautaire)",
        ),
        rate=Rate.ZERO,
        names_buyer=True,
    ),
    "G": Category(
        Names(
            "category G (export outside the EU)",
            "categorie G (uitvoer buiten de EU)",
            "catégorie G (exportation hors de l'UE)",
        ),
        rate=Rate.ZERO,
    ),
    "O": Category(
        Names(
            "category O (not subject to VAT)",
            "categorie O (niet onderworpen aan btw)",
            "catégorie O (non soumise à la TVA)",
        ),
        rate=Rate.NONE,
    ),
    "AF": Category(
        Names(
            "category L (IGIC, Canary Islands)",
            "categorie L (IGIC, Canarische Eilanden)",
            "catégorie L (IGIC, îles Canaries)",
        ),
        rate=Rate.ANY,
    ),
    "AG": Category(
        Names(
            "category M (IPSI, Ceuta and Melilla)",
            "categorie M (IPSI, Ceuta en Melilla)",
            "catégorie M (IPSI, Ceuta et Melilla)",
        ),
        rate=Rate.ANY,
    ),
}
"""By the middle of their rules' ids."""

LINE = Item(
    Names("A line", "Een lijn", "Une ligne"),
    Names("{where}", "{where}", "{where}"),
    "cac:Item/cac:ClassifiedTaxCategory",
)
DISCOUNT = Item(
    Names(
        "A discount on the whole invoice",
        "Een korting op de hele factuur",
        "Une remise sur l'ensemble de la facture",
    ),
    Names(
        "Discount on the whole invoice",
        "Korting op de hele factuur",
        "Remise sur l'ensemble de la facture",
    ),
    "cac:AllowanceCharge/cac:TaxCategory",
)
CHARGE = Item(
    Names(
        "A charge on the whole invoice",
        "Een toeslag op de hele factuur",
        "Un supplément sur l'ensemble de la facture",
    ),
    Names(
        "Charge on the whole invoice",
        "Toeslag op de hele factuur",
        "Supplément sur l'ensemble de la facture",
    ),
    "cac:AllowanceCharge/cac:TaxCategory",
)
