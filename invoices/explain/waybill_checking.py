"""Texts for what the check itself has to say: it failed, left a rule out, or found too much to list."""

from invoices.explain.text import Text, Words

TEXTS: dict[str, Text] = {
    "WB-CHECK-FAILED": Text(
        en=Words(
            "The check itself failed, so nobody knows whether the document is valid: {found}.",
            "It is checked again by the next run. If it fails again, look at the document, and report this.",
            "The check itself failed, so nobody knows whether the document is valid.",
        ),
        nl=Words(
            "De controle zelf is mislukt, dus niemand weet of het document geldig is: {found}.",
            "Ze wordt later herhaald. Mislukt ze opnieuw, bekijk dan het document en meld dit.",
            "De controle zelf is mislukt, dus niemand weet of het document geldig is.",
        ),
        fr=Words(
            "La vérification elle-même a échoué ; personne ne sait donc si le document est valide : {found}.",
            "Elle sera refaite plus tard. Si elle échoue encore, examinez le document et signalez-le.",
            "La vérification elle-même a échoué ; personne ne sait donc si le document est valide.",
        ),
    ),
    "WB-MORE": Text(
        en=Words(
            "There are more findings of the same kind than are listed: {found}.",
            "Correct those that are listed, then check again.",
            "There are more findings of the same kind than are listed.",
        ),
        nl=Words(
            "Er zijn meer vaststellingen van dezelfde soort dan hier staan: {found}.",
            "Verbeter wat hier staat en controleer opnieuw.",
            "Er zijn meer vaststellingen van dezelfde soort dan hier staan.",
        ),
        fr=Words(
            "Il y a plus de constats du même type que ceux affichés ici : {found}.",
            "Corrigez ceux qui sont affichés, puis vérifiez à nouveau.",
            "Il y a plus de constats du même type que ceux affichés ici.",
        ),
    ),
    "WB-RULE-NOT-ASKED": Text(
        en=Words(
            "Rule {found} was not asked: it could not be compiled.",
            "An operator allowed it to be left out. Take it up with whoever publishes the rules.",
            "A rule was not asked: it could not be compiled.",
        ),
        nl=Words(
            "Regel {found} is niet getoetst: het programma kon hem niet omzetten.",
            "Een beheerder liet toe hem weg te laten. Meld het aan wie de regels uitgeeft.",
            "Een regel is niet getoetst: het programma kon hem niet omzetten.",
        ),
        fr=Words(
            "La règle {found} n'a pas été vérifiée : le programme n'a pas pu la convertir.",
            "Un administrateur a permis de l'omettre. Signalez-le à ceux qui publient les règles.",
            "Une règle n'a pas été vérifiée : le programme n'a pas pu la convertir.",
        ),
    ),
}
"""By finding code."""
