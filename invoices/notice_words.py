"""The sentences of notices, in the languages people read."""

from collections.abc import Mapping

from invoices.explain.text import Language
from invoices.why import Why

TITLES: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "run_failed": "{subject} failed",
        "run_stopped": "{subject} was cut off",
        "run_cancelled": "{subject} was cancelled",
        "people_needed": "{subject}: people are needed",
        "neighbour_left_alone": "{subject} does not answer and is left alone",
    },
    Language.NL: {
        "run_failed": "{subject} is mislukt",
        "run_stopped": "{subject} werd afgebroken",
        "run_cancelled": "{subject} werd geannuleerd",
        "people_needed": "{subject}: er is iemand nodig",
        "neighbour_left_alone": "{subject} antwoordt niet en wordt met rust gelaten",
    },
    Language.FR: {
        "run_failed": "{subject} a échoué",
        "run_stopped": "{subject} a été interrompu",
        "run_cancelled": "{subject} a été annulé",
        "people_needed": "{subject} : une intervention est nécessaire",
        "neighbour_left_alone": "{subject} ne répond pas et n'est plus appelé pour l'instant",
    },
}
"""What a notice of trouble opens with, by its kind."""

RECOVERIES: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        **dict.fromkeys(("run_failed", "run_stopped", "run_cancelled"), "{subject} runs again"),
        "people_needed": "{subject}: nobody is needed any more",
        "neighbour_left_alone": "{subject} answers again",
    },
    Language.NL: {
        **dict.fromkeys(("run_failed", "run_stopped", "run_cancelled"), "{subject} loopt weer"),
        "people_needed": "{subject}: er is niemand meer nodig",
        "neighbour_left_alone": "{subject} antwoordt weer",
    },
    Language.FR: {
        **dict.fromkeys(("run_failed", "run_stopped", "run_cancelled"), "{subject} fonctionne à nouveau"),
        "people_needed": "{subject} : plus aucune intervention n'est nécessaire",
        "neighbour_left_alone": "{subject} répond à nouveau",
    },
}
"""What a notice opens with once the trouble is over."""

SENTENCES: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        "times": "{times} times since {since}.",
        "again": "Again {times} times since {since}.",
        "lasted": "From {since} until {until}.",
        "meanwhile": "It happened {times} more times from {since} on.",
        "next": "Next: {step}",
        "invoices": "{count} invoices wait for a person:",
        "invoices_one": "1 invoice waits for a person:",
        "rejected": "{count} records of the source could not be taken: see `waybill rejected`.",
        "rejected_one": "1 record of the source could not be taken: see `waybill rejected`.",
        "more_reasons": "and {count} more reasons",
        "and_more": " and {count} more",
        "job": "Job",
        "run": "Run in Prefect",
        "receipts": "Of the receipts read back, {different} differ and {not_checked} could not be checked;"
        " {fewer} monthly counts are lower than they should be.",
        "started": "The run could not even begin.",
        "died": "Its process was killed, or lost the ledger. The next run goes on with what it left.",
        "cancelled": "Somebody cancelled it; the next run goes on with what it left.",
        "unknown_end": "Its end is not known.",
        "test": "A test of Waybill's messages",
        "test_line": "Whoever reads this hears of trouble here.",
        "without_ledger": "The ledger cannot be reached, so this is not counted and may be told again.",
    },
    Language.NL: {
        "times": "{times} keer sinds {since}.",
        "again": "Opnieuw {times} keer sinds {since}.",
        "lasted": "Van {since} tot {until}.",
        "meanwhile": "Het gebeurde nog {times} keer vanaf {since}.",
        "next": "Volgende stap: {step}",
        "invoices": "{count} facturen wachten op iemand:",
        "invoices_one": "1 factuur wacht op iemand:",
        "rejected": "{count} records van de bron konden niet worden opgenomen: zie `waybill rejected`.",
        "rejected_one": "1 record van de bron kon niet worden opgenomen: zie `waybill rejected`.",
        "more_reasons": "en nog {count} andere redenen",
        "and_more": " en nog {count}",
        "job": "Job",
        "run": "Run in Prefect",
        "receipts": "Van de teruggelezen ontvangstbewijzen verschillen er {different} en konden er {not_checked}"
        " niet worden nagekeken; {fewer} maandtellingen liggen lager dan ze horen.",
        "started": "De run kon zelfs niet beginnen.",
        "died": "Het proces werd afgebroken of verloor het grootboek. De volgende run gaat verder.",
        "cancelled": "Iemand heeft de run geannuleerd; de volgende gaat verder.",
        "unknown_end": "Hoe de run afliep, is niet bekend.",
        "test": "Een test van de berichten van Waybill",
        "test_line": "Wie dit leest, verneemt hier van problemen.",
        "without_ledger": "Het grootboek is niet bereikbaar: dit wordt niet geteld en kan opnieuw gemeld worden.",
    },
    Language.FR: {
        "times": "{times} fois depuis {since}.",
        "again": "À nouveau {times} fois depuis {since}.",
        "lasted": "De {since} à {until}.",
        "meanwhile": "Cela s'est encore produit {times} fois à partir de {since}.",
        "next": "Prochaine étape : {step}",
        "invoices": "{count} factures attendent une décision :",
        "invoices_one": "1 facture attend une décision :",
        "rejected": "{count} enregistrements de la source n'ont pas pu être repris : voyez `waybill rejected`.",
        "rejected_one": "1 enregistrement de la source n'a pas pu être repris : voyez `waybill rejected`.",
        "more_reasons": "et {count} autres raisons",
        "and_more": " et {count} de plus",
        "job": "Job",
        "run": "Exécution dans Prefect",
        "receipts": "Parmi les accusés relus, {different} diffèrent et {not_checked} n'ont pas pu être vérifiés ;"
        " {fewer} totaux mensuels sont plus bas qu'attendu.",
        "started": "L'exécution n'a même pas pu commencer.",
        "died": "Son processus a été arrêté ou a perdu le registre. La prochaine exécution reprendra la suite.",
        "cancelled": "Quelqu'un l'a annulée ; la prochaine exécution reprendra la suite.",
        "unknown_end": "On ne sait pas comment elle s'est terminée.",
        "test": "Un essai des messages de Waybill",
        "test_line": "Qui lit ceci sera averti ici des problèmes.",
        "without_ledger": "Le registre est injoignable : ceci n'est pas compté et peut être répété.",
    },
}

WHYS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: {
        Why.CHANGED_WITHOUT_VERSION: "The source changed the document without a new version.",
        Why.REASSIGNED: "The source gave it to another company or direction without a new version.",
        Why.CHECK_FAILED: "The check itself failed.",
        Why.FINDINGS: "The rules found errors.",
        Why.COMPANY_NOT_ON_DOCUMENT: "Not addressed to or issued by its company.",
        Why.COMPANY_BY_VAT_ONLY: "Only the VAT number is its company's.",
        Why.COMPANY_UNCLEAR: "Nothing says whose invoice it is.",
        Why.COMPANY_NOT_LISTED: "Clearfacts does not list its company.",
        Why.OTHER_CONTENT: "One with the same number is already here, with other content.",
        Why.DELIVERED_AS_OTHER_VERSION: "An earlier version was forwarded, and this one differs.",
        Why.REFUSED: "Clearfacts refused it.",
        Why.UNKNOWN: "Receipt uncertain: find it in Clearfacts.",
        Why.WORKER_DIED: "Receipt uncertain, the upload was cut off: find it in Clearfacts.",
        Why.RESTORED: "Restored from an older copy of the ledger: was it forwarded since?",
    },
    Language.NL: {
        Why.CHANGED_WITHOUT_VERSION: "De bron wijzigde het document zonder nieuwe versie.",
        Why.REASSIGNED: "De bron gaf ze aan een ander dossier of een andere richting, zonder nieuwe versie.",
        Why.CHECK_FAILED: "De controle zelf is mislukt.",
        Why.FINDINGS: "De regels vonden fouten.",
        Why.COMPANY_NOT_ON_DOCUMENT: "Niet gericht aan of uitgereikt door dit dossier.",
        Why.COMPANY_BY_VAT_ONLY: "Enkel het btw-nummer is van dit dossier.",
        Why.COMPANY_UNCLEAR: "Niets zegt van wie de factuur is.",
        Why.COMPANY_NOT_LISTED: "Clearfacts kent dit dossier niet.",
        Why.OTHER_CONTENT: "Er is er al een met hetzelfde nummer en een andere inhoud.",
        Why.DELIVERED_AS_OTHER_VERSION: "Een eerdere versie is doorgestuurd; deze verschilt.",
        Why.REFUSED: "Clearfacts weigerde ze.",
        Why.UNKNOWN: "Ontvangst onzeker: zoek ze in Clearfacts.",
        Why.WORKER_DIED: "Ontvangst onzeker, het doorsturen werd afgebroken: zoek ze in Clearfacts.",
        Why.RESTORED: "Teruggezet uit een oudere kopie van het grootboek: is ze sindsdien doorgestuurd?",
    },
    Language.FR: {
        Why.CHANGED_WITHOUT_VERSION: "La source a changé le document sans nouvelle version.",
        Why.REASSIGNED: "La source l'a attribuée à un autre dossier ou sens, sans nouvelle version.",
        Why.CHECK_FAILED: "Le contrôle lui-même a échoué.",
        Why.FINDINGS: "Les règles ont trouvé des erreurs.",
        Why.COMPANY_NOT_ON_DOCUMENT: "Ni adressée à ce dossier, ni émise par lui.",
        Why.COMPANY_BY_VAT_ONLY: "Seul le numéro de TVA est celui de ce dossier.",
        Why.COMPANY_UNCLEAR: "Rien ne dit à qui est cette facture.",
        Why.COMPANY_NOT_LISTED: "Clearfacts ne connaît pas ce dossier.",
        Why.OTHER_CONTENT: "Une facture de même numéro et d'un autre contenu est déjà là.",
        Why.DELIVERED_AS_OTHER_VERSION: "Une version antérieure a été transmise ; celle-ci diffère.",
        Why.REFUSED: "Clearfacts l'a refusée.",
        Why.UNKNOWN: "Réception incertaine : cherchez-la dans Clearfacts.",
        Why.WORKER_DIED: "Réception incertaine, l'envoi a été interrompu : cherchez-la dans Clearfacts.",
        Why.RESTORED: "Restaurée d'une copie antérieure du registre : a-t-elle été transmise depuis ?",
    },
}
"""Why a person is needed, in few words that name no value."""
