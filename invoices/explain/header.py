"""Texts of EN 16931's rules about the head of an invoice: number, dates, currency, references, attachments."""

from invoices.explain.text import Text, Words
from invoices.explain.wording import missing

TEXTS: dict[str, Text] = {
    "BR-01": Text(
        en=Words(
            "The invoice does not say which standard it follows.",
            "State it (cbc:CustomizationID), for Peppol"
            " urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0.",
        ),
        nl=Words(
            "De factuur zegt niet welke norm ze volgt.",
            "Vermeld de norm (cbc:CustomizationID), voor Peppol"
            " urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0.",
        ),
        fr=Words(
            "La facture n'indique pas la norme qu'elle suit.",
            "Indiquez la norme (cbc:CustomizationID), pour Peppol"
            " urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0.",
        ),
    ),
    "BR-02": missing("the invoice number", "het factuurnummer", "le numéro de la facture", "cbc:ID"),
    "BR-03": missing("the invoice date", "de factuurdatum", "la date de la facture", "cbc:IssueDate"),
    "BR-04": missing(
        "the type of document (such as 380 for an invoice or 381 for a credit note)",
        "het documenttype (zoals 380 voor een factuur of 381 voor een creditnota)",
        "le type de document (380 pour une facture, 381 pour une note de crédit)",
        "cbc:InvoiceTypeCode / cbc:CreditNoteTypeCode",
    ),
    "BR-05": missing("the currency", "de valuta", "la devise", "cbc:DocumentCurrencyCode"),
    "BR-16": Text(
        en=Words("The invoice has no lines.", "Add at least one line (cac:InvoiceLine)."),
        nl=Words("De factuur heeft geen lijnen.", "Voeg minstens één lijn toe (cac:InvoiceLine)."),
        fr=Words("La facture ne comporte aucune ligne.", "Ajoutez au moins une ligne (cac:InvoiceLine)."),
    ),
    "BR-29": Text(
        en=Words(
            "The invoiced period ends on {found}, before it begins on {expected}.",
            "Correct its dates (cac:InvoicePeriod, cbc:StartDate and cbc:EndDate).",
            "The invoiced period ends before it begins.",
        ),
        nl=Words(
            "De gefactureerde periode eindigt op {found}, voor ze begint op {expected}.",
            "Verbeter de datums (cac:InvoicePeriod, cbc:StartDate en cbc:EndDate).",
            "De gefactureerde periode eindigt voor ze begint.",
        ),
        fr=Words(
            "La période facturée se termine le {found}, avant de commencer le {expected}.",
            "Corrigez ses dates (cac:InvoicePeriod, cbc:StartDate et cbc:EndDate).",
            "La période facturée se termine avant de commencer.",
        ),
    ),
    "BR-52": missing(
        "the number or name of an attached document",
        "het nummer of de naam van een bijgevoegd document",
        "le numéro ou le nom d'un document joint",
        "cac:AdditionalDocumentReference/cbc:ID",
    ),
    "BR-53": missing(
        "the total VAT in the currency in which VAT is declared",
        "het totale btw-bedrag in de valuta van de btw-aangifte",
        "le montant total de la TVA dans la devise de la déclaration TVA",
        "cac:TaxTotal/cbc:TaxAmount, currencyID = cbc:TaxCurrencyCode",
    ),
    "BR-55": missing(
        "the number of the earlier invoice that this one refers to",
        "het nummer van de eerdere factuur waarnaar deze verwijst,",
        "le numéro de la facture antérieure à laquelle celle-ci se réfère",
        "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID",
    ),
    "BR-CO-03": Text(
        en=Words(
            "The date on which VAT is due is given twice: as a date and as a code.",
            "Keep one: cbc:TaxPointDate or cac:InvoicePeriod/cbc:DescriptionCode.",
        ),
        nl=Words(
            "Het tijdstip waarop de btw opeisbaar wordt, staat er tweemaal: als datum en als code.",
            "Behoud er één: cbc:TaxPointDate of cac:InvoicePeriod/cbc:DescriptionCode.",
        ),
        fr=Words(
            "La date d'exigibilité de la TVA figure deux fois : comme date et comme code.",
            "Gardez une seule mention : cbc:TaxPointDate ou cac:InvoicePeriod/cbc:DescriptionCode.",
        ),
    ),
    "BR-CO-19": Text(
        en=Words(
            "The invoiced period has neither a first nor a last day.",
            "Add one (cac:InvoicePeriod, cbc:StartDate or cbc:EndDate), or leave the period out.",
        ),
        nl=Words(
            "De gefactureerde periode heeft geen begindatum en geen einddatum.",
            "Vermeld er een (cac:InvoicePeriod, cbc:StartDate of cbc:EndDate) of laat de periode weg.",
        ),
        fr=Words(
            "La période facturée n'a ni date de début ni date de fin.",
            "Indiquez-en une (cac:InvoicePeriod, cbc:StartDate ou cbc:EndDate) ou supprimez la période.",
        ),
    ),
    "UBL-CR-666": Text(
        en=Words(
            "A reference to what is invoiced (type 130) has a file with it.",
            "Attach the file in a cac:AdditionalDocumentReference of its own, without cbc:DocumentTypeCode.",
        ),
        nl=Words(
            "Bij een verwijzing naar wat gefactureerd wordt (type 130), zit een bestand.",
            "Voeg het bestand toe in een eigen cac:AdditionalDocumentReference, zonder cbc:DocumentTypeCode.",
        ),
        fr=Words(
            "Une référence à l'objet facturé (type 130) contient un fichier.",
            "Joignez le fichier dans son propre cac:AdditionalDocumentReference, sans cbc:DocumentTypeCode.",
        ),
    ),
    "UBL-CR-673": Text(
        en=Words(
            "A reference to what is invoiced (type 130) has a description.",
            "Remove cbc:DocumentDescription, or cbc:DocumentTypeCode if it is an attachment.",
        ),
        nl=Words(
            "Een verwijzing naar wat gefactureerd wordt (type 130), heeft een omschrijving.",
            "Verwijder cbc:DocumentDescription, of cbc:DocumentTypeCode als het om een bijlage gaat.",
        ),
        fr=Words(
            "Une référence à l'objet facturé (type 130) comporte une description.",
            "Supprimez cbc:DocumentDescription, ou cbc:DocumentTypeCode s'il s'agit d'une annexe.",
        ),
    ),
    "UBL-DT-06": Text(
        en=Words(
            "An attachment does not say what kind of file it is.",
            "State it in the attribute mimeCode, such as application/pdf (cbc:EmbeddedDocumentBinaryObject).",
        ),
        nl=Words(
            "Een bijlage zegt niet welk soort bestand het is.",
            "Vermeld het in het attribuut mimeCode, zoals application/pdf (cbc:EmbeddedDocumentBinaryObject).",
        ),
        fr=Words(
            "Une annexe n'indique pas son type de fichier.",
            "Indiquez-le dans l'attribut mimeCode, par exemple application/pdf"
            " (cbc:EmbeddedDocumentBinaryObject).",
        ),
    ),
    "UBL-DT-07": Text(
        en=Words(
            "An attachment has no file name.",
            "State it in the attribute filename (cbc:EmbeddedDocumentBinaryObject).",
        ),
        nl=Words(
            "Een bijlage heeft geen bestandsnaam.",
            "Vermeld die in het attribuut filename (cbc:EmbeddedDocumentBinaryObject).",
        ),
        fr=Words(
            "Une annexe n'a pas de nom de fichier.",
            "Indiquez-le dans l'attribut filename (cbc:EmbeddedDocumentBinaryObject).",
        ),
    ),
    "UBL-SR-07": missing(
        "the number of the earlier invoice that this one refers to",
        "het nummer van de eerdere factuur waarnaar deze verwijst,",
        "le numéro de la facture antérieure à laquelle celle-ci se réfère",
        "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID",
    ),
    "UBL-SR-43": Text(
        en=Words(
            "An attached document has a type or a scheme, which only a reference to what is invoiced may have.",
            "Remove cbc:DocumentTypeCode and the attribute schemeID of cbc:ID"
            " (cac:AdditionalDocumentReference).",
        ),
        nl=Words(
            "Een bijgevoegd document heeft een type of schema; dat mag enkel bij een verwijzing naar wat"
            " gefactureerd wordt.",
            "Verwijder cbc:DocumentTypeCode en het attribuut schemeID van cbc:ID"
            " (cac:AdditionalDocumentReference).",
        ),
        fr=Words(
            "Un document joint porte un type ou un schéma, ce qui est réservé à une référence à l'objet facturé.",
            "Supprimez cbc:DocumentTypeCode et l'attribut schemeID de cbc:ID"
            " (cac:AdditionalDocumentReference).",
        ),
    ),
}
