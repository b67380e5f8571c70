"""Texts for documents that cannot be read at all, told by what was found at their beginning."""

import re
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal

from invoices.document import MAX_BYTES, MAX_CHILDREN, MAX_DEPTH, MAX_ELEMENTS
from invoices.explain.text import Text, Words
from invoices.findings import Finding

_MEGABYTES = MAX_BYTES // 1_000_000
_EN = f"{MAX_ELEMENTS:,} elements or attributes, or one element holds more than {MAX_CHILDREN:,} others"
_MOST, _MOST_IN_ONE = (f"{number:,}".replace(",", ".") for number in (MAX_ELEMENTS, MAX_CHILDREN))

_AS_UBL = (
    "Send the invoice as UBL 2.1: Peppol BIS Billing 3.0, an Invoice or a CreditNote.",
    "Verstuur de factuur als UBL 2.1: Peppol BIS Billing 3.0, een Invoice of een CreditNote.",
    "Envoyez la facture en UBL 2.1 : Peppol BIS Billing 3.0, une Invoice ou une CreditNote.",
)
_WITHOUT_DOCTYPE = (
    "Send the invoice as UBL without a DOCTYPE; UBL needs none.",
    "Verstuur de factuur als UBL zonder DOCTYPE; UBL heeft er geen nodig.",
    "Envoyez la facture en UBL sans DOCTYPE ; l'UBL n'en a pas besoin.",
)
_IN_UTF_8 = (
    "Write the file in the encoding that its first line declares, best of all in UTF-8.",
    "Schrijf het bestand in de codering die de eerste regel vermeldt, liefst in UTF-8.",
    "Écrivez le fichier dans l'encodage que sa première ligne indique, de préférence en UTF-8.",
)
_OTHER_BYTES = (
    "The file holds bytes that are not in the encoding that it says it is in.",
    "Het bestand bevat bytes die niet kloppen met de codering die het vermeldt.",
    "Le fichier contient des octets qui ne correspondent pas à l'encodage qu'il indique.",
)
_COMPLETE = (
    "Send the complete file as the invoicing program wrote it.",
    "Verstuur het volledige bestand zoals het facturatieprogramma het geschreven heeft.",
    "Envoyez le fichier complet, tel que le logiciel de facturation l'a écrit.",
)


def _told(
    en: str, nl: str, fr: str, fix: tuple[str, str, str], plain: tuple[str, str, str] | None = None
) -> Text:
    without = plain or (None, None, None)
    return Text(Words(en, fix[0], without[0]), Words(nl, fix[1], without[1]), Words(fr, fix[2], without[2]))


def _no_xml(en: str, nl: str, fr: str) -> Text:
    return _told(
        f"This is not XML; it looks like {en}.",
        f"Dit is geen XML; het lijkt op {nl}.",
        f"Ceci n'est pas du XML, mais semble être {fr}.",
        _AS_UBL,
    )


def _no_invoice(en: str, nl: str, fr: str) -> Text:
    return _told(
        f"This is not a UBL invoice or credit note but {en}.",
        f"Dit is geen factuur of creditnota in UBL, maar {nl}.",
        f"Ceci n'est ni une facture ni une note de crédit en UBL, mais {fr}.",
        _AS_UBL,
    )


TEXTS: dict[str, Text] = {
    "WB-SIZE": _told(
        f"The document has {{found}} MB; at most {_MEGABYTES} MB are read.",
        f"Het document is {{found}} MB groot; hoogstens {_MEGABYTES} MB wordt gelezen.",
        f"Le document fait {{found}} Mo ; au plus {_MEGABYTES} Mo sont lus.",
        (
            "Send it with smaller or fewer attachments.",
            "Verstuur het met kleinere of minder bijlagen.",
            "Envoyez-le avec des annexes moins lourdes ou moins nombreuses.",
        ),
        (
            f"The document has more than {_MEGABYTES} MB; more is not read.",
            f"Het document is groter dan {_MEGABYTES} MB; meer wordt niet gelezen.",
            f"Le document dépasse {_MEGABYTES} Mo ; au-delà, il n'est pas lu.",
        ),
    ),
    "WB-ENCODING": _told(
        "The encoding {found} is not accepted; accepted are UTF-8, UTF-16, ISO-8859-x, Windows-125x and US-ASCII.",
        "De codering {found} wordt niet aanvaard; wel UTF-8, UTF-16, ISO-8859-x, Windows-125x en US-ASCII.",
        "L'encodage {found} n'est pas accepté ; le sont UTF-8, UTF-16, ISO-8859-x, Windows-125x et US-ASCII.",
        (
            "Save the document in UTF-8.",
            "Bewaar het document in UTF-8.",
            "Enregistrez le document en UTF-8.",
        ),
        _OTHER_BYTES,
    ),
    "WB-XML": _told(
        "This is not XML; it begins with {found}.",
        "Dit is geen XML; het begint met {found}.",
        "Ceci n'est pas du XML ; le début est {found}.",
        _AS_UBL,
        (
            "The document is empty or is not XML.",
            "Het document is leeg of is geen XML.",
            "Le document est vide ou n'est pas du XML.",
        ),
    ),
    "WB-DOCTYPE": _told(
        "This is a document with a DOCTYPE; that is never read, since it can make a reader do harm.",
        "Dit is een document met een DOCTYPE; dat wordt nooit gelezen, want het kan schade aanrichten.",
        "Ce document contient un DOCTYPE ; il n'est jamais lu, car il peut causer des dommages.",
        _WITHOUT_DOCTYPE,
    ),
    "WB-ELEMENTS": _told(
        f"The document has more than {_EN}.",
        f"Het document telt meer dan {_MOST} elementen of attributen, of meer dan {_MOST_IN_ONE} elementen in één"
        " ander.",
        f"Le document compte plus de {_MOST} éléments ou attributs, ou plus de {_MOST_IN_ONE} éléments dans un"
        " seul.",
        (
            "Split the invoice into several.",
            "Splits de factuur op in meerdere facturen.",
            "Scindez la facture en plusieurs factures.",
        ),
    ),
    "WB-DEPTH": _told(
        f"Elements are nested more than {MAX_DEPTH} deep; no invoice is.",
        f"Elementen zitten meer dan {MAX_DEPTH} niveaus diep in elkaar; zo is geen enkele factuur.",
        f"Des éléments sont imbriqués sur plus de {MAX_DEPTH} niveaux ; aucune facture ne l'est.",
        _AS_UBL,
    ),
    "WB-ROOT": _told(
        "This is not a UBL invoice or credit note but a document of another kind: {found}.",
        "Dit is geen factuur of creditnota in UBL, maar een ander soort document: {found}.",
        "Ceci n'est ni une facture ni une note de crédit en UBL, mais un autre type de document : {found}.",
        _AS_UBL,
        (
            "This is not a UBL invoice or credit note.",
            "Dit is geen factuur of creditnota in UBL.",
            "Ceci n'est ni une facture ni une note de crédit en UBL.",
        ),
    ),
}
"""By finding code; what is found at the beginning of a document may have a better one in `told`."""

_BROKEN = _told(
    "The XML is broken: {found}.",
    "De XML is beschadigd: {found}.",
    "Le XML est endommagé : {found}.",
    _COMPLETE,
    ("The XML is broken.", "De XML is beschadigd.", "Le XML est endommagé."),
)
_EMPTY = _told("The document is empty.", "Het document is leeg.", "Le document est vide.", _COMPLETE)
_BEGINNINGS = {
    "%PDF-": _no_xml("a PDF", "een pdf", "un PDF"),
    "PK": _no_xml("a zip archive", "een ziparchief", "une archive zip"),
    "{": _no_xml("JSON", "JSON", "du JSON"),
    "[": _no_xml("JSON", "JSON", "du JSON"),
}
_WEB_PAGE = _told(
    "This is an HTML page with a DOCTYPE, perhaps an error page of the system that it came from.",
    "Dit is een webpagina met een DOCTYPE, misschien een foutpagina van het systeem waar ze vandaan komt.",
    "Ceci est une page web avec un DOCTYPE, peut-être une page d'erreur du système d'où elle vient.",
    _WITHOUT_DOCTYPE,
)
_NOT_AS_DECLARED = _told(
    "The file holds bytes that are not in the encoding that it says it is in: {found}.",
    "Het bestand bevat bytes die niet kloppen met de codering die het vermeldt: {found}.",
    "Le fichier contient des octets qui ne correspondent pas à l'encodage qu'il indique : {found}.",
    _IN_UTF_8,
    _OTHER_BYTES,
)
_NOT_UTF_16 = _told(
    "The first line declares UTF-16, but the document is not in UTF-16.",
    "De eerste regel vermeldt UTF-16, maar het document staat niet in UTF-16.",
    "La première ligne indique UTF-16, mais le document n'est pas en UTF-16.",
    _IN_UTF_8,
)
_NAMESPACE = _told(
    "This is an Invoice or CreditNote in another namespace than UBL's: {found}.",
    "Dit is een Invoice of CreditNote in een andere naamruimte dan die van UBL: {found}.",
    "Ceci est une Invoice ou une CreditNote dans un autre espace de noms que celui d'UBL : {found}.",
    _AS_UBL,
    (
        "This is an Invoice or CreditNote without UBL's namespace.",
        "Dit is een Invoice of CreditNote zonder de naamruimte van UBL.",
        "Ceci est une Invoice ou une CreditNote sans l'espace de noms d'UBL.",
    ),
)
_ROOTS = {
    "CrossIndustryInvoice": _no_invoice(
        "a UN/CEFACT CII invoice", "een CII-factuur (UN/CEFACT)", "une facture CII (UN/CEFACT)"
    ),
    "StandardBusinessDocument": _no_invoice(
        "a Peppol envelope (SBDH); send the document inside it",
        "een Peppol-omslag (SBDH); verstuur het document dat erin zit",
        "une enveloppe Peppol (SBDH) ; envoyez le document qu'elle contient",
    ),
    "Envelope": _no_invoice(
        "a SOAP message; send the document inside it",
        "een SOAP-bericht; verstuur het document dat erin zit",
        "un message SOAP ; envoyez le document qu'il contient",
    ),
    "html": _no_invoice(
        "a web page, perhaps an error page of the system that it came from",
        "een webpagina, misschien een foutpagina van het systeem waar ze vandaan komt",
        "une page web, peut-être une page d'erreur du système d'où elle vient",
    ),
}
_HEX = re.compile(r"[0-9a-f]{2}(?: [0-9a-f]{2})*")


def told(finding: Finding) -> tuple[Text, Finding]:
    """The text for one of these findings, and the finding with its values as that text shows them."""
    found = finding.found or ""
    if finding.code == "WB-ROOT":
        return _root(finding, found)
    if finding.code == "WB-SIZE" and found.isascii() and found.isdigit():
        return TEXTS["WB-SIZE"], replace(finding, found=_megabytes(found))
    if finding.code == "WB-DOCTYPE" and re.match(r"<!doctype\s*html", found, re.IGNORECASE):
        return _WEB_PAGE, finding
    if finding.code == "WB-XML":
        return _xml(finding, found), finding
    if finding.code == "WB-ENCODING":
        return _encoding(found), finding
    return TEXTS[finding.code], finding


def _root(finding: Finding, tag: str) -> tuple[Text, Finding]:
    namespace, _, name = tag.rpartition("}")
    if name in {"Invoice", "CreditNote"}:
        return _NAMESPACE, replace(finding, found=namespace.lstrip("{"))
    return _ROOTS.get(name, TEXTS["WB-ROOT"]), replace(finding, found=name)


def _megabytes(size: str) -> str:
    """Rounded up, so that a document which is just too large is not told to have what is allowed."""
    return str((Decimal(size) / 1_000_000).quantize(Decimal("0.1"), ROUND_CEILING)) if len(size) < 20 else ""


def _xml(finding: Finding, found: str) -> Text:
    if finding.line is not None:
        return _BROKEN
    if not found and "empty" in finding.message:
        return _EMPTY
    return next((text for start, text in _BEGINNINGS.items() if found.startswith(start)), TEXTS["WB-XML"])


def _encoding(found: str) -> Text:
    if not found or _HEX.fullmatch(found):
        return _NOT_AS_DECLARED
    return _NOT_UTF_16 if found.lower().startswith(("utf-16", "utf16")) else TEXTS["WB-ENCODING"]
