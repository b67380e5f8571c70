"""Texts for records and files that a source gives and that cannot be taken in."""

import re

from invoices.explain.text import Text, Words
from invoices.findings import Finding

_FIELD = "WB-RECORD-FIELD"

TEXTS: dict[str, Text] = {
    _FIELD: Text(
        en=Words(
            "A field of the record is {found}, where {expected} is expected.",
            "Correct the record in the source.",
            "A field of the record is missing or wrong.",
        ),
        nl=Words(
            "Een veld van het record is {found}; verwacht wordt {expected}.",
            "Verbeter het record in de bron.",
            "Een veld van het record ontbreekt of is fout.",
        ),
        fr=Words(
            "Un champ de l'enregistrement est {found} ; il faut {expected}.",
            "Corrigez l'enregistrement dans la source.",
            "Un champ de l'enregistrement manque ou est incorrect.",
        ),
    ),
    "WB-RECORD-DOCUMENT": Text(
        en=Words(
            "The document of this record could not be had.",
            "Nothing, if it appears by itself: it is asked for again. Else check in the source that it can be read.",
        ),
        nl=Words(
            "Het document van dit record kon niet opgehaald worden.",
            "Het wordt opnieuw gevraagd. Blijft het weg, kijk dan in de bron na of het leesbaar is.",
        ),
        fr=Words(
            "Le document de cet enregistrement n'a pas pu être obtenu.",
            "Il sera redemandé. S'il n'arrive pas, vérifiez dans la source qu'il peut être lu.",
        ),
    ),
    "WB-RECORD-SIZE": Text(
        en=Words("The document is too large.", "Issue it with smaller attachments, or deliver it by hand."),
        nl=Words("Het document is te groot.", "Reik het uit met kleinere bijlagen, of bezorg het zelf."),
        fr=Words(
            "Le document est trop volumineux.",
            "Émettez-le avec des annexes moins lourdes, ou remettez-le vous-même.",
        ),
    ),
    "WB-RECORD-ORIGIN": Text(
        en=Words(
            "The address ublUrl was not followed: {found} is not on the source's own server.",
            "Let ublUrl be a path on the source's own server.",
            "The address ublUrl was not followed: it is not on the source's own server.",
        ),
        nl=Words(
            "Het adres ublUrl is niet gevolgd: {found} ligt niet op de eigen server van de bron.",
            "Geef in ublUrl een pad op de eigen server van de bron.",
            "Het adres ublUrl is niet gevolgd: het ligt niet op de eigen server van de bron.",
        ),
        fr=Words(
            "L'adresse ublUrl n'a pas été suivie : {found} n'est pas sur le serveur de la source.",
            "Indiquez dans ublUrl un chemin sur le serveur de la source.",
            "L'adresse ublUrl n'a pas été suivie : elle n'est pas sur le serveur de la source.",
        ),
    ),
    "WB-FOLDER-LAYOUT": Text(
        en=Words(
            "The file does not lie where a company and a direction can be read from.",
            "Move it to <company number>/sale|purchase/<name>.xml, or into the folder itself.",
        ),
        nl=Words(
            "Uit de plaats van het bestand blijkt niet van welk dossier het is, en of het een verkoop of een"
            " aankoop is.",
            "Verplaats het naar <ondernemingsnummer>/verkoop|aankoop/<naam>.xml, of naar de map zelf.",
        ),
        fr=Words(
            "L'emplacement du fichier ne dit pas de quel dossier il est, ni s'il s'agit d'une vente ou d'un"
            " achat.",
            "Déplacez-le vers <numéro d'entreprise>/vente|achat/<nom>.xml, ou dans le dossier partagé même.",
        ),
    ),
    "WB-FOLDER-ARCHIVE": Text(
        en=Words(
            "This is an archive; archives are not opened.", "Unpack it, and put the XML files in the folder."
        ),
        nl=Words(
            "Dit is een archief; archieven worden niet geopend.",
            "Pak het uit en zet de XML-bestanden in de map.",
        ),
        fr=Words(
            "C'est une archive ; les archives ne sont pas ouvertes.",
            "Décompressez-la et mettez les fichiers XML dans le dossier partagé.",
        ),
    ),
    "WB-FOLDER-COMPANY": Text(
        en=Words(
            "The folder's name is not a Belgian enterprise number.",
            "Rename the folder to the company's enterprise number, and put the file back.",
        ),
        nl=Words(
            "De naam van de map is geen Belgisch ondernemingsnummer.",
            "Geef de map als naam het ondernemingsnummer, en zet het bestand terug.",
        ),
        fr=Words(
            "Le nom du répertoire n'est pas un numéro d'entreprise belge.",
            "Donnez au répertoire le numéro d'entreprise pour nom, et remettez-y le fichier.",
        ),
    ),
}
"""By finding code; a field that is named has a better one in `told`."""

_TEXT = (
    "a text that is not too long and has no control characters",
    "een tekst die niet te lang is en geen stuurtekens bevat",
    "un texte pas trop long et sans caractères de contrôle",
)
_EXPECTED = {
    "item": ("a JSON object", "een JSON-object", "un objet JSON"),
    "id": _TEXT,
    "number": _TEXT,
    "version": ("a whole number from 1", "een geheel getal vanaf 1", "un nombre entier à partir de 1"),
    "direction": ("SALE or PURCHASE", "SALE of PURCHASE", "SALE ou PURCHASE"),
    "companyNumber": (
        "a Belgian enterprise number, such as 0123.456.749",
        "een Belgisch ondernemingsnummer, zoals 0123.456.749",
        "un numéro d'entreprise belge, tel que 0123.456.749",
    ),
    "updatedAt": (
        "a date-time with its zone, such as 2026-03-14T09:26:53Z",
        "een datum en uur met tijdzone, zoals 2026-03-14T09:26:53Z",
        "une date et heure avec fuseau, telles que 2026-03-14T09:26:53Z",
    ),
}
"""What each field of a record should hold."""

_NAMED = re.compile(rf"({'|'.join(_EXPECTED)})(?: is |: )")


def told(finding: Finding) -> tuple[Text, Finding]:
    """The text for one of these findings, and the finding itself."""
    named = _NAMED.match(finding.message) if finding.code == _FIELD else None
    return _field(named[1], finding.found) if named else TEXTS[finding.code], finding


def _field(name: str, found: str | None) -> Text:
    en, nl, fr = _EXPECTED[name]
    fixes = (
        f"Correct {name} in the source.",
        f"Verbeter {name} in de bron.",
        f"Corrigez {name} dans la source.",
    )
    plain = (
        f"The field {name} is missing; {en} is expected.",
        f"Het veld {name} ontbreekt; verwacht wordt {nl}.",
        f"Le champ {name} manque ; il faut {fr}.",
    )
    if found is None or found == "absent":
        return Text(*(Words(message, fix) for message, fix in zip(plain, fixes, strict=True)))
    return Text(
        Words(f"The field {name} is {{found}}, where {en} is expected.", fixes[0], plain[0]),
        Words(f"Het veld {name} is {{found}}; verwacht wordt {nl}.", fixes[1], plain[1]),
        Words(f"Le champ {name} est {{found}} ; il faut {fr}.", fixes[2], plain[2]),
    )
