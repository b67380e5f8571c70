"""Texts of EN 16931's rules about seller, buyer, payee, VAT representative and place of delivery."""

from invoices.explain.text import Text, Words
from invoices.explain.wording import missing

_COUNTRY = "cac:Country/cbc:IdentificationCode"

TEXTS: dict[str, Text] = {
    "BR-06": missing(
        "the seller's name",
        "de naam van de leverancier",
        "le nom du vendeur",
        "cac:PartyLegalEntity/cbc:RegistrationName",
    ),
    "BR-07": missing(
        "the buyer's name",
        "de naam van de klant",
        "le nom de l'acheteur",
        "cac:PartyLegalEntity/cbc:RegistrationName",
    ),
    "BR-08": missing(
        "the seller's address",
        "het adres van de leverancier",
        "l'adresse du vendeur",
        "cac:PostalAddress",
    ),
    "BR-09": missing(
        "the country in the seller's address",
        "het land in het adres van de leverancier",
        "le pays dans l'adresse du vendeur",
        f"cac:PostalAddress/{_COUNTRY}",
    ),
    "BR-10": missing(
        "the buyer's address",
        "het adres van de klant",
        "l'adresse de l'acheteur",
        "cac:PostalAddress",
    ),
    "BR-11": missing(
        "the country in the buyer's address",
        "het land in het adres van de klant",
        "le pays dans l'adresse de l'acheteur",
        f"cac:PostalAddress/{_COUNTRY}",
    ),
    "BR-17": Text(
        en=Words(
            "The payee has no name, or is the seller itself.",
            "Add the name (cac:PayeeParty/cac:PartyName/cbc:Name); leave the payee out if it is the seller.",
        ),
        nl=Words(
            "De begunstigde van de betaling heeft geen naam of is de leverancier zelf.",
            "Vermeld de naam (cac:PayeeParty/cac:PartyName/cbc:Name) of laat de begunstigde weg als het de"
            " leverancier is.",
        ),
        fr=Words(
            "Le bénéficiaire du paiement n'a pas de nom, ou il est le vendeur lui-même.",
            "Indiquez son nom (cac:PayeeParty/cac:PartyName/cbc:Name), ou supprimez le bénéficiaire si c'est le"
            " vendeur.",
        ),
    ),
    "BR-18": missing(
        "the name of the seller's VAT representative",
        "de naam van de aansprakelijk vertegenwoordiger voor de btw",
        "le nom du représentant responsable pour la TVA",
        "cac:PartyName/cbc:Name",
    ),
    "BR-19": missing(
        "the address of the seller's VAT representative",
        "het adres van de aansprakelijk vertegenwoordiger voor de btw",
        "l'adresse du représentant responsable pour la TVA",
        "cac:PostalAddress",
    ),
    "BR-20": missing(
        "the country in the address of the seller's VAT representative",
        "het land in het adres van de aansprakelijk vertegenwoordiger voor de btw",
        "le pays dans l'adresse du représentant responsable pour la TVA",
        f"cac:PostalAddress/{_COUNTRY}",
    ),
    "BR-56": missing(
        "the VAT number of the seller's VAT representative",
        "het btw-nummer van de aansprakelijk vertegenwoordiger",
        "le numéro de TVA du représentant responsable",
        "cac:PartyTaxScheme/cbc:CompanyID",
    ),
    "BR-57": missing(
        "the country in the delivery address",
        "het land in het leveringsadres",
        "le pays dans l'adresse de livraison",
        f"cac:Delivery/cac:DeliveryLocation/cac:Address/{_COUNTRY}",
    ),
    "BR-62": missing(
        "the scheme of the seller's electronic address (0208 for a Belgian enterprise number)",
        "het schema van het elektronische adres van de leverancier (0208 voor een Belgisch ondernemingsnummer)",
        "le schéma de l'adresse électronique du vendeur (0208 pour un numéro d'entreprise belge)",
        "cbc:EndpointID/@schemeID",
    ),
    "BR-63": missing(
        "the scheme of the buyer's electronic address (0208 for a Belgian enterprise number)",
        "het schema van het elektronische adres van de klant (0208 voor een Belgisch ondernemingsnummer)",
        "le schéma de l'adresse électronique de l'acheteur (0208 pour un numéro d'entreprise belge)",
        "cbc:EndpointID/@schemeID",
    ),
    "BR-CO-09": Text(
        en=Words(
            "The VAT number {found} does not begin with the code of a country.",
            "Write it with the code of its country (cac:PartyTaxScheme/cbc:CompanyID). Here: {expected}.",
            "A VAT number does not begin with the code of a country.",
        ),
        nl=Words(
            "Het btw-nummer {found} begint niet met een landcode.",
            "Schrijf het met de landcode (cac:PartyTaxScheme/cbc:CompanyID). Hier dus {expected}.",
            "Een btw-nummer begint niet met een landcode.",
        ),
        fr=Words(
            "Le numéro de TVA {found} ne commence pas par un code de pays.",
            "Écrivez-le avec le code du pays (cac:PartyTaxScheme/cbc:CompanyID). Ici donc {expected}.",
            "Un numéro de TVA ne commence pas par un code de pays.",
        ),
    ),
    "BR-CO-26": Text(
        en=Words(
            "Nothing identifies the seller: no enterprise number, no VAT number, no other number.",
            "Add the enterprise number (cac:PartyLegalEntity/cbc:CompanyID) or the VAT number.",
        ),
        nl=Words(
            "Niets identificeert de leverancier: geen ondernemingsnummer, btw-nummer of ander nummer.",
            "Vermeld het ondernemingsnummer (cac:PartyLegalEntity/cbc:CompanyID) of het btw-nummer.",
        ),
        fr=Words(
            "Rien n'identifie le vendeur : ni numéro d'entreprise, ni numéro de TVA, ni autre numéro.",
            "Indiquez le numéro d'entreprise (cac:PartyLegalEntity/cbc:CompanyID) ou de TVA.",
        ),
    ),
    "UBL-SR-53": Text(
        en=Words(
            "A party's VAT registration is incomplete: the number or the kind of tax is missing.",
            "Fill in both, cbc:CompanyID and cac:TaxScheme/cbc:ID (VAT), or leave cac:PartyTaxScheme out.",
        ),
        nl=Words(
            "De btw-registratie van een partij is onvolledig: het nummer of de soort belasting ontbreekt.",
            "Vul beide in, cbc:CompanyID en cac:TaxScheme/cbc:ID (VAT), of laat cac:PartyTaxScheme weg.",
        ),
        fr=Words(
            "L'identification TVA d'une partie est incomplète : il manque le numéro ou le type de taxe.",
            "Complétez les deux, cbc:CompanyID et cac:TaxScheme/cbc:ID (VAT), ou supprimez cac:PartyTaxScheme.",
        ),
    ),
}
