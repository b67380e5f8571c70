"""Texts of EN 16931's rules about the lines of an invoice."""

from invoices.explain.text import Text, Words
from invoices.explain.wording import missing_on_line

TEXTS: dict[str, Text] = {
    "BR-21": missing_on_line("the line number", "het lijnnummer", "le numéro de la ligne", "cbc:ID"),
    "BR-22": missing_on_line(
        "the quantity",
        "de hoeveelheid",
        "la quantité",
        "cbc:InvoicedQuantity / cac:CreditNoteLine/cbc:CreditedQuantity",
    ),
    "BR-23": missing_on_line(
        "the unit of the quantity (such as C62 for a piece or HUR for an hour)",
        "de eenheid van de hoeveelheid (zoals C62 voor een stuk of HUR voor een uur)",
        "l'unité de la quantité (C62 pour une pièce, HUR pour une heure)",
        "cbc:InvoicedQuantity/@unitCode",
    ),
    "BR-24": missing_on_line(
        "the amount of the line",
        "het bedrag van de lijn",
        "le montant de la ligne",
        "cbc:LineExtensionAmount",
    ),
    "BR-25": missing_on_line(
        "the name of the goods or services",
        "de naam van de goederen of diensten",
        "le nom des biens ou services",
        "cac:Item/cbc:Name",
    ),
    "BR-26": missing_on_line("the price", "de prijs", "le prix", "cac:Price/cbc:PriceAmount"),
    "BR-27": Text(
        en=Words(
            "{where}: the price is {found}; a price may not be negative.",
            "Put the minus sign before the quantity, not before the price (cac:Price/cbc:PriceAmount).",
            "On a line, the price is negative or missing.",
        ),
        nl=Words(
            "{where}: de prijs is {found}; een prijs mag niet negatief zijn.",
            "Zet het minteken bij de hoeveelheid, niet bij de prijs (cac:Price/cbc:PriceAmount).",
            "Op een van de lijnen is de prijs negatief of ontbreekt hij.",
        ),
        fr=Words(
            "{where} : le prix est de {found} ; un prix ne peut pas être négatif.",
            "Mettez le signe moins devant la quantité, pas devant le prix (cac:Price/cbc:PriceAmount).",
            "Le prix d'une des lignes est négatif ou manque.",
        ),
    ),
    "BR-28": Text(
        en=Words(
            "{where}: the price before discount is {found}; a price may not be negative.",
            "Put the minus sign before the quantity, not before the price"
            " (cac:Price/cac:AllowanceCharge/cbc:BaseAmount).",
            "On a line, the price before discount is negative.",
        ),
        nl=Words(
            "{where}: de prijs voor korting is {found}; een prijs mag niet negatief zijn.",
            "Zet het minteken bij de hoeveelheid, niet bij de prijs"
            " (cac:Price/cac:AllowanceCharge/cbc:BaseAmount).",
            "Op een van de lijnen is de prijs voor korting negatief.",
        ),
        fr=Words(
            "{where} : le prix avant remise est de {found} ; un prix ne peut pas être négatif.",
            "Mettez le signe moins devant la quantité, pas devant le prix"
            " (cac:Price/cac:AllowanceCharge/cbc:BaseAmount).",
            "Le prix avant remise d'une des lignes est négatif.",
        ),
    ),
    "BR-30": Text(
        en=Words(
            "{where}: the period ends before it begins.",
            "Correct its dates (cac:InvoicePeriod, cbc:StartDate and cbc:EndDate).",
            "On a line, the period ends before it begins.",
        ),
        nl=Words(
            "{where}: de periode eindigt voor ze begint.",
            "Verbeter de datums (cac:InvoicePeriod, cbc:StartDate en cbc:EndDate).",
            "Op een van de lijnen eindigt de periode voor ze begint.",
        ),
        fr=Words(
            "{where} : la période se termine avant de commencer.",
            "Corrigez ses dates (cac:InvoicePeriod, cbc:StartDate et cbc:EndDate).",
            "La période d'une des lignes se termine avant de commencer.",
        ),
    ),
    "BR-54": Text(
        en=Words(
            "{where}: a property of the item has no name or no value.",
            "Fill in both (cac:AdditionalItemProperty, cbc:Name and cbc:Value), or leave it out.",
            "On a line, a property of the item has no name or no value.",
        ),
        nl=Words(
            "{where}: een kenmerk van het artikel heeft geen naam of geen waarde.",
            "Vul beide in (cac:AdditionalItemProperty, cbc:Name en cbc:Value) of laat het kenmerk weg.",
            "Op een van de lijnen heeft een kenmerk van het artikel geen naam of geen waarde.",
        ),
        fr=Words(
            "{where} : une caractéristique de l'article n'a pas de nom ou pas de valeur.",
            "Complétez les deux (cac:AdditionalItemProperty, cbc:Name et cbc:Value) ou supprimez-la.",
            "Une caractéristique de l'article d'une des lignes n'a pas de nom ou pas de valeur.",
        ),
    ),
    "BR-64": missing_on_line(
        "the scheme of the article number (such as 0160 for a GTIN)",
        "het schema van het artikelnummer (zoals 0160 voor een GTIN)",
        "le schéma du numéro d'article (par exemple 0160 pour un GTIN)",
        "cac:Item/cac:StandardItemIdentification/cbc:ID/@schemeID",
    ),
    "BR-65": missing_on_line(
        "the list from which the article's classification comes (such as STI for CPV)",
        "de lijst waaruit de classificatie van het artikel komt (zoals STI voor CPV)",
        "la liste dont provient la classification de l'article (par exemple STI pour CPV)",
        "cac:CommodityClassification/cbc:ItemClassificationCode/@listID",
    ),
    "BR-CO-04": missing_on_line(
        "the VAT category (such as S where VAT is charged)",
        "de btw-categorie (zoals S als er btw wordt aangerekend)",
        "la catégorie de TVA (par exemple S si la TVA est due)",
        "cac:Item/cac:ClassifiedTaxCategory/cbc:ID",
    ),
    "BR-CO-20": Text(
        en=Words(
            "{where}: the period has neither a first nor a last day.",
            "Add one (cac:InvoicePeriod, cbc:StartDate or cbc:EndDate), or leave the period out.",
            "On a line, the period has neither a first nor a last day.",
        ),
        nl=Words(
            "{where}: de periode heeft geen begindatum en geen einddatum.",
            "Vermeld er een (cac:InvoicePeriod, cbc:StartDate of cbc:EndDate) of laat de periode weg.",
            "Op een van de lijnen heeft de periode geen begindatum en geen einddatum.",
        ),
        fr=Words(
            "{where} : la période n'a ni date de début ni date de fin.",
            "Indiquez-en une (cac:InvoicePeriod, cbc:StartDate ou cbc:EndDate) ou supprimez la période.",
            "La période d'une des lignes n'a ni date de début ni date de fin.",
        ),
    ),
    "UBL-SR-48": Text(
        en=Words(
            "{where}: {found} VAT categories instead of one.",
            "Give the line one category (cac:Item/cac:ClassifiedTaxCategory); split it if two apply.",
            "A line does not have exactly one VAT category.",
        ),
        nl=Words(
            "{where}: {found} btw-categorieën in plaats van één.",
            "Geef de lijn één categorie (cac:Item/cac:ClassifiedTaxCategory); splits ze als er twee gelden.",
            "Een van de lijnen heeft niet precies één btw-categorie.",
        ),
        fr=Words(
            "{where} : la catégorie de TVA figure {found} fois au lieu d'une.",
            "Donnez à la ligne une seule catégorie (cac:Item/cac:ClassifiedTaxCategory) ; scindez-la s'il"
            " en faut deux.",
            "Une des lignes n'a pas exactement une catégorie de TVA.",
        ),
    ),
}
