"""Texts of Peppol's rules among parties in Germany about ways of payment."""

from invoices.explain.national_wording import among, required, told
from invoices.explain.text import Text

_AMONG = among("Germany", "Duitsland", "en Allemagne")
_MEANS = "cac:PaymentMeans"
_DEBITED = "cac:PaymentMandate/cac:PayerFinancialAccount/cbc:ID"
_CODE = "cbc:PaymentMeansCode"


def _iban(element: str) -> Text:
    return told(
        en=("{found} is not a valid IBAN.", f"Correct it ({element}).", "A valid IBAN is missing."),
        nl=("{found} is geen geldige IBAN.", f"Verbeter hem ({element}).", "Een geldige IBAN ontbreekt."),
        fr=("{found} n'est pas un IBAN valable.", f"Corrigez-le ({element}).", "Il manque un IBAN valable."),
    )


def _lacks(way: tuple[str, str, str], what: tuple[str, str, str], element: str) -> Text:
    return told(
        en=(
            f"Payment is by {way[0]}, but {what[0]} is missing.",
            f"Add it ({element}), or state another way of payment ({_CODE}).",
        ),
        nl=(
            f"De betaling gebeurt {way[1]}, maar {what[1]} ontbreekt.",
            f"Vermeld het ({element}) of kies een andere betaalwijze ({_CODE}).",
        ),
        fr=(
            f"Le paiement se fait par {way[2]}, mais il manque {what[2]}.",
            f"Ajoutez cette mention ({element}) ou choisissez un autre mode de paiement ({_CODE}).",
        ),
    )


def _mixed(way: tuple[str, str, str]) -> Text:
    return told(
        en=(
            f"Payment is by {way[0]}, but there are details of another way of payment ({{found}}).",
            f"Leave them out, or put them in a {_MEANS} of their own.",
            f"Payment is by {way[0]}, but there are details of another way of payment.",
        ),
        nl=(
            f"De betaling gebeurt {way[1]}, maar er staan gegevens van een andere betaalwijze bij ({{found}}).",
            f"Laat ze weg of zet ze in een eigen {_MEANS}.",
            f"De betaling gebeurt {way[1]}, maar er staan gegevens van een andere betaalwijze bij.",
        ),
        fr=(
            f"Le paiement se fait par {way[2]}, mais des données d'un autre mode y figurent ({{found}}).",
            f"Omettez-les ou placez-les dans un {_MEANS} distinct.",
            f"Le paiement se fait par {way[2]}, mais des données d'un autre mode y figurent.",
        ),
    )


_TRANSFER = ("credit transfer", "per overschrijving", "virement")
_CARD = ("payment card", "met een betaalkaart", "carte de paiement")
_DEBIT = ("direct debit", "per domiciliëring", "domiciliation")

TEXTS: dict[str, Text] = {
    "DE-R-019": _iban(f"{_MEANS}/cac:PayeeFinancialAccount/cbc:ID"),
    "DE-R-020": _iban(f"{_MEANS}/{_DEBITED}"),
    "DE-R-023-1": _lacks(
        *(_TRANSFER, ("the account to pay to", "het rekeningnummer", "le compte à créditer")),
        "cac:PayeeFinancialAccount",
    ),
    "DE-R-023-2": _mixed(_TRANSFER),
    "DE-R-024-1": _lacks(
        *(_CARD, ("the card", "het nummer van de kaart", "le numéro de la carte")), "cac:CardAccount"
    ),
    "DE-R-024-2": _mixed(_CARD),
    "DE-R-025-1": _lacks(_DEBIT, ("the mandate", "het mandaat", "le mandat"), "cac:PaymentMandate"),
    "DE-R-025-2": _mixed(_DEBIT),
    "DE-R-030": required(
        _AMONG,
        "the creditor's identifier for direct debit",
        "het schuldeisersnummer voor de domiciliëring",
        "l'identifiant du créancier pour la domiciliation",
        "schemeID SEPA, cac:PartyIdentification/cbc:ID",
    ),
    "DE-R-031": required(
        _AMONG,
        "the account to debit",
        "het rekeningnummer voor de domiciliëring",
        "le compte à débiter",
        _DEBITED,
    ),
}
