"""Texts of Peppol's rules about identifiers: which number is not valid, and what it must look like."""

from typing import NamedTuple

from invoices.explain.text import Text, Words


class _Number(NamedTuple):
    """What a number should be, as "not a valid …", "geen geldig …" and "pas … valable", its scheme and its form."""

    en: str
    nl: str
    fr: str
    scheme: str
    en_form: str
    nl_form: str
    fr_form: str


_DUTCH_VAT = ("as NL123456789B01", "zoals NL123456789B01", "comme NL123456789B01")
_ITALIAN_TAX = (
    "16 letters and digits, or 11 digits",
    "16 letters en cijfers, of 11 cijfers",
    "16 lettres et chiffres, ou 11 chiffres",
)


def _digits(count: int) -> tuple[str, str, str]:
    return f"{count} digits", f"{count} cijfers", f"{count} chiffres"


def _digits_with_check(count: int) -> tuple[str, str, str]:
    return (
        f"{count} digits that pass its check",
        f"{count} cijfers met een juist controlegetal",
        f"{count} chiffres dont la clé de contrôle est juste",
    )


_NUMBERS = {
    "PEPPOL-COMMON-R040": _Number(
        "location number (GLN)",
        "locatienummer (GLN)",
        "numéro de localisation (GLN)",
        "0088",
        *_digits_with_check(13),
    ),
    "PEPPOL-COMMON-R041": _Number(
        "Norwegian organisation number",
        "Noors organisatienummer",
        "numéro d'organisation norvégien",
        "0192",
        *_digits_with_check(9),
    ),
    "PEPPOL-COMMON-R042": _Number(
        "Danish CVR number",
        "Deens CVR-nummer",
        "numéro CVR danois",
        "0184",
        "8 digits, with or without DK before them",
        "8 cijfers, met of zonder DK ervoor",
        "8 chiffres, précédés ou non de DK",
    ),
    "PEPPOL-COMMON-R043": _Number(
        "Belgian enterprise number",
        "Belgisch ondernemingsnummer",
        "numéro d'entreprise belge",
        "0208",
        "10 digits with the right last two, without BE, dots or spaces",
        "10 cijfers met de juiste laatste twee, zonder BE, punten of spaties",
        "10 chiffres dont les deux derniers sont justes, sans BE, ni points ni espaces",
    ),
    "PEPPOL-COMMON-R044": _Number(
        "Italian office code (IPA)",
        "IPA-nummer van een Italiaanse dienst",
        "code de service italien (IPA)",
        "0201",
        "6 letters or digits",
        "6 letters of cijfers",
        "6 lettres ou chiffres",
    ),
    "PEPPOL-COMMON-R045": _Number(
        "Italian tax code", "Italiaans fiscaal nummer", "code fiscal italien", "0210", *_ITALIAN_TAX
    ),
    "PEPPOL-COMMON-R046": _Number(
        "Italian tax code", "Italiaans fiscaal nummer", "code fiscal italien", "9907", *_ITALIAN_TAX
    ),
    "PEPPOL-COMMON-R047": _Number(
        "Italian VAT number",
        "Italiaans btw-nummer",
        "numéro de TVA italien",
        "0211",
        "IT and 11 digits that pass its check",
        "IT en 11 cijfers met een juist controlegetal",
        "IT et 11 chiffres dont la clé de contrôle est juste",
    ),
    "PEPPOL-COMMON-R049": _Number(
        "Swedish organisation number",
        "Zweeds organisatienummer",
        "numéro d'organisation suédois",
        "0007",
        *_digits_with_check(10),
    ),
    "PEPPOL-COMMON-R050": _Number(
        "Australian business number (ABN)",
        "Australisch ondernemingsnummer (ABN)",
        "numéro d'entreprise australien (ABN)",
        "0151",
        *_digits_with_check(11),
    ),
    "PEPPOL-COMMON-R052": _Number(
        "Danish P number", "Deens P-nummer", "numéro P danois", "0096", *_digits(10)
    ),
    "PEPPOL-COMMON-R053": _Number(
        "Danish SE number",
        "Deens SE-nummer",
        "numéro SE danois",
        "0198",
        "DK and 8 digits",
        "DK en 8 cijfers",
        "DK et 8 chiffres",
    ),
    "PEPPOL-COMMON-R054": _Number(
        "Dutch KVK number", "Nederlands KVK-nummer", "numéro KVK néerlandais", "0106", *_digits(8)
    ),
    "PEPPOL-COMMON-R055": _Number(
        "Dutch OIN", "Nederlands OIN", "numéro OIN néerlandais", "0190", *_digits(20)
    ),
    "PEPPOL-COMMON-R056-1": _Number(
        "Dutch VAT number", "Nederlands btw-nummer", "numéro de TVA néerlandais", "9944", *_DUTCH_VAT
    ),
    "PEPPOL-COMMON-R056-2": _Number(
        "Dutch VAT number", "Nederlands btw-nummer", "numéro de TVA néerlandais", "", *_DUTCH_VAT
    ),
    "PEPPOL-COMMON-R057": _Number(
        "Dutch establishment number",
        "Nederlands vestigingsnummer",
        "numéro d'établissement néerlandais",
        "0217",
        *_digits(12),
    ),
}


def _text(number: _Number) -> Text:
    scheme = f" (@schemeID {number.scheme})" if number.scheme else " (cac:PartyTaxScheme/cbc:CompanyID)"
    return Text(
        en=Words(
            f"{{found}} is not a valid {number.en}.",
            f"Correct it: {number.en_form}{scheme}.",
            f"A number is not a valid {number.en}.",
        ),
        nl=Words(
            f"{{found}} is geen geldig {number.nl}.",
            f"Verbeter het: {number.nl_form}{scheme}.",
            f"Een nummer is geen geldig {number.nl}.",
        ),
        fr=Words(
            f"{{found}} n'est pas un {number.fr} valable.",
            f"Corrigez-le : {number.fr_form}{scheme}.",
            f"Un numéro n'est pas un {number.fr} valable.",
        ),
    )


TEXTS: dict[str, Text] = {code: _text(number) for code, number in _NUMBERS.items()}
