"""Texts of Peppol's rules for sellers in the Netherlands."""

from invoices.explain.national_wording import address, among, registered, required, seller_in, told
from invoices.explain.text import Text

_SELLER = seller_in("the Netherlands", "Nederland", "aux Pays-Bas")
_AMONG = among("the Netherlands", "Nederland", "aux Pays-Bas")
_SELLER_PARTY = "cac:AccountingSupplierParty/cac:Party"
_BUYER_PARTY = "cac:AccountingCustomerParty/cac:Party"
_NUMBERS = ("KVK number or OIN", "KVK-nummer of OIN", "numéro KVK ou OIN")
_SCHEMES = ("0106 or 0190", "0106 of 0190", "0106 ou 0190")

TEXTS: dict[str, Text] = {
    "NL-R-001": required(
        _SELLER,
        "the number of the invoice that this credit note corrects",
        "het nummer van de factuur die deze creditnota verbetert",
        "le numéro de la facture que cette note de crédit corrige",
        "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID",
    ),
    "NL-R-002": address(
        _SELLER, "the seller", "de verkoper", "du vendeur", f"{_SELLER_PARTY}/cac:PostalAddress"
    ),
    "NL-R-003": registered(
        _SELLER,
        *("the seller", "de verkoper", "du vendeur"),
        numbers=_NUMBERS,
        schemes=_SCHEMES,
        element=f"{_SELLER_PARTY}/cac:PartyLegalEntity/cbc:CompanyID",
    ),
    "NL-R-004": address(
        _AMONG, "the buyer", "de klant", "de l'acheteur", f"{_BUYER_PARTY}/cac:PostalAddress"
    ),
    "NL-R-005": registered(
        _AMONG,
        *("the buyer", "de klant", "de l'acheteur"),
        numbers=_NUMBERS,
        schemes=_SCHEMES,
        element=f"{_BUYER_PARTY}/cac:PartyLegalEntity/cbc:CompanyID",
    ),
    "NL-R-006": address(
        _SELLER,
        *("the tax representative", "de fiscaal vertegenwoordiger", "du représentant fiscal"),
        "cac:TaxRepresentativeParty/cac:PostalAddress",
    ),
    "NL-R-007": required(
        _SELLER,
        "the way of payment",
        "de betaalwijze",
        "le mode de paiement",
        "cac:PaymentMeans",
    ),
    "NL-R-008": told(
        en=(
            "Way of payment {found} is not in use between companies in the Netherlands.",
            "Use 30, 48, 49, 57, 58 or 59, such as 30 for a credit transfer (cbc:PaymentMeansCode).",
            "The way of payment is not in use between companies in the Netherlands.",
        ),
        nl=(
            "Betaalwijze {found} is niet gebruikelijk tussen bedrijven in Nederland.",
            "Gebruik 30, 48, 49, 57, 58 of 59, zoals 30 voor een overschrijving (cbc:PaymentMeansCode).",
            "De betaalwijze is niet gebruikelijk tussen bedrijven in Nederland.",
        ),
        fr=(
            "Le mode de paiement {found} n'est pas admis entre entreprises aux Pays-Bas.",
            "Utilisez 30, 48, 49, 57, 58 ou 59, par exemple 30 pour un virement (cbc:PaymentMeansCode).",
            "Le mode de paiement n'est pas admis entre entreprises aux Pays-Bas.",
        ),
    ),
    "NL-R-009": told(
        en=(
            "A line refers to a line of an order, but the invoice does not name the order.",
            "Add the number of the order (cac:OrderReference/cbc:ID).",
        ),
        nl=(
            "Een lijn verwijst naar een lijn van een bestelling, maar de factuur noemt de bestelling niet.",
            "Vermeld het nummer van de bestelling (cac:OrderReference/cbc:ID).",
        ),
        fr=(
            "Une ligne renvoie à une ligne de commande, mais la facture ne mentionne pas la commande.",
            "Indiquez le numéro de la commande (cac:OrderReference/cbc:ID).",
        ),
    ),
}
