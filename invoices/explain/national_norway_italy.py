"""Texts of Peppol's rules for sellers in Norway and in Italy."""

from invoices.explain.national_wording import required, seller_in, told
from invoices.explain.text import Text

_ITALY = seller_in("Italy", "Italië", "en Italie")
_ADDRESS = "cac:AccountingSupplierParty/cac:Party/cac:PostalAddress"
_NUMBER = "cac:PartyTaxScheme/cbc:CompanyID"

TEXTS: dict[str, Text] = {
    "NO-R-001": told(
        en=(
            "{found} is not a Norwegian VAT number.",
            f"State NO, the 9 digits of the company and MVA ({_NUMBER}).",
            "The seller's VAT number is not a Norwegian one.",
        ),
        nl=(
            "{found} is geen Noors btw-nummer.",
            f"Vermeld NO, de 9 cijfers van het bedrijf en MVA ({_NUMBER}).",
            "Het btw-nummer van de verkoper is geen Noors nummer.",
        ),
        fr=(
            "{found} n'est pas un numéro de TVA norvégien.",
            f"Indiquez NO, les 9 chiffres de l'entreprise et MVA ({_NUMBER}).",
            "Le numéro de TVA du vendeur n'est pas norvégien.",
        ),
    ),
    "NO-R-002": told(
        en=(
            "Most Norwegian sellers must state that they are in the Foretaksregisteret.",
            f"Write “Foretaksregisteret” there ({_NUMBER}, tax scheme TAX).",
        ),
        nl=(
            "De meeste Noorse verkopers moeten vermelden dat ze in het Foretaksregisteret staan.",
            f"Schrijf daar “Foretaksregisteret” ({_NUMBER}, belastingstelsel TAX).",
        ),
        fr=(
            "La plupart des vendeurs norvégiens doivent mentionner leur inscription au Foretaksregisteret.",
            f"Écrivez-y « Foretaksregisteret » ({_NUMBER}, régime TAX).",
        ),
    ),
    "IT-R-001": told(
        en=(
            "{found} is not an Italian tax number: that has 11 to 16 capitals and digits.",
            f"Correct it ({_NUMBER}, where the tax scheme is not VAT).",
            "The seller's Italian tax number is missing or does not have 11 to 16 capitals and digits.",
        ),
        nl=(
            "{found} is geen Italiaans fiscaal nummer: dat heeft 11 tot 16 hoofdletters en cijfers.",
            f"Verbeter het ({_NUMBER}, waar het belastingstelsel niet VAT is).",
            "Het Italiaans fiscaal nummer ontbreekt of heeft geen 11 tot 16 hoofdletters en cijfers.",
        ),
        fr=(
            "{found} n'est pas un numéro fiscal italien : il a 11 à 16 majuscules et chiffres.",
            f"Corrigez-le ({_NUMBER}, où le régime n'est pas VAT).",
            "Le numéro fiscal italien manque ou n'a pas 11 à 16 majuscules et chiffres.",
        ),
    ),
    "IT-R-002": required(
        *(_ITALY, "the seller's street", "de straat van de verkoper", "la rue du vendeur"),
        f"{_ADDRESS}/cbc:StreetName",
    ),
    "IT-R-003": required(
        *(_ITALY, "the seller's city", "de gemeente van de verkoper", "la localité du vendeur"),
        f"{_ADDRESS}/cbc:CityName",
    ),
    "IT-R-004": required(
        *(_ITALY, "the seller's post code", "de postcode van de verkoper", "le code postal du vendeur"),
        f"{_ADDRESS}/cbc:PostalZone",
    ),
}
