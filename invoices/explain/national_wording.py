"""Sentences that the national texts share: what a country asks for and the invoice lacks."""

from typing import NamedTuple

from invoices.explain.text import Text, Words

Told = tuple[str, str] | tuple[str, str, str]
"""Message and fix, and the plain message where the message names values."""


class Where(NamedTuple):
    """To whom a country's rule applies, as it stands in the middle of a sentence."""

    en: str
    nl: str
    fr: str


def seller_in(en: str, nl: str, fr: str) -> Where:
    """Sellers in a country, named with its preposition in French."""
    return Where(f"for a seller in {en}", f"voor een verkoper in {nl}", f"pour un vendeur {fr}")


def among(en: str, nl: str, fr: str) -> Where:
    """Sellers and buyers who are both in a country, named with its preposition in French."""
    return Where(f"between companies in {en}", f"tussen bedrijven in {nl}", f"entre entreprises {fr}")


def required(where: Where, en: str, nl: str, fr: str, element: str) -> Text:
    """The text for one thing that an invoice lacks, named with its article in each language."""
    return Text(
        en=Words(f"{_capital(en)} is missing; {where.en} it is required.", f"Add it ({element})."),
        nl=Words(
            f"{_capital(nl)} ontbreekt; {where.nl} is die vermelding verplicht.",
            f"Voeg deze vermelding toe ({element}).",
        ),
        fr=Words(f"Il manque {fr}, mention obligatoire {where.fr}.", f"Ajoutez cette mention ({element})."),
    )


def told(en: Told, nl: Told, fr: Told) -> Text:
    """The text with these words."""
    return Text(Words(*en), Words(*nl), Words(*fr))


def address(where: Where, en: str, nl: str, fr: str, element: str) -> Text:
    """The text for an address that is not whole, named by its party."""
    parts = "cbc:StreetName, cbc:CityName, cbc:PostalZone"
    return told(
        en=(
            f"The address of {en} is not complete; {where.en} it needs street, city and post code.",
            f"Add what is missing ({parts} in {element}).",
        ),
        nl=(
            f"Het adres van {nl} is niet volledig; {where.nl} zijn straat, gemeente en postcode verplicht.",
            f"Vul aan wat ontbreekt ({parts} in {element}).",
        ),
        fr=(
            (
                f"L'adresse {fr} est incomplète ; la rue, la localité et le code postal"
                f" sont obligatoires {where.fr}."
            ),
            f"Complétez-la ({parts} dans {element}).",
        ),
    )


def registered(
    where: Where,
    *party: str,
    numbers: tuple[str, str, str],
    schemes: tuple[str, str, str],
    element: str,
) -> Text:
    """The text for a party's legal identifier that is none of `numbers`; the party as "of" it in French."""
    return told(
        en=(
            f"The registration number of {party[0]} is no {numbers[0]}; {where.en} it must be one.",
            f"State it with its scheme (schemeID {schemes[0]} in {element}).",
        ),
        nl=(
            f"Het registratienummer van {party[1]} is geen {numbers[1]}; {where.nl} is dat verplicht.",
            f"Vermeld het met zijn schema (schemeID {schemes[1]} in {element}).",
        ),
        fr=(
            f"Le numéro d'enregistrement {party[2]} n'est pas un {numbers[2]}, pourtant obligatoire {where.fr}.",
            f"Indiquez-le avec son schéma (schemeID {schemes[2]} dans {element}).",
        ),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
