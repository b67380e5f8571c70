"""Texts for documents that do not have the structure of UBL, told by what stands where."""

import re

from invoices.explain.text import Text, Words
from invoices.findings import Finding

CODE = "UBL-XSD"

TEXTS: dict[str, Text] = {
    CODE: Text(
        en=Words(
            "The document does not have the structure of UBL 2.1.",
            "Correct the first errors, then check again: the others often follow from them.",
        ),
        nl=Words(
            "Het document heeft niet de structuur van UBL 2.1.",
            "Verbeter de eerste fouten en controleer opnieuw: de andere volgen er vaak uit.",
        ),
        fr=Words(
            "Le document n'a pas la structure d'UBL 2.1.",
            "Corrigez les premières erreurs, puis vérifiez à nouveau : les autres en découlent souvent.",
        ),
    )
}
"""By finding code: what is said where nothing more is known; `told` is more precise."""

_MORE = Text(
    en=Words("There are more errors of structure.", TEXTS[CODE].en.fix),
    nl=Words("Er zijn nog meer fouten in de structuur.", TEXTS[CODE].nl.fix),
    fr=Words("Il y a encore d'autres erreurs de structure.", TEXTS[CODE].fr.fix),
)
_FORMS = {
    "a number such as 12.50": ("een getal zoals 12.50", "un nombre tel que 12.50"),
    "a number such as 12.5": ("een getal zoals 12.5", "un nombre tel que 12.5"),
    "a number such as 21": ("een getal zoals 21", "un nombre tel que 21"),
    "a number such as 0.5": ("een getal zoals 0.5", "un nombre tel que 0.5"),
    "a number such as 1.0825": ("een getal zoals 1.0825", "un nombre tel que 1.0825"),
    "a date such as 2026-03-31": ("een datum zoals 2026-03-31", "une date telle que 2026-03-31"),
    "a time such as 14:30:00": ("een tijdstip zoals 14:30:00", "une heure telle que 14:30:00"),
    "true or false": ("true of false", "true ou false"),
    "a file in base64": ("een bestand in base64", "un fichier en base64"),
}
"""What a value should look like, as findings say it in English, in Dutch and French."""

_NAME = re.compile(r"(?:[a-z]{3}:)?[A-Za-z][A-Za-z0-9]{0,79}")
_NAMES = re.compile(r"[\w:*#.-]+(?:, [\w:*#.-]+)*(?: or [\w:*#.-]+)?", re.ASCII)
_ATTRIBUTE = re.compile(r"@[\w:.-]{1,80}", re.ASCII)
_LINE = re.compile(r"/cac:(?:Invoice|CreditNote)Line\b")
_LONGEST = 400


def told(finding: Finding) -> tuple[Text, Finding]:
    """The text for one error of structure, and the finding itself."""
    place, _, step = (finding.location or "").rpartition("/")
    name = step.partition("[")[0]
    if not finding.location:
        return _MORE, finding
    if not _NAME.fullmatch(name):
        return TEXTS[CODE], finding
    text = _fact(name, finding.found, finding.expected)
    return _on_line(text) if _LINE.search(place) else text, finding


def _fact(name: str, found: str | None, expected: str | None) -> Text:
    if expected == "elements only":
        return _text_between(name)
    if expected in _FORMS:
        return _wrong_form(name, expected, empty=not found)
    names = _expected_names(expected)
    if found is None:
        return _missing(name, names) if names else _unsound(name)
    if found == name:
        return _misplaced(name, names)
    if expected is None and _ATTRIBUTE.fullmatch(found):
        return _surplus_attribute(name, found[1:])
    return _not_allowed(name, empty=not found)


def _expected_names(expected: str | None) -> tuple[str, str, str] | None:
    if expected is None or len(expected) > _LONGEST or not _NAMES.fullmatch(expected.removeprefix("@")):
        return None
    return expected, expected.replace(" or ", " of "), expected.replace(" or ", " ou ")


def _missing(name: str, names: tuple[str, str, str]) -> Text:
    if names[0].startswith("@"):
        attribute = names[0][1:]
        example = ' (currencyID="EUR")' if attribute == "currencyID" else ""
        return Text(
            Words(f"{name} lacks the attribute {attribute}.", f"Add the attribute {attribute}{example}."),
            Words(
                f"Bij {name} ontbreekt het attribuut {attribute}.",
                f"Voeg het attribuut {attribute} toe{example}.",
            ),
            Words(f"Il manque l'attribut {attribute} à {name}.", f"Ajoutez l'attribut {attribute}{example}."),
        )
    en, nl, fr = names
    return Text(
        Words(f"{name} is incomplete: {en} is missing.", f"Add {en} to {name}."),
        Words(f"{name} is onvolledig: {nl} ontbreekt.", f"Voeg {nl} toe aan {name}."),
        Words(f"{name} est incomplet : il manque {fr}.", f"Ajoutez {fr} à {name}."),
    )


def _misplaced(name: str, names: tuple[str, str, str] | None) -> Text:
    if names is None:
        return Text(
            Words(
                f"{name} does not belong here, or is here once too often.",
                f"Remove {name}, or put it where it belongs.",
            ),
            Words(
                f"{name} hoort hier niet, of staat hier één keer te veel.",
                f"Verwijder {name}, of zet het op de juiste plaats.",
            ),
            Words(
                f"{name} n'a pas sa place ici, ou y figure une fois de trop.",
                f"Supprimez {name}, ou mettez-le à sa place.",
            ),
        )
    en, nl, fr = names
    return Text(
        Words(
            f"{name} stands where {en} should.",
            f"Add what is missing before {name}, or remove {name} or put it where it belongs.",
        ),
        Words(
            f"{name} staat waar {nl} moet staan.",
            f"Voeg toe wat vóór {name} ontbreekt, of verwijder {name} of zet het op de juiste plaats.",
        ),
        Words(
            f"{name} se trouve là où il faut {fr}.",
            f"Ajoutez ce qui manque avant {name}, ou supprimez {name} ou mettez-le à sa place.",
        ),
    )


def _wrong_form(name: str, form: str, *, empty: bool) -> Text:
    nl, fr = _FORMS[form]
    fixes = (
        f"Correct the value of {name}.",
        f"Verbeter de waarde van {name}.",
        f"Corrigez la valeur de {name}.",
    )
    plain = (
        f"{name} is empty and should be {form}.",
        f"{name} is leeg en moet {nl} zijn.",
        f"{name} est vide et doit être {fr}.",
    )
    if empty:
        return Text(*(Words(message, fix) for message, fix in zip(plain, fixes, strict=True)))
    return Text(
        Words(f"{name} is {{found}} and should be {form}.", fixes[0], plain[0]),
        Words(f"{name} is {{found}} en moet {nl} zijn.", fixes[1], plain[1]),
        Words(f"{name} est {{found}} et doit être {fr}.", fixes[2], plain[2]),
    )


def _not_allowed(name: str, *, empty: bool) -> Text:
    fixes = (f"Correct {name}.", f"Verbeter {name}.", f"Corrigez {name}.")
    plain = (
        f"{name}, or an attribute of it, is empty, which is not allowed there.",
        f"{name} of een attribuut ervan is leeg, wat daar niet mag.",
        f"{name} ou un de ses attributs est vide, ce qui n'est pas permis.",
    )
    if empty:
        return Text(*(Words(message, fix) for message, fix in zip(plain, fixes, strict=True)))
    return Text(
        Words(
            f"{name}, or an attribute of it, has the value {{found}}, which is not allowed there.",
            fixes[0],
            plain[0],
        ),
        Words(
            f"{name} of een attribuut ervan heeft de waarde {{found}}, wat daar niet mag.", fixes[1], plain[1]
        ),
        Words(
            f"{name} ou un de ses attributs a la valeur {{found}}, ce qui n'est pas permis.",
            fixes[2],
            plain[2],
        ),
    )


def _surplus_attribute(name: str, attribute: str) -> Text:
    return Text(
        Words(f"{name} may not have the attribute {attribute}.", f"Remove the attribute {attribute}."),
        Words(f"{name} mag het attribuut {attribute} niet hebben.", f"Verwijder het attribuut {attribute}."),
        Words(f"{name} ne peut pas avoir l'attribut {attribute}.", f"Supprimez l'attribut {attribute}."),
    )


def _text_between(name: str) -> Text:
    return Text(
        Words(f"{name} holds text between its elements.", f"Remove the text from {name}."),
        Words(f"{name} bevat tekst tussen zijn elementen.", f"Verwijder de tekst uit {name}."),
        Words(f"{name} contient du texte entre ses éléments.", f"Supprimez le texte de {name}."),
    )


def _unsound(name: str) -> Text:
    return Text(
        Words(f"{name} is not built as UBL has it.", f"Correct {name}."),
        Words(f"{name} is niet opgebouwd zoals UBL voorschrijft.", f"Verbeter {name}."),
        Words(f"{name} n'a pas la forme que prescrit l'UBL.", f"Corrigez {name}."),
    )


def _on_line(text: Text) -> Text:
    return Text(_line(text.en, ": "), _line(text.nl, ": "), _line(text.fr, " : "))


def _line(words: Words, colon: str) -> Words:
    return Words("{where}" + colon + words.message, words.fix, words.plain or words.message)
