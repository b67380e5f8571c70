"""Texts for invoices held against others, and against the company and number that the source gives them."""

from dataclasses import replace

from invoices.company import format_enterprise_number
from invoices.explain.text import Text, Words
from invoices.findings import Finding

_WHOSE = (
    "Correct the company of the record in the source, or the party on the invoice, and issue it again.",
    "Verbeter het dossier in de bron, of de partij op de factuur, en reik ze opnieuw uit.",
    "Corrigez le dossier dans la source, ou la partie sur la facture, et émettez-la à nouveau.",
)
_WHICH = (
    "Look which of the two is right.",
    "Kijk na welke van de twee juist is.",
    "Vérifiez laquelle des deux est correcte.",
)

TEXTS: dict[str, Text] = {
    "WB-COMPANY": Text(
        en=Words("Addressed to {found}, not to {expected}.", _WHOSE[0], "Not addressed to this company."),
        nl=Words("Gericht aan {found}, niet aan {expected}.", _WHOSE[1], "Niet gericht aan dit dossier."),
        fr=Words("Adressée au {found}, pas au {expected}.", _WHOSE[2], "Pas adressée à ce dossier."),
    ),
    "WB-NUMBER": Text(
        en=Words(
            "The document's number is {found}; the source calls it {expected}.",
            "The document counts. Correct the number in the source.",
            "The document has another number than the source gives it.",
        ),
        nl=Words(
            "Het document heeft nummer {found}; de bron noemt het {expected}.",
            "Het document telt. Verbeter het nummer in de bron.",
            "Het document heeft een ander nummer dan de bron vermeldt.",
        ),
        fr=Words(
            "Le document porte le numéro {found} ; la source l'appelle {expected}.",
            "C'est le document qui compte. Corrigez le numéro dans la source.",
            "Le document porte un autre numéro que celui de la source.",
        ),
    ),
    "WB-DIFFERS": Text(
        en=Words(
            "{found} here, {expected} in the other one.",
            _WHICH[0],
            "They differ in attachments, notes or order only.",
        ),
        nl=Words(
            "Hier {found}, in de andere {expected}.",
            _WHICH[1],
            "Ze verschillen enkel in bijlagen, opmerkingen of volgorde.",
        ),
        fr=Words(
            "Ici {found}, dans l'autre {expected}.",
            _WHICH[2],
            "Elles ne diffèrent que par les annexes, les remarques ou l'ordre.",
        ),
    ),
    "WB-CHANGED-WITHOUT-VERSION": Text(
        en=Words(
            "The source changed this document later without giving it a new version; this one was forwarded.",
            "Compare both; if the later one is right, mend it in Clearfacts and dismiss or release the held one.",
        ),
        nl=Words(
            "De bron heeft dit document later gewijzigd zonder nieuw versienummer; dit is doorgestuurd.",
            "Vergelijk beide. Is het latere juist, verbeter het dan in Clearfacts en sluit het wachtende af of geef"
            " het vrij.",
        ),
        fr=Words(
            "La source a modifié ce document plus tard sans nouveau numéro de version ; celui-ci a été transmis.",
            "Comparez les deux. Si le plus récent est correct, corrigez dans Clearfacts et clôturez ou libérez celui"
            " en attente.",
        ),
    ),
    "WB-REASSIGNED": Text(
        en=Words(
            "The source now gives this invoice to {found}, without a new version; it came for {expected}.",
            "If the source is right now, have it send a new version and dismiss this one; if not, release it.",
            "The source now gives this invoice to another company or direction, without a new version.",
        ),
        nl=Words(
            "De bron wijst deze factuur nu toe aan {found}, zonder nieuwe versie; ze kwam binnen voor {expected}.",
            "Heeft de bron nu gelijk, laat ze een nieuwe versie sturen en sluit deze af; zo niet, geef ze vrij.",
            "De bron wijst deze factuur nu toe aan een ander dossier of een andere richting, zonder nieuwe versie.",
        ),
        fr=Words(
            "La source attribue maintenant cette facture au {found}, sans nouvelle version ; elle était arrivée pour"
            " le {expected}.",
            "Si la source a raison, faites-lui envoyer une nouvelle version et clôturez celle-ci ; sinon, libérez-la.",
            "La source attribue maintenant cette facture à un autre dossier ou à un autre sens, sans nouvelle version.",
        ),
    ),
    "WB-NEAR-DUPLICATE": Text(
        en=Words(
            "The same issuer and amount as another invoice, with a close number or date ({found}).",
            "Look whether both are really due; if not, ask for a credit note.",
            "The same issuer and amount as another invoice, with a close number or date.",
        ),
        nl=Words(
            "Dezelfde uitreiker en hetzelfde bedrag als een andere factuur, met een verwant nummer of een nabije"
            " datum ({found}).",
            "Kijk na of beide echt verschuldigd zijn; zo niet, vraag een creditnota.",
            "Dezelfde uitreiker en hetzelfde bedrag als een andere factuur, met een verwant nummer of een nabije"
            " datum.",
        ),
        fr=Words(
            "Même émetteur et même montant qu'une autre facture, avec un numéro ou une date proche ({found}).",
            "Vérifiez si les deux sont réellement dues ; sinon, demandez une note de crédit.",
            "Même émetteur et même montant qu'une autre facture, avec un numéro ou une date proche.",
        ),
    ),
}
"""By finding code; `told` has better ones for what is only sometimes so."""

_SOLD = Text(
    en=Words("Issued by {found}, not by {expected}.", _WHOSE[0], "Not issued by this company."),
    nl=Words(
        "Uitgereikt door {found}, niet door {expected}.", _WHOSE[1], "Niet uitgereikt door dit dossier."
    ),
    fr=Words("Émise par le {found}, pas par le {expected}.", _WHOSE[2], "Pas émise par ce dossier."),
)
_INCOMPARABLE = Text(
    en=Words("They cannot be compared: one of them cannot be read.", _WHICH[0]),
    nl=Words("Ze kunnen niet vergeleken worden: een van beide is niet leesbaar.", _WHICH[1]),
    fr=Words("Elles ne peuvent pas être comparées : l'une des deux est illisible.", _WHICH[2]),
)
_ONLY_HERE = Text(
    en=Words("{found} here, nothing in the other one.", _WHICH[0], "They differ."),
    nl=Words("Hier {found}, in de andere niets.", _WHICH[1], "Ze verschillen."),
    fr=Words("Ici {found}, dans l'autre rien.", _WHICH[2], "Elles diffèrent."),
)
_ONLY_THERE = Text(
    en=Words("Nothing here, {expected} in the other one.", _WHICH[0], "They differ."),
    nl=Words("Hier niets, in de andere {expected}.", _WHICH[1], "Ze verschillen."),
    fr=Words("Ici rien, dans l'autre {expected}.", _WHICH[2], "Elles diffèrent."),
)


def told(finding: Finding) -> tuple[Text, Finding]:
    """The text for one of these findings, and the finding with its values as that text shows them."""
    if finding.code == "WB-COMPANY":
        sold = (finding.location or "").endswith("cac:AccountingSupplierParty")
        named = replace(finding, found=_number(finding.found), expected=_number(finding.expected))
        return _SOLD if sold else TEXTS["WB-COMPANY"], named
    if finding.code == "WB-DIFFERS":
        return _difference(finding), finding
    return TEXTS[finding.code], finding


def _number(number: str | None) -> str | None:
    whole = number is not None and len(number) == 10 and number.isdecimal()
    return format_enterprise_number(number) if number is not None and whole else number


def _difference(finding: Finding) -> Text:
    if finding.message.startswith("They cannot be compared"):
        return _INCOMPARABLE
    if not finding.location or bool(finding.found) == bool(finding.expected):
        return TEXTS["WB-DIFFERS"]
    return _ONLY_HERE if finding.found else _ONLY_THERE
