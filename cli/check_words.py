"""The words of `waybill check` in each language: verdicts, places, counts, and why a file was not read."""

from dataclasses import dataclass

from invoices.document import MAX_BYTES
from invoices.explain import Explanation, Language, Text, Words, explained
from invoices.explain.filling import sentences
from invoices.findings import Finding, Severity, Verdict

_MEGABYTES = MAX_BYTES // 1_000_000

NOT_READ: dict[str, Text] = {
    "WB-FILE": Text(
        en=Words("The file could not be read: {found}.", "Check its name, and whether you may read it."),
        nl=Words("Het bestand kon niet gelezen worden: {found}.", "Kijk de naam na, en of u het mag lezen."),
        fr=Words("Le fichier n'a pas pu être lu : {found}.", "Vérifiez son nom et si vous pouvez le lire."),
    ),
    "WB-NOTHING": Text(
        en=Words("There is no XML file here.", "Name files, folders, zip archives, or a pattern."),
        nl=Words("Hier is geen XML-bestand.", "Noem bestanden, mappen, ziparchieven of een patroon."),
        fr=Words(
            "Il n'y a pas de fichier XML ici.", "Indiquez des fichiers, dossiers, archives zip ou un motif."
        ),
    ),
    "WB-SIZE": Text(
        en=Words(
            f"The document has more than {_MEGABYTES} MB; more is not read.",
            "Send it with smaller or fewer attachments.",
        ),
        nl=Words(
            f"Het document is groter dan {_MEGABYTES} MB; meer wordt niet gelezen.",
            "Verstuur het met kleinere of minder bijlagen.",
        ),
        fr=Words(
            f"Le document dépasse {_MEGABYTES} Mo ; au-delà, il n'est pas lu.",
            "Envoyez-le avec des annexes moins lourdes ou moins nombreuses.",
        ),
    ),
    "WB-ARCHIVE": Text(
        en=Words("This part of the archive could not be read: {found}.", "Make the archive again."),
        nl=Words("Dit deel van het archief kon niet gelezen worden: {found}.", "Maak het archief opnieuw."),
        fr=Words("Cette partie de l'archive n'a pas pu être lue : {found}.", "Refaites l'archive."),
    ),
    "WB-ARCHIVE-ENCRYPTED": Text(
        en=Words("It is encrypted.", "Unpack the archive with its password, and check what was in it."),
        nl=Words("Het is versleuteld.", "Pak het archief met het wachtwoord uit en controleer de inhoud."),
        fr=Words("Il est chiffré.", "Décompressez l'archive avec son mot de passe et vérifiez son contenu."),
    ),
    "WB-ARCHIVE-NESTED": Text(
        en=Words("An archive within an archive is not opened.", "Unpack the outer one first."),
        nl=Words("Een archief in een archief wordt niet geopend.", "Pak eerst het buitenste uit."),
        fr=Words(
            "Une archive dans une archive n'est pas ouverte.", "Décompressez d'abord celle de l'extérieur."
        ),
    ),
    "WB-ARCHIVE-NAME": Text(
        en=Words("Its name leads out of the archive.", "Ask whoever made the archive; do not unpack it."),
        nl=Words("De naam leidt buiten het archief.", "Vraag het aan wie het maakte; pak het niet uit."),
        fr=Words(
            "Son nom mène hors de l'archive.", "Demandez à celui qui l'a faite ; ne la décompressez pas."
        ),
    ),
    "WB-ARCHIVE-SIZE": Text(
        en=Words(
            "The archive unpacks to far more than invoices do; the rest of it was not read.",
            "If these are invoices, check them in smaller archives.",
        ),
        nl=Words(
            "Het archief bevat uitgepakt veel meer dan facturen; de rest werd niet gelezen.",
            "Zijn het toch facturen, controleer ze dan in kleinere archieven.",
        ),
        fr=Words(
            "Décompressée, l'archive dépasse de loin des factures ; le reste n'a pas été lu.",
            "Si ce sont des factures, vérifiez-les dans des archives plus petites.",
        ),
    ),
}
"""Why a file was not read, by the id that is shown after it."""


def in_words(finding: Finding, language: Language) -> Explanation:
    """What is wrong, and what to do about it."""
    text = NOT_READ.get(finding.code)
    if text is None:
        return explained(finding, language)
    return Explanation(*sentences(text.in_language(language), finding, language))


@dataclass(frozen=True, slots=True)
class Labels:
    """Short words around findings, in one language; `{}` is what they are about.

    Attributes:
        severities: Of one finding, and of several.
        finding: Severity and message.
    """

    verdicts: dict[Verdict, str]
    severities: dict[Severity, tuple[str, str]]
    finding: str
    line: str
    more: str
    lines: str
    summary: str
    counted: dict[Verdict, str]


LABELS = {
    Language.EN: Labels(
        verdicts={
            Verdict.VALID: "valid",
            Verdict.INVALID: "invalid",
            Verdict.COULD_NOT_CHECK: "could not check",
        },
        severities={Severity.FATAL: ("error", "errors"), Severity.WARNING: ("warning", "warnings")},
        finding="{}: {}",
        line="line {} of the file",
        more="and {} more like this",
        lines="and {} more like this: lines {}",
        summary="{} files: {}.",
        counted={
            Verdict.VALID: "{} valid",
            Verdict.INVALID: "{} invalid",
            Verdict.COULD_NOT_CHECK: "{} could not be checked",
        },
    ),
    Language.NL: Labels(
        verdicts={
            Verdict.VALID: "geldig",
            Verdict.INVALID: "ongeldig",
            Verdict.COULD_NOT_CHECK: "kon niet gecontroleerd worden",
        },
        severities={
            Severity.FATAL: ("fout", "fouten"),
            Severity.WARNING: ("waarschuwing", "waarschuwingen"),
        },
        finding="{}: {}",
        line="regel {} van het bestand",
        more="en nog {} zoals deze",
        lines="en nog {} zoals deze: regels {}",
        summary="{} bestanden: {}.",
        counted={
            Verdict.VALID: "{} geldig",
            Verdict.INVALID: "{} ongeldig",
            Verdict.COULD_NOT_CHECK: "{} niet gecontroleerd",
        },
    ),
    Language.FR: Labels(
        verdicts={
            Verdict.VALID: "valide",
            Verdict.INVALID: "non valide",
            Verdict.COULD_NOT_CHECK: "n'a pas pu être vérifié",
        },
        severities={
            Severity.FATAL: ("erreur", "erreurs"),
            Severity.WARNING: ("avertissement", "avertissements"),
        },
        finding="{} : {}",
        line="ligne {} du fichier",
        more="et {} de plus comme celle-ci",
        lines="et {} de plus comme celle-ci : lignes {}",
        summary="{} fichiers ; {}.",
        counted={
            Verdict.VALID: "valides : {}",
            Verdict.INVALID: "non valides : {}",
            Verdict.COULD_NOT_CHECK: "non vérifiés : {}",
        },
    ),
}
