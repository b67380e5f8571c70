"""Texts of Peppol's rules among parties in Germany: the document and its parties."""

from invoices.explain.national_wording import among, required, told
from invoices.explain.text import Text

_AMONG = among("Germany", "Duitsland", "en Allemagne")
_SELLER = "cac:AccountingSupplierParty/cac:Party"
_BUYER = "cac:AccountingCustomerParty/cac:Party"
_DELIVERY = "cac:Delivery/cac:DeliveryLocation/cac:Address"
_CONTACT = f"{_SELLER}/cac:Contact"


def _required(en: str, nl: str, fr: str, element: str) -> Text:
    return required(_AMONG, en, nl, fr, element)


_HEADER = {
    "DE-R-001": _required("the way of payment", "de betaalwijze", "le mode de paiement", "cac:PaymentMeans"),
    "DE-R-014": _required(
        *("a VAT rate in the VAT breakdown", "een btw-tarief in de btw-uitsplitsing"),
        "un taux de TVA dans la ventilation de la TVA",
        "cac:TaxSubtotal/cac:TaxCategory/cbc:Percent",
    ),
    "DE-R-015": _required(
        *("the buyer reference (for an authority: its Leitweg-ID)",),
        "de referentie van de klant (voor een overheid: haar Leitweg-ID)",
        "la référence de l'acheteur (pour une autorité : son Leitweg-ID)",
        "cbc:BuyerReference",
    ),
    "DE-R-016": told(
        en=(
            "VAT applies, but the seller has no VAT number, tax number or tax representative.",
            f"Add one of them (cbc:CompanyID in {_SELLER}/cac:PartyTaxScheme, or cac:TaxRepresentativeParty).",
        ),
        nl=(
            (
                "Er is btw van toepassing, maar de verkoper heeft geen btw-nummer, fiscaal nummer of"
                " fiscaal vertegenwoordiger."
            ),
            f"Voeg een ervan toe (cbc:CompanyID in {_SELLER}/cac:PartyTaxScheme, of cac:TaxRepresentativeParty).",
        ),
        fr=(
            "La TVA s'applique, mais le vendeur n'a ni numéro de TVA, ni numéro fiscal, ni représentant fiscal.",
            (
                f"Ajoutez l'un d'eux (cbc:CompanyID dans {_SELLER}/cac:PartyTaxScheme,"
                " ou cac:TaxRepresentativeParty)."
            ),
        ),
    ),
    "DE-R-017": told(
        en=(
            "Document type {found} is not customary between companies in Germany.",
            "Use 326, 380, 381, 384, 389, 875, 876 or 877.",
            "The document type is not customary between companies in Germany.",
        ),
        nl=(
            "Documenttype {found} is niet gebruikelijk tussen bedrijven in Duitsland.",
            "Gebruik 326, 380, 381, 384, 389, 875, 876 of 877.",
            "Het documenttype is niet gebruikelijk tussen bedrijven in Duitsland.",
        ),
        fr=(
            "Le type de document {found} n'est pas usuel entre entreprises en Allemagne.",
            "Utilisez 326, 380, 381, 384, 389, 875, 876 ou 877.",
            "Le type de document n'est pas usuel entre entreprises en Allemagne.",
        ),
    ),
    "DE-R-018": told(
        en=(
            "The cash discount in the terms of payment is not written in the German form.",
            (
                "Write each on a line of its own, such as #SKONTO#TAGE=14#PROZENT=2.00#, and end it with"
                " a line break (cac:PaymentTerms/cbc:Note)."
            ),
        ),
        nl=(
            "De korting voor contante betaling in de betalingsvoorwaarden heeft niet de Duitse vorm.",
            (
                "Schrijf elke korting op een eigen lijn, zoals #SKONTO#TAGE=14#PROZENT=2.00#, en sluit af met"
                " een nieuwe lijn (cac:PaymentTerms/cbc:Note)."
            ),
        ),
        fr=(
            "L'escompte dans les conditions de paiement n'a pas la forme allemande.",
            (
                "Écrivez chacun sur sa propre ligne, par exemple #SKONTO#TAGE=14#PROZENT=2.00#, suivie"
                " d'un retour à la ligne (cac:PaymentTerms/cbc:Note)."
            ),
        ),
    ),
    "DE-R-022": told(
        en=(
            "Several attachments have the file name {found}.",
            "Give each its own name (@filename of cbc:EmbeddedDocumentBinaryObject).",
            "Several attachments have the same file name.",
        ),
        nl=(
            "Verschillende bijlagen hebben de bestandsnaam {found}.",
            "Geef elk een eigen naam (@filename van cbc:EmbeddedDocumentBinaryObject).",
            "Verschillende bijlagen hebben dezelfde bestandsnaam.",
        ),
        fr=(
            "Plusieurs annexes portent le nom de fichier {found}.",
            "Donnez à chacune son propre nom (@filename de cbc:EmbeddedDocumentBinaryObject).",
            "Plusieurs annexes portent le même nom de fichier.",
        ),
    ),
    "DE-R-026": told(
        en=(
            "A corrected invoice (384) should name the invoice that it corrects.",
            "Add its number (cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID).",
        ),
        nl=(
            "Een verbeterde factuur (384) noemt best de factuur die ze verbetert.",
            "Vermeld haar nummer (cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID).",
        ),
        fr=(
            "Une facture rectificative (384) devrait mentionner la facture qu'elle corrige.",
            "Indiquez son numéro (cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID).",
        ),
    ),
    "DE-R-T02": told(
        en=(
            "{found} is not a full link to a document.",
            "State it whole, such as https://example.org/plan.pdf (cac:ExternalReference/cbc:URI).",
            "A link to a document is missing or not full.",
        ),
        nl=(
            "{found} is geen volledige link naar een document.",
            "Vermeld hem volledig, zoals https://example.org/plan.pdf (cac:ExternalReference/cbc:URI).",
            "Een link naar een document ontbreekt of is niet volledig.",
        ),
        fr=(
            "{found} n'est pas un lien complet vers un document.",
            "Indiquez-le en entier, par exemple https://example.org/plan.pdf (cac:ExternalReference/cbc:URI).",
            "Un lien vers un document est manquant ou incomplet.",
        ),
    ),
}
_PARTIES = {
    "DE-R-002": _required(
        *("the seller's contact person", "de contactpersoon van de verkoper"),
        *("la personne de contact du vendeur", _CONTACT),
    ),
    "DE-R-003": _required(
        *("the seller's city", "de gemeente van de verkoper", "la localité du vendeur"),
        f"{_SELLER}/cac:PostalAddress/cbc:CityName",
    ),
    "DE-R-004": _required(
        *("the seller's post code", "de postcode van de verkoper", "le code postal du vendeur"),
        f"{_SELLER}/cac:PostalAddress/cbc:PostalZone",
    ),
    "DE-R-005": _required(
        *("the name of the seller's contact", "de naam van de contactpersoon van de verkoper"),
        *("le nom de la personne de contact du vendeur", f"{_CONTACT}/cbc:Name"),
    ),
    "DE-R-006": _required(
        *("the telephone number of the seller's contact", "het telefoonnummer van de contactpersoon"),
        *("le numéro de téléphone de la personne de contact", f"{_CONTACT}/cbc:Telephone"),
    ),
    "DE-R-007": _required(
        *("the mail address of the seller's contact", "het mailadres van de contactpersoon"),
        *("l'adresse mail de la personne de contact", f"{_CONTACT}/cbc:ElectronicMail"),
    ),
    "DE-R-008": _required(
        *("the buyer's city", "de gemeente van de klant", "la localité de l'acheteur"),
        f"{_BUYER}/cac:PostalAddress/cbc:CityName",
    ),
    "DE-R-009": _required(
        *("the buyer's post code", "de postcode van de klant", "le code postal de l'acheteur"),
        f"{_BUYER}/cac:PostalAddress/cbc:PostalZone",
    ),
    "DE-R-010": _required(
        *("the city of delivery", "de gemeente van levering", "la localité de livraison"),
        f"{_DELIVERY}/cbc:CityName",
    ),
    "DE-R-011": _required(
        *("the post code of delivery", "de postcode van levering", "le code postal de livraison"),
        f"{_DELIVERY}/cbc:PostalZone",
    ),
    "DE-R-027": told(
        en=(
            "{found} is not a telephone number.",
            f"Give the contact's number, with at least 3 digits ({_CONTACT}/cbc:Telephone).",
            "The contact's telephone number is missing or has fewer than 3 digits.",
        ),
        nl=(
            "{found} is geen telefoonnummer.",
            f"Vermeld het nummer van de contactpersoon, met minstens 3 cijfers ({_CONTACT}/cbc:Telephone).",
            "Het telefoonnummer van de contactpersoon ontbreekt of heeft minder dan 3 cijfers.",
        ),
        fr=(
            "{found} n'est pas un numéro de téléphone.",
            f"Indiquez le numéro de la personne de contact, avec au moins 3 chiffres ({_CONTACT}/cbc:Telephone).",
            "Le numéro de téléphone de la personne de contact manque ou a moins de 3 chiffres.",
        ),
    ),
    "DE-R-028": told(
        en=(
            "{found} is not a mail address.",
            f"Give the contact's mail address, such as name@example.org ({_CONTACT}/cbc:ElectronicMail).",
            "The contact's mail address is missing or not valid.",
        ),
        nl=(
            "{found} is geen mailadres.",
            (
                f"Vermeld het mailadres van de contactpersoon, zoals naam@example.org"
                f" ({_CONTACT}/cbc:ElectronicMail)."
            ),
            "Het mailadres van de contactpersoon ontbreekt of is niet geldig.",
        ),
        fr=(
            "{found} n'est pas une adresse mail.",
            (
                f"Indiquez celle de la personne de contact, par exemple nom@example.org"
                f" ({_CONTACT}/cbc:ElectronicMail)."
            ),
            "L'adresse mail de la personne de contact manque ou n'est pas valable.",
        ),
    ),
}

TEXTS: dict[str, Text] = {**_HEADER, **_PARTIES}
