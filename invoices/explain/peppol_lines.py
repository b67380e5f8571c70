"""Texts of Peppol's rules about invoice lines and their prices."""

from invoices.explain.text import Text, Words
from invoices.explain.wording import wrong_amount

_REFERENCE = "cac:DocumentReference"
_BASE_QUANTITY = "cac:Price/cbc:BaseQuantity"

TEXTS: dict[str, Text] = {
    "PEPPOL-EN16931-R044": Text(
        en=Words(
            "{where}: the price has a charge; only a discount is allowed there.",
            "Include the charge in the price, or give it as a charge of the line (cac:AllowanceCharge).",
            "A price has a charge; only a discount is allowed there.",
        ),
        nl=Words(
            "{where}: de prijs heeft een toeslag; daar is alleen een korting toegelaten.",
            "Neem de toeslag op in de prijs of vermeld hem als toeslag van de lijn (cac:AllowanceCharge).",
            "Een prijs heeft een toeslag; daar is alleen een korting toegelaten.",
        ),
        fr=Words(
            "{where} : le prix comporte un supplément ; seule une remise y est admise.",
            "Intégrez le supplément au prix ou indiquez-le comme supplément de la ligne (cac:AllowanceCharge).",
            "Un prix comporte un supplément ; seule une remise y est admise.",
        ),
    ),
    "PEPPOL-EN16931-R046": wrong_amount(
        "cac:Price/cbc:PriceAmount",
        (
            "{where}: the net price is {found}; gross price less discount is {expected}.",
            "A net price is not the gross price less the discount.",
        ),
        (
            "{where}: de nettoprijs is {found}; brutoprijs min korting is {expected}.",
            "Een nettoprijs is niet de brutoprijs min de korting.",
        ),
        (
            "{where} : le prix net est de {found} ; le prix brut moins la remise donne {expected}.",
            "Un prix net n'est pas le prix brut moins la remise.",
        ),
    ),
    "PEPPOL-EN16931-R100": Text(
        en=Words(
            "{where} refers to {found} invoiced objects; one is allowed.",
            f"Keep one {_REFERENCE}.",
            "A line refers to more than one invoiced object.",
        ),
        nl=Words(
            "{where} verwijst naar {found} gefactureerde objecten; één is toegelaten.",
            f"Behoud één {_REFERENCE}.",
            "Een lijn verwijst naar meer dan één gefactureerd object.",
        ),
        fr=Words(
            "{where} renvoie à {found} objets facturés ; un seul est admis.",
            f"Gardez un seul {_REFERENCE}.",
            "Une ligne renvoie à plus d'un objet facturé.",
        ),
    ),
    "PEPPOL-EN16931-R101": Text(
        en=Words(
            "{where} refers to a document that is not an invoiced object.",
            f"Give the {_REFERENCE} the type 130 (cbc:DocumentTypeCode), or put it in the head of the invoice.",
            "A line refers to a document that is not an invoiced object.",
        ),
        nl=Words(
            "{where} verwijst naar een document dat geen gefactureerd object is.",
            f"Geef {_REFERENCE} het type 130 (cbc:DocumentTypeCode) of zet het in de hoofding van de factuur.",
            "Een lijn verwijst naar een document dat geen gefactureerd object is.",
        ),
        fr=Words(
            "{where} renvoie à un document qui n'est pas un objet facturé.",
            f"Donnez à {_REFERENCE} le type 130 (cbc:DocumentTypeCode) ou placez-le dans l'en-tête de la facture.",
            "Une ligne renvoie à un document qui n'est pas un objet facturé.",
        ),
    ),
    "PEPPOL-EN16931-R110": Text(
        en=Words(
            "{where}: the period starts on {found}, before that of the invoice ({expected}).",
            "Correct the period of the line or of the invoice (cac:InvoicePeriod/cbc:StartDate).",
            "The period of a line starts before that of the invoice.",
        ),
        nl=Words(
            "{where}: de periode begint op {found}, vóór die van de factuur ({expected}).",
            "Verbeter de periode van de lijn of van de factuur (cac:InvoicePeriod/cbc:StartDate).",
            "De periode van een lijn begint vóór die van de factuur.",
        ),
        fr=Words(
            "{where} : la période commence le {found}, avant celle de la facture ({expected}).",
            "Corrigez la période de la ligne ou de la facture (cac:InvoicePeriod/cbc:StartDate).",
            "La période d'une ligne commence avant celle de la facture.",
        ),
    ),
    "PEPPOL-EN16931-R111": Text(
        en=Words(
            "{where}: the period ends on {found}, after that of the invoice ({expected}).",
            "Correct the period of the line or of the invoice (cac:InvoicePeriod/cbc:EndDate).",
            "The period of a line ends after that of the invoice.",
        ),
        nl=Words(
            "{where}: de periode eindigt op {found}, na die van de factuur ({expected}).",
            "Verbeter de periode van de lijn of van de factuur (cac:InvoicePeriod/cbc:EndDate).",
            "De periode van een lijn eindigt na die van de factuur.",
        ),
        fr=Words(
            "{where} : la période se termine le {found}, après celle de la facture ({expected}).",
            "Corrigez la période de la ligne ou de la facture (cac:InvoicePeriod/cbc:EndDate).",
            "La période d'une ligne se termine après celle de la facture.",
        ),
    ),
    "PEPPOL-EN16931-R120": wrong_amount(
        "cbc:LineExtensionAmount",
        (
            "{where} says {found}; quantity times price, plus charges and less discounts, is {expected}.",
            "The amount of a line is not quantity times price, plus charges and less discounts.",
        ),
        (
            "{where} vermeldt {found}; aantal maal prijs, plus toeslagen en min kortingen, is {expected}.",
            "Het bedrag van een lijn is niet aantal maal prijs, plus toeslagen en min kortingen.",
        ),
        (
            "{where} indique {found} ; quantité fois prix, plus suppléments et moins remises, donne {expected}.",
            "Le montant d'une ligne n'est pas quantité fois prix, plus suppléments et moins remises.",
        ),
    ),
    "PEPPOL-EN16931-R121": Text(
        en=Words(
            "{where}: the price is for a quantity of {found}; it must be above zero.",
            f"Correct the quantity that the price is for ({_BASE_QUANTITY}), or leave it out if it is 1.",
            "A price is for a quantity of zero or less.",
        ),
        nl=Words(
            "{where}: de prijs geldt voor een aantal van {found}; dat moet meer dan nul zijn.",
            f"Verbeter het aantal waarvoor de prijs geldt ({_BASE_QUANTITY}) of laat het weg als het 1 is.",
            "Een prijs geldt voor een aantal van nul of minder.",
        ),
        fr=Words(
            "{where} : le prix vaut pour une quantité de {found} ; elle doit être supérieure à zéro.",
            f"Corrigez la quantité pour laquelle le prix vaut ({_BASE_QUANTITY}) ou omettez-la si c'est 1.",
            "Un prix vaut pour une quantité nulle ou négative.",
        ),
    ),
    "PEPPOL-EN16931-R130": Text(
        en=Words(
            "{where}: the price is per unit {found}; the quantity is in unit {expected}.",
            f"Use the same unit in both ({_BASE_QUANTITY}/@unitCode).",
            "A price is per another unit than the quantity of its line.",
        ),
        nl=Words(
            "{where}: de prijs is per eenheid {found}; het aantal staat in eenheid {expected}.",
            f"Gebruik in beide dezelfde eenheid ({_BASE_QUANTITY}/@unitCode).",
            "Een prijs is per andere eenheid dan het aantal van de lijn.",
        ),
        fr=Words(
            "{where} : le prix est par unité {found} ; la quantité est en unité {expected}.",
            f"Utilisez la même unité dans les deux ({_BASE_QUANTITY}/@unitCode).",
            "Un prix est par une autre unité que la quantité de la ligne.",
        ),
    ),
}
