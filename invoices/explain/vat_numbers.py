"""Texts of EN 16931's rules about the VAT numbers that each VAT category needs."""

from invoices.explain.text import Text, Words
from invoices.explain.vat_names import Category, Item, Names, Rate

_NUMBER = "cac:PartyTaxScheme/cbc:CompanyID"


def numbers(category: Category, item: Item) -> Text:
    """The text for VAT numbers that the category needs or, outside the scope of VAT, does not allow."""
    if category.rate is Rate.NONE:
        return _forbidden(category.names, item.names)
    if category.names_buyer:
        return _of_both(category.names, item.names)
    return _of_seller(category.names, item.names)


def _of_seller(of: Names, item: Names) -> Text:
    return Text(
        en=Words(
            f"{item.en} is in {of.en}, but the seller's VAT number is missing.",
            f"Add it, or that of the seller's VAT representative ({_NUMBER}).",
        ),
        nl=Words(
            f"{item.nl} valt onder {of.nl}, maar het btw-nummer van de leverancier ontbreekt.",
            f"Vermeld het, of dat van de aansprakelijk vertegenwoordiger ({_NUMBER}).",
        ),
        fr=Words(
            f"{item.fr} relève de la {of.fr}, mais il manque le numéro de TVA du vendeur.",
            f"Indiquez-le, ou celui de son représentant responsable ({_NUMBER}).",
        ),
    )


def _of_both(of: Names, item: Names) -> Text:
    return Text(
        en=Words(
            f"{item.en} is in {of.en}, but the VAT number of the seller or of the buyer is missing.",
            f"Add the one that is missing ({_NUMBER}).",
        ),
        nl=Words(
            f"{item.nl} valt onder {of.nl}, maar het btw-nummer van de leverancier of van de klant ontbreekt.",
            f"Vermeld het nummer dat ontbreekt ({_NUMBER}).",
        ),
        fr=Words(
            f"{item.fr} relève de la {of.fr}, mais il manque le numéro de TVA du vendeur ou de l'acheteur.",
            f"Indiquez le numéro manquant ({_NUMBER}).",
        ),
    )


def _forbidden(of: Names, item: Names) -> Text:
    return Text(
        en=Words(
            f"{item.en} is in {of.en}, yet the invoice gives the VAT number {{found}}.",
            "Choose the right VAT category, or leave the VAT numbers out (cac:PartyTaxScheme).",
            f"{item.en} is in {of.en}, yet the invoice gives a VAT number of the seller or the buyer.",
        ),
        nl=Words(
            f"{item.nl} valt onder {of.nl}, maar de factuur vermeldt het btw-nummer {{found}}.",
            "Kies de juiste btw-categorie of laat de btw-nummers weg (cac:PartyTaxScheme).",
            f"{item.nl} valt onder {of.nl}, maar de factuur vermeldt een btw-nummer van de leverancier of de klant.",
        ),
        fr=Words(
            f"{item.fr} relève de la {of.fr}, mais la facture mentionne le numéro de TVA {{found}}.",
            "Choisissez la bonne catégorie de TVA ou supprimez les numéros de TVA (cac:PartyTaxScheme).",
            f"{item.fr} relève de la {of.fr}, mais la facture mentionne un numéro de TVA du vendeur ou de"
            " l'acheteur.",
        ),
    )
