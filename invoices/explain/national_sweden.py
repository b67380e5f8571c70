"""Texts of Peppol's rules for sellers in Sweden."""

from invoices.explain.national_wording import told
from invoices.explain.text import Text

_VAT = "cac:PartyTaxScheme/cbc:CompanyID"
_COMPANY = "cac:PartyLegalEntity/cbc:CompanyID"
_ACCOUNT = "cac:PayeeFinancialAccount/cbc:ID"


def _number(en: str, nl: str, fr: str, element: str) -> Text:
    """The text for a number of the seller, named with its form."""
    return told(
        en=(f"{{found}} is not {en}.", f"Correct it ({element}).", f"The seller's number is not {en}."),
        nl=(
            f"{{found}} is geen {nl}.",
            f"Verbeter het ({element}).",
            f"Het nummer van de verkoper is geen {nl}.",
        ),
        fr=(
            f"{{found}} n'est pas {fr}.",
            f"Corrigez-le ({element}).",
            f"Le numéro du vendeur n'est pas {fr}.",
        ),
    )


def _giro(name: str, en: str, nl: str, fr: str) -> Text:
    """The text for an account number of a giro, named with its form."""
    return told(
        en=(
            f"{{found}} is not a {name} account number.",
            f"State {en} ({_ACCOUNT}).",
            f"The {name} account number is not right.",
        ),
        nl=(
            f"{{found}} is geen rekeningnummer bij {name}.",
            f"Vermeld {nl} ({_ACCOUNT}).",
            f"Het rekeningnummer bij {name} is niet juist.",
        ),
        fr=(
            f"{{found}} n'est pas un numéro de compte {name}.",
            f"Indiquez {fr} ({_ACCOUNT}).",
            f"Le numéro de compte {name} n'est pas juste.",
        ),
    )


_IDENTIFIERS = {
    "SE-R-001": _number(
        *("a Swedish VAT number of 14 characters", "Zweeds btw-nummer van 14 tekens"),
        *("un numéro de TVA suédois de 14 caractères", _VAT),
    ),
    "SE-R-002": _number(
        *("a Swedish VAT number: SE and 12 digits", "Zweeds btw-nummer: SE en 12 cijfers"),
        *("un numéro de TVA suédois : SE et 12 chiffres", _VAT),
    ),
    "SE-R-003": _number(
        *(
            "a Swedish company number: it has digits only",
            "Zweeds ondernemingsnummer: dat heeft enkel cijfers",
        ),
        *("un numéro d'entreprise suédois : il n'a que des chiffres", _COMPANY),
    ),
    "SE-R-004": _number(
        *("a Swedish company number of 10 digits", "Zweeds ondernemingsnummer van 10 cijfers"),
        *("un numéro d'entreprise suédois de 10 chiffres", _COMPANY),
    ),
    "SE-R-013": _number(
        *("a Swedish company number: its check digit is wrong",),
        "Zweeds ondernemingsnummer: het controlecijfer is fout",
        "un numéro d'entreprise suédois : la clé de contrôle est fausse",
        _COMPANY,
    ),
    "SE-R-005": told(
        en=(
            "The seller's tax registration says {found}, not {expected}.",
            f"Write “Godkänd för F-skatt” there ({_VAT}, where the tax scheme is not VAT).",
            "The seller's tax registration does not say “Godkänd för F-skatt”.",
        ),
        nl=(
            "De fiscale registratie van de verkoper zegt {found}, niet {expected}.",
            f"Schrijf daar “Godkänd för F-skatt” ({_VAT}, waar het belastingstelsel niet VAT is).",
            "De fiscale registratie van de verkoper zegt niet “Godkänd för F-skatt”.",
        ),
        fr=(
            "L'enregistrement fiscal du vendeur indique {found}, pas {expected}.",
            f"Écrivez-y « Godkänd för F-skatt » ({_VAT}, où le régime n'est pas VAT).",
            "L'enregistrement fiscal du vendeur n'indique pas « Godkänd för F-skatt ».",
        ),
    ),
}
_CONTENT = {
    "SE-R-006": told(
        en=(
            "{found}% is no standard VAT rate in Sweden: these are 25, 12 and 6%.",
            "On a purchase, ask for a credit note and a new invoice. On a sale, correct cbc:Percent.",
            "A line or total has no standard VAT rate of Sweden: these are 25, 12 and 6%.",
        ),
        nl=(
            "{found} % is geen normaal btw-tarief in Zweden: dat zijn 25, 12 en 6 %.",
            "Aankoop: vraag een creditnota en een nieuwe factuur. Verkoop: verbeter cbc:Percent.",
            "Een lijn of totaal heeft geen normaal btw-tarief van Zweden: dat zijn 25, 12 en 6 %.",
        ),
        fr=(
            "{found} % n'est pas un taux normal de TVA en Suède : ce sont 25, 12 et 6 %.",
            "Achat : demandez une note de crédit et une nouvelle facture. Vente : corrigez cbc:Percent.",
            "Une ligne ou un total n'a pas un taux normal de TVA de Suède : ce sont 25, 12 et 6 %.",
        ),
    ),
    "SE-R-007": _giro("Plusgiro", "digits only", "enkel cijfers", "des chiffres uniquement"),
    "SE-R-008": _giro("Bankgiro", "digits only", "enkel cijfers", "des chiffres uniquement"),
    "SE-R-009": _giro("Bankgiro", "7 or 8 digits", "7 of 8 cijfers", "7 ou 8 chiffres"),
    "SE-R-010": _giro("Plusgiro", "2 to 8 digits", "2 tot 8 cijfers", "2 à 8 chiffres"),
    "SE-R-011": told(
        en=(
            "Plusgiro and Bankgiro are way of payment 30, not {found}.",
            "Use 30, with SE:PLUSGIRO or SE:BANKGIRO as the bank (cac:FinancialInstitutionBranch/cbc:ID).",
            "Plusgiro and Bankgiro are way of payment 30.",
        ),
        nl=(
            "Plusgiro en Bankgiro zijn betaalwijze 30, niet {found}.",
            "Gebruik 30, met SE:PLUSGIRO of SE:BANKGIRO als bank (cac:FinancialInstitutionBranch/cbc:ID).",
            "Plusgiro en Bankgiro zijn betaalwijze 30.",
        ),
        fr=(
            "Plusgiro et Bankgiro sont le mode de paiement 30, pas {found}.",
            "Utilisez 30, avec SE:PLUSGIRO ou SE:BANKGIRO pour banque (cac:FinancialInstitutionBranch/cbc:ID).",
            "Plusgiro et Bankgiro sont le mode de paiement 30.",
        ),
    ),
    "SE-R-012": told(
        en=(
            "Between companies in Sweden a credit transfer is way of payment 30, not {found}.",
            "Use 30 (cbc:PaymentMeansCode).",
            "Between companies in Sweden a credit transfer is way of payment 30.",
        ),
        nl=(
            "Tussen bedrijven in Zweden is een overschrijving betaalwijze 30, niet {found}.",
            "Gebruik 30 (cbc:PaymentMeansCode).",
            "Tussen bedrijven in Zweden is een overschrijving betaalwijze 30.",
        ),
        fr=(
            "Entre entreprises en Suède, un virement est le mode de paiement 30, pas {found}.",
            "Utilisez 30 (cbc:PaymentMeansCode).",
            "Entre entreprises en Suède, un virement est le mode de paiement 30.",
        ),
    ),
}

TEXTS: dict[str, Text] = {**_IDENTIFIERS, **_CONTENT}
