"""Texts of Peppol's rules for sellers in Iceland."""

from invoices.explain.national_wording import among, registered, seller_in, told
from invoices.explain.text import Text

_SELLER = seller_in("Iceland", "IJsland", "en Islande")
_AMONG = among("Iceland", "IJsland", "en Islande")
_SELLER_PARTY = "cac:AccountingSupplierParty/cac:Party"
_BUYER_PARTY = "cac:AccountingCustomerParty/cac:Party"
_COMPANY = "cac:PartyLegalEntity/cbc:CompanyID"
_KENNITALA = ("kennitala",) * 3
_REFERENCE = "cac:AdditionalDocumentReference/cbc:ID"


def _address(en: str, nl: str, fr: str, element: str) -> Text:
    return told(
        en=(
            f"The address of {en} needs a street and a post code.",
            f"Add what is missing (cbc:StreetName, cbc:PostalZone in {element}/cac:PostalAddress).",
        ),
        nl=(
            f"In het adres van {nl} zijn straat en postcode verplicht.",
            f"Vul aan wat ontbreekt (cbc:StreetName, cbc:PostalZone in {element}/cac:PostalAddress).",
        ),
        fr=(
            f"L'adresse {fr} doit comprendre une rue et un code postal.",
            f"Complétez-la (cbc:StreetName, cbc:PostalZone dans {element}/cac:PostalAddress).",
        ),
    )


def _account(code: str) -> Text:
    element = "cac:PayeeFinancialAccount/cbc:ID"
    return told(
        en=(
            f"Way of payment {code} needs an Icelandic account number of 12 digits, not {{found}}.",
            f"Correct it ({element}).",
            f"Way of payment {code} needs an Icelandic account number of 12 digits.",
        ),
        nl=(
            f"Betaalwijze {code} vraagt een IJslands rekeningnummer van 12 cijfers, niet {{found}}.",
            f"Verbeter het ({element}).",
            f"Betaalwijze {code} vraagt een IJslands rekeningnummer van 12 cijfers.",
        ),
        fr=(
            f"Le mode de paiement {code} demande un numéro de compte islandais de 12 chiffres, pas {{found}}.",
            f"Corrigez-le ({element}).",
            f"Le mode de paiement {code} demande un numéro de compte islandais de 12 chiffres.",
        ),
    )


_PARTIES = {
    "IS-R-002": registered(
        _SELLER,
        *("the seller", "de verkoper", "du vendeur"),
        numbers=_KENNITALA,
        schemes=("0196",) * 3,
        element=f"{_SELLER_PARTY}/{_COMPANY}",
    ),
    "IS-R-003": _address(
        *("a seller in Iceland", "een verkoper in IJsland", "d'un vendeur en Islande"), _SELLER_PARTY
    ),
    "IS-R-004": registered(
        _AMONG,
        *("the buyer", "de klant", "de l'acheteur"),
        numbers=_KENNITALA,
        schemes=("0196",) * 3,
        element=f"{_BUYER_PARTY}/{_COMPANY}",
    ),
    "IS-R-005": _address(
        *("a buyer in Iceland", "een klant in IJsland", "d'un acheteur en Islande"), _BUYER_PARTY
    ),
}
_CONTENT = {
    "IS-R-001": told(
        en=(
            "Document type {found} is not customary for a seller in Iceland.",
            "Use 380 for an invoice, 381 for a credit note.",
            "The document type is not customary for a seller in Iceland.",
        ),
        nl=(
            "Documenttype {found} is niet gebruikelijk voor een verkoper in IJsland.",
            "Gebruik 380 voor een factuur, 381 voor een creditnota.",
            "Het documenttype is niet gebruikelijk voor een verkoper in IJsland.",
        ),
        fr=(
            "Le type de document {found} n'est pas usuel pour un vendeur en Islande.",
            "Utilisez 380 pour une facture, 381 pour une note de crédit.",
            "Le type de document n'est pas usuel pour un vendeur en Islande.",
        ),
    ),
    "IS-R-006": _account("9"),
    "IS-R-007": _account("42"),
    "IS-R-008": told(
        en=(
            "The final due date (EINDAGI) is {found}, which is not a date as YYYY-MM-DD.",
            f"Correct it ({_REFERENCE}).",
            "The final due date (EINDAGI) is not a date as YYYY-MM-DD.",
        ),
        nl=(
            "De uiterste vervaldatum (EINDAGI) is {found}, geen datum als JJJJ-MM-DD.",
            f"Verbeter ze ({_REFERENCE}).",
            "De uiterste vervaldatum (EINDAGI) is geen datum als JJJJ-MM-DD.",
        ),
        fr=(
            "La date limite (EINDAGI) est {found}, pas une date comme AAAA-MM-JJ.",
            f"Corrigez-la ({_REFERENCE}).",
            "La date limite (EINDAGI) n'est pas une date comme AAAA-MM-JJ.",
        ),
    ),
    "IS-R-009": told(
        en=("There is a final due date (EINDAGI), but no due date.", "Add the due date (cbc:DueDate)."),
        nl=(
            "Er is een uiterste vervaldatum (EINDAGI), maar geen vervaldatum.",
            "Vermeld de vervaldatum (cbc:DueDate).",
        ),
        fr=(
            "Il y a une date limite (EINDAGI), mais pas de date d'échéance.",
            "Indiquez la date d'échéance (cbc:DueDate).",
        ),
    ),
    "IS-R-010": told(
        en=(
            "The final due date (EINDAGI), {found}, is before the due date, {expected}.",
            f"Correct one of them ({_REFERENCE} or cbc:DueDate).",
            "The final due date (EINDAGI) must be on the due date or later.",
        ),
        nl=(
            "De uiterste vervaldatum (EINDAGI), {found}, valt voor de vervaldatum, {expected}.",
            f"Verbeter een van beide ({_REFERENCE} of cbc:DueDate).",
            "De uiterste vervaldatum (EINDAGI) mag niet voor de vervaldatum vallen.",
        ),
        fr=(
            "La date limite (EINDAGI), {found}, précède la date d'échéance, {expected}.",
            f"Corrigez l'une des deux ({_REFERENCE} ou cbc:DueDate).",
            "La date limite (EINDAGI) ne peut précéder la date d'échéance.",
        ),
    ),
}

TEXTS: dict[str, Text] = {**_PARTIES, **_CONTENT}
