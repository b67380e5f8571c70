"""Texts of Peppol's rules for sellers in Greece."""

from invoices.explain.national_wording import required, seller_in, told
from invoices.explain.text import Text

_SELLER = seller_in("Greece", "Griekenland", "en Grèce")
_SELLER_PARTY = "cac:AccountingSupplierParty/cac:Party"
_BUYER_PARTY = "cac:AccountingCustomerParty/cac:Party"
_VAT = "cac:PartyTaxScheme/cbc:CompanyID"
_REFERENCE = "cac:AdditionalDocumentReference"


def _part(en: str, nl: str, fr: str) -> Text:
    """The text for a part of the invoice number: which, and what it must be."""
    return told(
        en=(
            f"In the Greek invoice number, {en}.",
            "Number it as taxnumber|DD/MM/YYYY|branch|type|series|number (cbc:ID).",
        ),
        nl=(
            f"In het Griekse factuurnummer {nl}.",
            "Nummer als fiscaalnummer|DD/MM/JJJJ|vestiging|type|reeks|nummer (cbc:ID).",
        ),
        fr=(
            f"Dans le numéro de facture grec, {fr}.",
            "Numérotez ainsi : numérofiscal|JJ/MM/AAAA|établissement|type|série|numéro (cbc:ID).",
        ),
    )


def _vat_number(en: str, nl: str, fr: str, element: str) -> Text:
    return told(
        en=(
            f"{{found}} is not a Greek VAT number of {en}.",
            f"State one: EL and 9 digits ({element}).",
            f"A valid Greek VAT number of {en} is missing, or there are several.",
        ),
        nl=(
            f"{{found}} is geen Grieks btw-nummer van {nl}.",
            f"Vermeld er een: EL en 9 cijfers ({element}).",
            f"Een geldig Grieks btw-nummer van {nl} ontbreekt, of er zijn er meer dan een.",
        ),
        fr=(
            f"{{found}} n'est pas un numéro de TVA grec {fr}.",
            f"Indiquez-en un : EL et 9 chiffres ({element}).",
            f"Il manque un numéro de TVA grec valable {fr}, ou il y en a plusieurs.",
        ),
    )


def _address(en: str, nl: str, fr: str, element: str) -> Text:
    return told(
        en=(
            f"{{found}}, the Peppol address of {en}, is not a Greek tax number of scheme 9933.",
            f"State the tax number with schemeID 9933 ({element}).",
            f"The Peppol address of {en} is not a Greek tax number of scheme 9933.",
        ),
        nl=(
            f"{{found}}, het Peppol-adres van {nl}, is geen Grieks fiscaal nummer van schema 9933.",
            f"Vermeld het fiscaal nummer met schemeID 9933 ({element}).",
            f"Het Peppol-adres van {nl} is geen Grieks fiscaal nummer van schema 9933.",
        ),
        fr=(
            f"{{found}}, l'adresse Peppol {fr}, n'est pas un numéro fiscal grec de schéma 9933.",
            f"Indiquez le numéro fiscal avec schemeID 9933 ({element}).",
            f"L'adresse Peppol {fr} n'est pas un numéro fiscal grec de schéma 9933.",
        ),
    )


_LINKS = told(
    en=(
        "The invoice has {found} links to its copy at the Greek tax authority, not 1.",
        f"Keep one {_REFERENCE} with description ##INVOICE|URL##.",
        "The invoice does not have one link to its copy at the Greek tax authority.",
    ),
    nl=(
        "De factuur heeft {found} links naar haar kopie bij de Griekse fiscus, niet 1.",
        f"Behoud één {_REFERENCE} met omschrijving ##INVOICE|URL##.",
        "De factuur heeft niet één link naar haar kopie bij de Griekse fiscus.",
    ),
    fr=(
        "La facture a {found} lien(s) vers sa copie auprès du fisc grec, pas 1.",
        f"Gardez un seul {_REFERENCE} décrit par ##INVOICE|URL##.",
        "La facture n'a pas un seul lien vers sa copie auprès du fisc grec.",
    ),
)

_NUMBER = {
    "GR-R-001-1": _part(
        *("there are not 6 parts", "staan geen 6 delen", "il n'y a pas 6 parties"),
    ),
    "GR-R-001-2": _part(
        "the first part is not the tax number of the seller or its representative",
        "is het eerste deel niet het fiscaal nummer van de verkoper of zijn vertegenwoordiger",
        "la première partie n'est pas le numéro fiscal du vendeur ou de son représentant",
    ),
    "GR-R-001-3": _part(
        "the second part is not the date of issue",
        "is het tweede deel niet de factuurdatum",
        "la deuxième partie n'est pas la date de facture",
    ),
    "GR-R-001-4": _part(
        "the third part, the branch, is not a whole number",
        "is het derde deel, de vestiging, geen geheel getal",
        "la troisième partie, l'établissement, n'est pas un nombre entier",
    ),
    "GR-R-001-5": _part(
        "the fourth part is not a type of the tax authority (1.1, 1.6, 2.1, 2.4, 5.1, 5.2)",
        "is het vierde deel geen type van de fiscus (1.1, 1.6, 2.1, 2.4, 5.1, 5.2)",
        "la quatrième partie n'est pas un type du fisc (1.1, 1.6, 2.1, 2.4, 5.1, 5.2)",
    ),
    "GR-R-001-6": _part(
        "the fifth part, the series, is empty",
        "is het vijfde deel, de reeks, leeg",
        "la cinquième partie, la série, est vide",
    ),
    "GR-R-001-7": _part(
        "the sixth part, the number itself, is empty",
        "is het zesde deel, het nummer zelf, leeg",
        "la sixième partie, le numéro lui-même, est vide",
    ),
}
_PARTIES = {
    "GR-R-002": required(
        *(_SELLER, "the seller's registered name", "de geregistreerde naam van de verkoper"),
        *("le nom enregistré du vendeur", f"{_SELLER_PARTY}/cac:PartyName/cbc:Name"),
    ),
    "GR-R-003": _vat_number("the seller", "de verkoper", "du vendeur", f"{_SELLER_PARTY}/{_VAT}"),
    "GR-S-011": _vat_number("the seller", "de verkoper", "du vendeur", f"{_SELLER_PARTY}/{_VAT}"),
    "GR-R-005": required(
        *(_SELLER, "the buyer's name", "de naam van de klant", "le nom de l'acheteur"),
        f"{_BUYER_PARTY}/cac:PartyName/cbc:Name",
    ),
    "GR-R-006": _vat_number("the buyer", "de klant", "de l'acheteur", f"{_BUYER_PARTY}/{_VAT}"),
    "GR-R-009": _address("the seller", "de verkoper", "du vendeur", f"{_SELLER_PARTY}/cbc:EndpointID"),
    "GR-R-010": _address("the buyer", "de klant", "de l'acheteur", f"{_BUYER_PARTY}/cbc:EndpointID"),
}
_REFERENCES = {
    "GR-R-004-1": told(
        en=(
            "The invoice has {found} MARK numbers of the Greek tax authority, not 1.",
            f"Keep one {_REFERENCE} with description ##M.AR.K##.",
            "The invoice does not have one MARK number of the Greek tax authority.",
        ),
        nl=(
            "De factuur heeft {found} MARK-nummers van de Griekse fiscus, niet 1.",
            f"Behoud één {_REFERENCE} met omschrijving ##M.AR.K##.",
            "De factuur heeft niet één MARK-nummer van de Griekse fiscus.",
        ),
        fr=(
            "La facture a {found} numéro(s) MARK du fisc grec, pas 1.",
            f"Gardez un seul {_REFERENCE} décrit par ##M.AR.K##.",
            "La facture n'a pas un seul numéro MARK du fisc grec.",
        ),
    ),
    "GR-R-004-2": told(
        en=(
            "{found} is not a MARK number of the Greek tax authority.",
            f"State the number it gave ({_REFERENCE}/cbc:ID).",
            "The MARK number of the Greek tax authority is not a number.",
        ),
        nl=(
            "{found} is geen MARK-nummer van de Griekse fiscus.",
            f"Vermeld het nummer dat de fiscus gaf ({_REFERENCE}/cbc:ID).",
            "Het MARK-nummer van de Griekse fiscus is geen getal.",
        ),
        fr=(
            "{found} n'est pas un numéro MARK du fisc grec.",
            f"Indiquez le numéro qu'il a donné ({_REFERENCE}/cbc:ID).",
            "Le numéro MARK du fisc grec n'est pas un nombre.",
        ),
    ),
    "GR-R-008-2": _LINKS,
    "GR-S-008-1": _LINKS,
    "GR-R-008-3": required(
        *(_SELLER, "the link to the copy at the tax authority", "de link naar de kopie bij de fiscus"),
        *("le lien vers la copie auprès du fisc", "cac:Attachment/cac:ExternalReference/cbc:URI"),
    ),
}

TEXTS: dict[str, Text] = {**_NUMBER, **_PARTIES, **_REFERENCES}
