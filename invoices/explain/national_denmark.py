"""Texts of Peppol's rules for sellers in Denmark."""

from invoices.explain.national_wording import among, registered, required, seller_in, told
from invoices.explain.text import Text

_SELLER = seller_in("Denmark", "Denemarken", "au Danemark")
_AMONG = among("Denmark", "Denemarken", "au Danemark")
_COMPANY = "cac:PartyLegalEntity/cbc:CompanyID"
_CVR = ("CVR number", "CVR-nummer", "numéro CVR")
_REFERENCE = "cbc:PaymentID"
_ACCOUNT = "cac:PayeeFinancialAccount/cbc:ID"


def _needs(code: str, en: str, nl: str, fr: str, elements: tuple[str, str]) -> Text:
    return told(
        en=(
            f"Way of payment {code} between companies in Denmark needs {en}.",
            f"State both ({elements[0]} and {elements[1]}).",
        ),
        nl=(
            f"Betaalwijze {code} tussen bedrijven in Denemarken vraagt {nl}.",
            f"Vermeld beide ({elements[0]} en {elements[1]}).",
        ),
        fr=(
            f"Le mode de paiement {code} entre entreprises au Danemark demande {fr}.",
            f"Indiquez les deux ({elements[0]} et {elements[1]}).",
        ),
    )


def _reference(types: tuple[str, str, str], digits: tuple[str, str, str], example: str) -> Text:
    return told(
        en=(
            f"Payment reference {{found}} is not whole: after {types[0]} come {digits[0]} digits.",
            f"Write it as {example} ({_REFERENCE}).",
            f"The payment reference is not whole: after {types[0]} come {digits[0]} digits.",
        ),
        nl=(
            f"Betalingsreferentie {{found}} is niet volledig: na {types[1]} volgen {digits[1]} cijfers.",
            f"Schrijf ze zoals {example} ({_REFERENCE}).",
            f"De betalingsreferentie is niet volledig: na {types[1]} volgen {digits[1]} cijfers.",
        ),
        fr=(
            f"La référence de paiement {{found}} est incomplète : {digits[2]} chiffres suivent {types[2]}.",
            f"Écrivez-la comme {example} ({_REFERENCE}).",
            f"La référence de paiement est incomplète : {digits[2]} chiffres suivent {types[2]}.",
        ),
    )


_PARTIES = {
    "DK-R-002": required(
        *(_SELLER, "the seller's CVR number", "het CVR-nummer van de verkoper"),
        *("le numéro CVR du vendeur", f"cac:AccountingSupplierParty/cac:Party/{_COMPANY}"),
    ),
    "DK-R-013": told(
        en=(
            "Identifier {found} of the seller or buyer does not say what scheme it follows.",
            "State it (@schemeID of cac:PartyIdentification/cbc:ID).",
            "An identifier of the seller or buyer does not say what scheme it follows.",
        ),
        nl=(
            "Identificatie {found} van de verkoper of de klant zegt niet welk schema ze volgt.",
            "Vermeld het (@schemeID van cac:PartyIdentification/cbc:ID).",
            "Een identificatie van de verkoper of de klant zegt niet welk schema ze volgt.",
        ),
        fr=(
            "L'identifiant {found} du vendeur ou de l'acheteur n'indique pas son schéma.",
            "Indiquez-le (@schemeID de cac:PartyIdentification/cbc:ID).",
            "Un identifiant du vendeur ou de l'acheteur n'indique pas son schéma.",
        ),
    ),
    "DK-R-014": registered(
        _SELLER,
        *("the seller", "de verkoper", "du vendeur"),
        numbers=_CVR,
        schemes=("0184",) * 3,
        element=f"cac:AccountingSupplierParty/cac:Party/{_COMPANY}",
    ),
    "DK-R-017": registered(
        _AMONG,
        *("the buyer", "de klant", "de l'acheteur"),
        numbers=_CVR,
        schemes=("0184",) * 3,
        element=f"cac:AccountingCustomerParty/cac:Party/{_COMPANY}",
    ),
}
_CONTENT = {
    "DK-R-003": told(
        en=(
            "Goods are classified by version {found} of UNSPSC, which is not in use in Denmark.",
            "Use version 26.08.01 or 19.05.01 (@listVersionID of cbc:ItemClassificationCode).",
            "Goods are classified by UNSPSC without a version in use in Denmark.",
        ),
        nl=(
            "Goederen zijn ingedeeld volgens versie {found} van UNSPSC, niet in gebruik in Denemarken.",
            "Gebruik versie 26.08.01 of 19.05.01 (@listVersionID van cbc:ItemClassificationCode).",
            "Goederen zijn ingedeeld volgens UNSPSC zonder een versie die in Denemarken in gebruik is.",
        ),
        fr=(
            "Des biens sont classés selon la version {found} d'UNSPSC, qui n'a pas cours au Danemark.",
            "Utilisez la version 26.08.01 ou 19.05.01 (@listVersionID de cbc:ItemClassificationCode).",
            "Des biens sont classés selon UNSPSC sans version ayant cours au Danemark.",
        ),
    ),
    "DK-R-004": told(
        en=(
            "{found} does not name a Danish tax other than VAT.",
            "State its 4 digits, or text with # inside (cbc:AllowanceChargeReason).",
            "A Danish tax other than VAT is not named.",
        ),
        nl=(
            "{found} benoemt geen Deense belasting naast de btw.",
            "Vermeld de 4 cijfers ervan, of tekst met # erin (cbc:AllowanceChargeReason).",
            "Een Deense belasting naast de btw is niet benoemd.",
        ),
        fr=(
            "{found} ne désigne pas une taxe danoise autre que la TVA.",
            "Indiquez ses 4 chiffres, ou un texte contenant # (cbc:AllowanceChargeReason).",
            "Une taxe danoise autre que la TVA n'est pas désignée.",
        ),
    ),
    "DK-R-016": told(
        en=(
            "This credit note has a negative total of {found}.",
            "Between companies in Denmark, send an invoice instead (cbc:PayableAmount).",
            "This credit note has a negative total.",
        ),
        nl=(
            "Deze creditnota heeft een negatief totaal van {found}.",
            "Stuur tussen bedrijven in Denemarken een factuur in de plaats (cbc:PayableAmount).",
            "Deze creditnota heeft een negatief totaal.",
        ),
        fr=(
            "Cette note de crédit a un total négatif de {found}.",
            "Entre entreprises au Danemark, envoyez plutôt une facture (cbc:PayableAmount).",
            "Cette note de crédit a un total négatif.",
        ),
    ),
}
_PAYMENT = {
    "DK-R-005": told(
        en=(
            "Way of payment {found} is not in use between companies in Denmark.",
            "Use 1, 10, 31, 42, 48, 49, 50, 58, 59, 93 or 97 (cbc:PaymentMeansCode).",
            "The way of payment is not in use between companies in Denmark.",
        ),
        nl=(
            "Betaalwijze {found} is niet gebruikelijk tussen bedrijven in Denemarken.",
            "Gebruik 1, 10, 31, 42, 48, 49, 50, 58, 59, 93 of 97 (cbc:PaymentMeansCode).",
            "De betaalwijze is niet gebruikelijk tussen bedrijven in Denemarken.",
        ),
        fr=(
            "Le mode de paiement {found} n'est pas admis entre entreprises au Danemark.",
            "Utilisez 1, 10, 31, 42, 48, 49, 50, 58, 59, 93 ou 97 (cbc:PaymentMeansCode).",
            "Le mode de paiement n'est pas admis entre entreprises au Danemark.",
        ),
    ),
    "DK-R-006": _needs(
        *("31/42", "an account and its bank's number"),
        *("een rekening en het nummer van haar bank", "un compte et le numéro de sa banque"),
        (_ACCOUNT, "cac:FinancialInstitutionBranch/cbc:ID"),
    ),
    "DK-R-007": _needs(
        *("49", "a mandate and the account to debit"),
        *("een mandaat en de te debiteren rekening", "un mandat et le compte à débiter"),
        ("cac:PaymentMandate/cbc:ID", "cac:PayerFinancialAccount/cbc:ID"),
    ),
    "DK-R-008": _needs(
        *("50", "a reference that begins with 01#, 04# or 15# and a giro account of 7 or 8 digits"),
        "een referentie die begint met 01#, 04# of 15# en een girorekening van 7 of 8 cijfers",
        "une référence qui commence par 01#, 04# ou 15# et un compte giro de 7 ou 8 chiffres",
        (_REFERENCE, _ACCOUNT),
    ),
    "DK-R-009": _reference(("04# or 15#", "04# of 15#", "04# ou 15#"), ("16",) * 3, "04#1234567890123456"),
    "DK-R-010": _needs(
        *("93", "a reference that begins with 71#, 73# or 75# and an account of 8 characters"),
        "een referentie die begint met 71#, 73# of 75# en een rekening van 8 tekens",
        "une référence qui commence par 71#, 73# ou 75# et un compte de 8 caractères",
        (_REFERENCE, _ACCOUNT),
    ),
    "DK-R-011": _reference(
        *(("71# or 75#", "71# of 75#", "71# ou 75#"), ("15 or 16", "15 of 16", "15 ou 16")),
        "71#123456789012345",
    ),
}

TEXTS: dict[str, Text] = {**_PARTIES, **_CONTENT, **_PAYMENT}
