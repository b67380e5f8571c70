"""Texts of what UBL.BE asks beyond the European standard."""

from invoices.explain.text import Text, Words
from invoices.explain.wording import missing, missing_on_line

_REFERENCE = "cac:AdditionalDocumentReference"


def _unlisted(en: str, nl: str, fr: str, example: str, element: str) -> Text:
    """The text for a value that is not of a list of UBL.BE, named with its article in each language."""
    return Text(
        en=Words(
            "{found} is not of UBL.BE's list of " + f"{en}.",
            f"Use one of that list, such as {example} ({element}).",
            f"One of the {en} is missing, or not of UBL.BE's list.",
        ),
        nl=Words(
            "{found} staat niet in de UBL.BE-lijst van " + f"{nl}.",
            f"Gebruik een vermelding uit die lijst, zoals {example} ({element}).",
            f"Een van de {nl} ontbreekt of staat niet in de UBL.BE-lijst.",
        ),
        fr=Words(
            "{found} ne figure pas dans la liste UBL.BE des " + f"{fr}.",
            f"Utilisez une mention de cette liste, par exemple {example} ({element}).",
            f"Une des {fr} manque ou ne figure pas dans la liste UBL.BE.",
        ),
    )


TEXTS: dict[str, Text] = {
    "ubl-BE-01": Text(
        en=Words(
            "A UBL.BE invoice refers to its PDF and to the invoicing program: {expected} references, not"
            " {found}.",
            f"Add the one that is missing ({_REFERENCE}).",
            "A UBL.BE invoice refers to its PDF and to the invoicing program; a reference is missing.",
        ),
        nl=Words(
            "Een UBL.BE-factuur verwijst naar haar pdf en naar het facturatieprogramma: {expected}"
            " verwijzingen, niet {found}.",
            f"Voeg toe wat ontbreekt ({_REFERENCE}).",
            "Een UBL.BE-factuur verwijst naar haar pdf en naar het facturatieprogramma; er ontbreekt een"
            " verwijzing.",
        ),
        fr=Words(
            "Une facture UBL.BE renvoie à son PDF et au logiciel de facturation : {expected} références,"
            " pas {found}.",
            f"Ajoutez celle qui manque ({_REFERENCE}).",
            "Une facture UBL.BE renvoie à son PDF et au logiciel de facturation ; il manque une référence.",
        ),
    ),
    "ubl-BE-02": Text(
        en=Words(
            "{found} references are described as CommercialInvoice or CreditNote; UBL.BE asks for"
            " {expected}.",
            f"Describe the PDF so, and nothing else ({_REFERENCE}/cbc:DocumentDescription).",
            "UBL.BE asks for one reference described as CommercialInvoice or CreditNote.",
        ),
        nl=Words(
            "{found} verwijzingen zijn beschreven als CommercialInvoice of CreditNote; UBL.BE vraagt er"
            " {expected}.",
            f"Beschrijf de pdf zo, en niets anders ({_REFERENCE}/cbc:DocumentDescription).",
            "UBL.BE vraagt één verwijzing die beschreven is als CommercialInvoice of CreditNote.",
        ),
        fr=Words(
            "Nombre de références décrites comme CommercialInvoice ou CreditNote : {found} ; UBL.BE en"
            " demande {expected}.",
            f"Décrivez ainsi le PDF, et rien d'autre ({_REFERENCE}/cbc:DocumentDescription).",
            "UBL.BE demande une seule référence décrite comme CommercialInvoice ou CreditNote.",
        ),
    ),
    "ubl-BE-03": Text(
        en=Words(
            "{found} references are marked UBL.BE; UBL.BE asks for {expected}.",
            f"Mark the one that names the invoicing program so ({_REFERENCE}/cbc:ID: UBL.BE).",
            "UBL.BE asks for one reference that is marked UBL.BE.",
        ),
        nl=Words(
            "{found} verwijzingen hebben het kenmerk UBL.BE; UBL.BE vraagt er {expected}.",
            f"Geef dat kenmerk aan de verwijzing naar het facturatieprogramma ({_REFERENCE}/cbc:ID: UBL.BE).",
            "UBL.BE vraagt één verwijzing met het kenmerk UBL.BE.",
        ),
        fr=Words(
            "Nombre de références marquées UBL.BE : {found} ; UBL.BE en demande {expected}.",
            f"Marquez ainsi celle qui nomme le logiciel de facturation ({_REFERENCE}/cbc:ID : UBL.BE).",
            "UBL.BE demande une seule référence marquée UBL.BE.",
        ),
    ),
    "ubl-BE-04": Text(
        en=Words(
            "Reference {found} has no description, which UBL.BE asks for.",
            f"Add one ({_REFERENCE}/cbc:DocumentDescription).",
            "A reference has no description, which UBL.BE asks for.",
        ),
        nl=Words(
            "Verwijzing {found} heeft geen beschrijving; UBL.BE vraagt er een.",
            f"Voeg ze toe ({_REFERENCE}/cbc:DocumentDescription).",
            "Een verwijzing heeft geen beschrijving; UBL.BE vraagt er een.",
        ),
        fr=Words(
            "La référence {found} n'a pas de description ; UBL.BE en demande une.",
            f"Ajoutez-la ({_REFERENCE}/cbc:DocumentDescription).",
            "Une référence n'a pas de description ; UBL.BE en demande une.",
        ),
    ),
    "ubl-BE-05": _unlisted(
        "codes of legal mentions",
        "codes van wettelijke vermeldingen",
        "mentions légales (codes)",
        "BELM-005",
        "cac:DeliveryTerms/cbc:ID",
    ),
    "ubl-BE-06": _unlisted(
        "texts of legal mentions",
        "teksten van wettelijke vermeldingen",
        "mentions légales (textes)",
        "“Factuur uitgereikt door de afnemer”",
        "cac:DeliveryTerms/cbc:SpecialTerms",
    ),
    "ubl-BE-07": Text(
        en=Words(
            "The cash discount is {found}%; it must be more than 0 and less than 100%.",
            "Correct it, or leave it out (cac:PaymentTerms/cbc:SettlementDiscountPercent).",
            "The cash discount must be more than 0 and less than 100%.",
        ),
        nl=Words(
            "De korting voor contante betaling is {found} %; ze moet meer dan 0 en minder dan 100 % zijn.",
            "Verbeter ze of laat ze weg (cac:PaymentTerms/cbc:SettlementDiscountPercent).",
            "De korting voor contante betaling moet meer dan 0 en minder dan 100 % zijn.",
        ),
        fr=Words(
            "L'escompte pour paiement comptant est de {found} % ; il doit dépasser 0 et rester sous 100 %.",
            "Corrigez-le ou supprimez-le (cac:PaymentTerms/cbc:SettlementDiscountPercent).",
            "L'escompte pour paiement comptant doit dépasser 0 et rester sous 100 %.",
        ),
    ),
    "ubl-BE-08": missing(
        "the amount of the cash discount",
        "het bedrag van de korting voor contante betaling",
        "le montant de l'escompte pour paiement comptant",
        "cac:PaymentTerms/cbc:Amount",
    ),
    "ubl-BE-09": Text(
        en=Words(
            "The last day for the cash discount is {found}; it must be a date such as 2026-03-31.",
            "Correct it (cac:PaymentTerms/cbc:PaymentDueDate).",
            "The last day for the cash discount is missing.",
        ),
        nl=Words(
            "De laatste dag voor de korting voor contante betaling is {found}; dat moet een datum zijn"
            " zoals 2026-03-31.",
            "Verbeter die dag (cac:PaymentTerms/cbc:PaymentDueDate).",
            "De laatste dag voor de korting voor contante betaling ontbreekt.",
        ),
        fr=Words(
            "Le dernier jour pour l'escompte est {found} ; il faut une date comme 2026-03-31.",
            "Corrigez ce jour (cac:PaymentTerms/cbc:PaymentDueDate).",
            "Il manque le dernier jour pour l'escompte.",
        ),
    ),
    "ubl-BE-10": _unlisted(
        "Belgian VAT categories",
        "Belgische btw-categorieën",
        "catégories de TVA belges",
        "03",
        "cac:TaxCategory/cbc:Name",
    ),
    "ubl-BE-11": _unlisted(
        "codes of VAT exemptions",
        "codes van btw-vrijstellingen",
        "exonérations de la TVA (codes)",
        "BETE-EX",
        "cac:TaxCategory/cbc:TaxExemptionReasonCode",
    ),
    "ubl-BE-12": _unlisted(
        "texts of VAT exemptions",
        "teksten van btw-vrijstellingen",
        "exonérations de la TVA (textes)",
        "“Exempt”",
        "cac:TaxCategory/cbc:TaxExemptionReason",
    ),
    "ubl-BE-14": Text(
        en=Words(
            "{where}: UBL.BE asks for the VAT of the line, once.",
            "State it in one cac:TaxTotal of the line.",
            "UBL.BE asks for the VAT of each line, once.",
        ),
        nl=Words(
            "{where}: UBL.BE vraagt de btw van de lijn, één keer.",
            "Vermeld die in één cac:TaxTotal van de lijn.",
            "UBL.BE vraagt de btw van elke lijn, één keer.",
        ),
        fr=Words(
            "{where} : UBL.BE demande la TVA de la ligne, une seule fois.",
            "Indiquez-la dans un seul cac:TaxTotal de la ligne.",
            "UBL.BE demande la TVA de chaque ligne, une seule fois.",
        ),
    ),
    "ubl-BE-15": missing_on_line(
        "the name of the Belgian VAT category",
        "de naam van de Belgische btw-categorie",
        "le nom de la catégorie de TVA belge",
        "cac:ClassifiedTaxCategory/cbc:Name",
    ),
}
"""By rule id."""
