"""Texts of EN 16931's rules about the VAT rate of a line, discount or charge in each VAT category."""

from invoices.explain.text import Text, Words
from invoices.explain.vat_names import Category, Item, Names, Rate

_ASKED = {
    Rate.ABOVE_ZERO: Names("a rate above 0%", "een tarief boven 0 %", "un taux supérieur à 0 %"),
    Rate.ANY: Names("a rate of 0% or more", "een tarief van minstens 0 %", "un taux de 0 % ou plus"),
    Rate.ZERO: Names("a rate of 0%", "een tarief van 0 %", "un taux de 0 %"),
}


def rate(category: Category, item: Item) -> Text:
    """The text for a rate that the category does not allow."""
    asked = _ASKED.get(category.rate)
    return _other_rate(category.names, item, asked) if asked else _no_rate(category.names, item)


def _other_rate(of: Names, item: Item, asked: Names) -> Text:
    heading, names = item.heading, item.names
    return Text(
        en=Words(
            f"{heading.en}: {{found}}% VAT, but {of.en} asks for {asked.en}.",
            f"Correct the rate or the VAT category ({item.element}).",
            f"{names.en} in {of.en} must have {asked.en}.",
        ),
        nl=Words(
            f"{heading.nl}: {{found}} % btw, maar {of.nl} vraagt {asked.nl}.",
            f"Verbeter het tarief of de btw-categorie ({item.element}).",
            f"{names.nl} in {of.nl} moet {asked.nl} hebben.",
        ),
        fr=Words(
            f"{heading.fr} : {{found}} % de TVA, mais la {of.fr} demande {asked.fr}.",
            f"Corrigez le taux ou la catégorie de TVA ({item.element}).",
            f"{names.fr} en {of.fr} doit porter {asked.fr}.",
        ),
    )


def _no_rate(of: Names, item: Item) -> Text:
    heading, names = item.heading, item.names
    return Text(
        en=Words(
            f"{heading.en}: {{found}}% VAT, but {of.en} has no rate, not even 0%.",
            f"Leave the rate out, or correct the VAT category ({item.element}).",
            f"{names.en} in {of.en} has a VAT rate; it may not have one, not even 0%.",
        ),
        nl=Words(
            f"{heading.nl}: {{found}} % btw, maar {of.nl} heeft geen tarief, ook niet 0 %.",
            f"Laat het tarief weg of verbeter de btw-categorie ({item.element}).",
            f"{names.nl} in {of.nl} heeft een btw-tarief; dat mag niet, ook niet 0 %.",
        ),
        fr=Words(
            f"{heading.fr} : {{found}} % de TVA, mais la {of.fr} n'a pas de taux, même pas 0 %.",
            f"Supprimez le taux ou corrigez la catégorie de TVA ({item.element}).",
            f"{names.fr} en {of.fr} a un taux de TVA, ce qui n'est pas permis, même 0 %.",
        ),
    )
