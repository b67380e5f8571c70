"""Sentences that many rules share: something is missing, and what to do about a wrong amount."""

from invoices.explain.text import Text, Words


def missing(en: str, nl: str, fr: str, element: str) -> Text:
    """The text for something that an invoice lacks, named with its article in each language."""
    return Text(
        en=Words(f"{_capital(en)} is missing.", f"Add it ({element})."),
        nl=Words(f"{_capital(nl)} ontbreekt.", f"Voeg deze vermelding toe ({element})."),
        fr=Words(f"Il manque {fr}.", f"Ajoutez cette mention ({element})."),
    )


def missing_on_line(en: str, nl: str, fr: str, element: str) -> Text:
    """The text for something that a line lacks, named with its article in each language."""
    return Text(
        en=Words("{where}: " + f"{en} is missing.", f"Add it ({element}).", f"On a line, {en} is missing."),
        nl=Words(
            "{where}: " + f"{nl} ontbreekt.",
            f"Voeg deze vermelding toe ({element}).",
            f"Op een van de lijnen ontbreekt {nl}.",
        ),
        fr=Words(
            "{where} : " + f"il manque {fr}.",
            f"Ajoutez cette mention ({element}).",
            f"Il manque {fr} sur une des lignes.",
        ),
    )


def wrong_amount(element: str, en: tuple[str, str], nl: tuple[str, str], fr: tuple[str, str]) -> Text:
    """The text for an amount that does not add up: per language the message and the plain message."""
    return Text(
        en=Words(
            en[0],
            "On a purchase, ask for a credit note and a new invoice."
            f" On a sale, correct {element} in your invoicing program.",
            en[1],
        ),
        nl=Words(
            nl[0],
            "Aankoop: vraag een creditnota en een nieuwe factuur."
            f" Verkoop: verbeter {element} in uw facturatieprogramma.",
            nl[1],
        ),
        fr=Words(
            fr[0],
            "Achat : demandez une note de crédit et une nouvelle facture."
            f" Vente : corrigez {element} dans votre logiciel de facturation.",
            fr[1],
        ),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
