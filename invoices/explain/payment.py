"""Texts of EN 16931's rules about how an invoice is paid."""

from invoices.explain.text import Text, Words
from invoices.explain.wording import missing

_ACCOUNT = "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"

TEXTS: dict[str, Text] = {
    "BR-49": missing(
        "the way of payment (such as 30 for a credit transfer)",
        "de betaalwijze (zoals 30 voor een overschrijving)",
        "le mode de paiement (par exemple 30 pour un virement)",
        "cac:PaymentMeans/cbc:PaymentMeansCode",
    ),
    "BR-50": missing(
        "the account number (IBAN) to pay to",
        "het rekeningnummer (IBAN) waarop betaald moet worden,",
        "le numéro de compte (IBAN) à créditer",
        _ACCOUNT,
    ),
    "BR-51": Text(
        en=Words(
            "The invoice shows more of a payment card's number than is safe.",
            "Show its first 6 and last 4 digits at most (cac:CardAccount/cbc:PrimaryAccountNumberID).",
        ),
        nl=Words(
            "De factuur toont meer van het nummer van een betaalkaart dan veilig is.",
            "Toon hoogstens de eerste 6 en laatste 4 cijfers (cac:CardAccount/cbc:PrimaryAccountNumberID).",
        ),
        fr=Words(
            "La facture montre une trop grande partie du numéro d'une carte de paiement.",
            "Montrez au plus les 6 premiers et les 4 derniers chiffres"
            " (cac:CardAccount/cbc:PrimaryAccountNumberID).",
        ),
    ),
    "BR-61": Text(
        en=Words(
            "Payment is by credit transfer, but the account number (IBAN) is missing.",
            f"Add it ({_ACCOUNT}), or state another way of payment (cbc:PaymentMeansCode).",
        ),
        nl=Words(
            "De betaling gebeurt per overschrijving, maar het rekeningnummer (IBAN) ontbreekt.",
            f"Vermeld het ({_ACCOUNT}) of kies een andere betaalwijze (cbc:PaymentMeansCode).",
        ),
        fr=Words(
            "Le paiement se fait par virement, mais il manque le numéro de compte (IBAN).",
            f"Indiquez-le ({_ACCOUNT}) ou choisissez un autre mode de paiement (cbc:PaymentMeansCode).",
        ),
    ),
    "BR-CO-25": Text(
        en=Words(
            "There is {found} to pay, but neither a due date nor terms of payment.",
            "Add one of them (cbc:DueDate or cac:PaymentTerms/cbc:Note).",
            "There is an amount to pay, but neither a due date nor terms of payment.",
        ),
        nl=Words(
            "Er is {found} te betalen, maar vervaldatum en betalingsvoorwaarden ontbreken.",
            "Vermeld een van beide (cbc:DueDate of cac:PaymentTerms/cbc:Note).",
            "Er is een bedrag te betalen, maar vervaldatum en betalingsvoorwaarden ontbreken.",
        ),
        fr=Words(
            "Il reste {found} à payer, mais il n'y a ni date d'échéance ni conditions de paiement.",
            "Indiquez l'une des deux (cbc:DueDate ou cac:PaymentTerms/cbc:Note).",
            "Il reste un montant à payer, mais il n'y a ni date d'échéance ni conditions de paiement.",
        ),
    ),
    "UBL-SR-44": Text(
        en=Words(
            "The invoice asks for more than one payment reference.",
            "Use the same reference for every way of payment (cac:PaymentMeans/cbc:PaymentID).",
        ),
        nl=Words(
            "De factuur vraagt meer dan één betalingsreferentie.",
            "Gebruik dezelfde mededeling voor elke betaalwijze (cac:PaymentMeans/cbc:PaymentID).",
        ),
        fr=Words(
            "La facture demande plus d'une référence de paiement.",
            "Utilisez la même communication pour chaque mode de paiement (cac:PaymentMeans/cbc:PaymentID).",
        ),
    ),
    "UBL-SR-47": Text(
        en=Words(
            "The invoice states more than one way of payment.",
            "Use the same code in each cac:PaymentMeans (cbc:PaymentMeansCode).",
        ),
        nl=Words(
            "De factuur vermeldt meer dan één betaalwijze.",
            "Gebruik dezelfde code in elke cac:PaymentMeans (cbc:PaymentMeansCode).",
        ),
        fr=Words(
            "La facture mentionne plus d'un mode de paiement.",
            "Utilisez le même code dans chaque cac:PaymentMeans (cbc:PaymentMeansCode).",
        ),
    ),
}
