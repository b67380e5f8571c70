"""Texts of EN 16931's rules about codes: each code must come from its list."""

from typing import NamedTuple

from invoices.explain.text import Text, Words


class _Code(NamedTuple):
    """What a code should be, as "not a valid …", "geen …" and "pas …", the code to use, and where it stands in UBL."""

    en: str
    nl: str
    fr: str
    example: str
    source: str
    element: str
    on_line: bool = False


_SCHEME = (
    "scheme of an identification number",
    "geldig schema van een identificatienummer",
    "un schéma de numéro d'identification valable",
)
_CODES = {
    "BR-CL-01": _Code(
        "type of invoice or credit note",
        "geldig type factuur of creditnota",
        "un type de facture ou de note de crédit valable",
        "380, 381",
        "UNTDID 1001",
        "cbc:InvoiceTypeCode / cbc:CreditNoteTypeCode",
    ),
    "BR-CL-03": _Code(
        "currency code", "geldige valutacode", "un code de devise valable", "EUR", "ISO 4217", "@currencyID"
    ),
    "BR-CL-04": _Code(
        "currency code",
        "geldige valutacode",
        "un code de devise valable",
        "EUR",
        "ISO 4217",
        "cbc:DocumentCurrencyCode",
    ),
    "BR-CL-05": _Code(
        "currency code",
        "geldige valutacode",
        "un code de devise valable",
        "EUR",
        "ISO 4217",
        "cbc:TaxCurrencyCode",
    ),
    "BR-CL-06": _Code(
        "code for when VAT is due",
        "geldige code voor de opeisbaarheid van de btw",
        "un code d'exigibilité de la TVA valable",
        "3, 35, 432",
        "UNTDID 2005",
        "cac:InvoicePeriod/cbc:DescriptionCode",
    ),
    "BR-CL-07": _Code(
        "scheme for an invoiced object",
        "geldig schema van een gefactureerd object",
        "un schéma d'objet facturé valable",
        "ABT",
        "UNTDID 1153",
        "cac:AdditionalDocumentReference/cbc:ID/@schemeID",
    ),
    "BR-CL-08": _Code(
        "subject code for a note",
        "geldige onderwerpcode voor een opmerking",
        "un code de sujet de note valable",
        "#AAI#",
        "UNTDID 4451",
        "cbc:Note",
    ),
    "BR-CL-10": _Code(*_SCHEME, "0208", "ISO 6523", "cac:PartyIdentification/cbc:ID/@schemeID"),
    "BR-CL-11": _Code(*_SCHEME, "0208", "ISO 6523", "cac:PartyLegalEntity/cbc:CompanyID/@schemeID"),
    "BR-CL-13": _Code(
        "list of article classifications",
        "geldige lijst van artikelclassificaties",
        "une liste de classification d'articles valable",
        "STI",
        "UNTDID 7143",
        "cbc:ItemClassificationCode/@listID",
        on_line=True,
    ),
    "BR-CL-14": _Code(
        "country code",
        "geldige landcode",
        "un code de pays valable",
        "BE",
        "ISO 3166-1",
        "cac:Country/cbc:IdentificationCode",
    ),
    "BR-CL-15": _Code(
        "country code",
        "geldige landcode",
        "un code de pays valable",
        "BE",
        "ISO 3166-1",
        "cac:OriginCountry/cbc:IdentificationCode",
        on_line=True,
    ),
    "BR-CL-16": _Code(
        "way of payment",
        "geldige betaalwijze",
        "un mode de paiement valable",
        "30, 58",
        "UNTDID 4461",
        "cac:PaymentMeans/cbc:PaymentMeansCode",
    ),
    "BR-CL-17": _Code(
        "VAT category",
        "geldige btw-categorie",
        "une catégorie de TVA valable",
        "S, E, AE, K",
        "UNTDID 5305",
        "cac:TaxCategory/cbc:ID",
    ),
    "BR-CL-18": _Code(
        "VAT category",
        "geldige btw-categorie",
        "une catégorie de TVA valable",
        "S, E, AE, K",
        "UNTDID 5305",
        "cac:ClassifiedTaxCategory/cbc:ID",
        on_line=True,
    ),
    "BR-CL-19": _Code(
        "reason code for a discount",
        "geldige redencode voor een korting",
        "un code de motif de remise valable",
        "95",
        "UNTDID 5189",
        "cbc:AllowanceChargeReasonCode",
    ),
    "BR-CL-20": _Code(
        "reason code for a charge",
        "geldige redencode voor een toeslag",
        "un code de motif de supplément valable",
        "FC",
        "UNTDID 7161",
        "cbc:AllowanceChargeReasonCode",
    ),
    "BR-CL-21": _Code(
        "scheme of an article number",
        "geldig schema van een artikelnummer",
        "un schéma de numéro d'article valable",
        "0160",
        "ISO 6523",
        "cac:StandardItemIdentification/cbc:ID/@schemeID",
        on_line=True,
    ),
    "BR-CL-22": _Code(
        "code for why no VAT is charged",
        "geldige code voor de reden van vrijstelling",
        "un code de motif d'exemption valable",
        "VATEX-EU-AE",
        "VATEX",
        "cbc:TaxExemptionReasonCode",
    ),
    "BR-CL-23": _Code(
        "unit of measure",
        "geldige eenheid",
        "une unité de mesure valable",
        "C62, HUR, KGM",
        "UN/ECE Rec 20 / 21",
        "cbc:InvoicedQuantity/@unitCode",
        on_line=True,
    ),
    "BR-CL-24": _Code(
        "kind of attachment",
        "toegelaten soort bijlage",
        "un type d'annexe admis",
        "application/pdf, image/png, image/jpeg, text/csv",
        "MIME",
        "cbc:EmbeddedDocumentBinaryObject/@mimeCode",
    ),
    "BR-CL-25": _Code(
        "scheme of an electronic address",
        "geldig schema van een elektronisch adres",
        "un schéma d'adresse électronique valable",
        "0208",
        "EAS",
        "cbc:EndpointID/@schemeID",
    ),
    "BR-CL-26": _Code(*_SCHEME, "0088", "ISO 6523", "cac:DeliveryLocation/cbc:ID/@schemeID"),
}


def _not_in_list(code: _Code) -> Text:
    on_line, sur_ligne = ("{where}: ", "{where} : ") if code.on_line else ("", "")
    return Text(
        en=Words(
            f"{on_line}{{found}} is not a valid {code.en}.",
            f"Use a code from the list, such as {code.example} ({code.source}, {code.element}).",
            f"The invoice contains a code that is not a valid {code.en}.",
        ),
        nl=Words(
            f"{on_line}{{found}} is geen {code.nl}.",
            f"Gebruik een code uit de lijst, zoals {code.example} ({code.source}, {code.element}).",
            f"De factuur bevat een code die geen {code.nl} is.",
        ),
        fr=Words(
            f"{sur_ligne}{{found}} n'est pas {code.fr}.",
            f"Utilisez un code de la liste, par exemple {code.example} ({code.source}, {code.element}).",
            f"La facture contient un code qui n'est pas {code.fr}.",
        ),
    )


TEXTS: dict[str, Text] = {rule: _not_in_list(code) for rule, code in _CODES.items()}
