"""Texts of EN 16931's rules about discounts and charges, on the whole invoice and on its lines."""

from collections.abc import Callable

from invoices.explain.text import Text, Words
from invoices.explain.vat_names import Names
from invoices.explain.wording import missing, missing_on_line

_DISCOUNT = Names(
    "a discount on the whole invoice",
    "een korting op de hele factuur",
    "une remise sur l'ensemble de la facture",
)
_CHARGE = Names(
    "a charge on the whole invoice",
    "een toeslag op de hele factuur",
    "un supplément sur l'ensemble de la facture",
)
_LINE_DISCOUNT = Names("a discount", "een korting", "une remise")
_LINE_CHARGE = Names("a charge", "een toeslag", "un supplément")


def _amount(of: Names, sentence: Callable[[str, str, str, str], Text] = missing) -> Text:
    return sentence(
        f"the amount of {of.en}",
        f"het bedrag van {of.nl}",
        f"le montant d'{of.fr}",
        "cac:AllowanceCharge/cbc:Amount",
    )


def _category(of: Names) -> Text:
    return missing(
        f"the VAT category of {of.en}",
        f"de btw-categorie van {of.nl}",
        f"la catégorie de TVA d'{of.fr}",
        "cac:AllowanceCharge/cac:TaxCategory/cbc:ID",
    )


def _reason(of: Names, sentence: Callable[[str, str, str, str], Text] = missing) -> Text:
    return sentence(
        f"the reason for {of.en}",
        f"de reden van {of.nl}",
        f"le motif d'{of.fr}",
        "cac:AllowanceCharge/cbc:AllowanceChargeReason",
    )


def _two_reasons(of: Names) -> Text:
    return Text(
        en=Words(
            f"The reason for {of.en} says one thing in words and another as a code.",
            "Make them agree (cbc:AllowanceChargeReason, cbc:AllowanceChargeReasonCode).",
        ),
        nl=Words(
            f"De reden van {of.nl} is in woorden een andere dan als code.",
            "Stem beide op elkaar af (cbc:AllowanceChargeReason, cbc:AllowanceChargeReasonCode).",
        ),
        fr=Words(
            f"Le motif d'{of.fr} diffère entre le texte et le code.",
            "Faites-les concorder (cbc:AllowanceChargeReason, cbc:AllowanceChargeReasonCode).",
        ),
    )


TEXTS: dict[str, Text] = {
    "BR-31": _amount(_DISCOUNT),
    "BR-32": _category(_DISCOUNT),
    "BR-33": _reason(_DISCOUNT),
    "BR-36": _amount(_CHARGE),
    "BR-37": _category(_CHARGE),
    "BR-38": _reason(_CHARGE),
    "BR-41": _amount(_LINE_DISCOUNT, missing_on_line),
    "BR-42": _reason(_LINE_DISCOUNT, missing_on_line),
    "BR-43": _amount(_LINE_CHARGE, missing_on_line),
    "BR-44": _reason(_LINE_CHARGE, missing_on_line),
    "BR-CO-05": _two_reasons(_DISCOUNT),
    "BR-CO-06": _two_reasons(_CHARGE),
    "BR-CO-07": _two_reasons(_LINE_DISCOUNT),
    "BR-CO-08": _two_reasons(_LINE_CHARGE),
    "BR-CO-21": _reason(_DISCOUNT),
    "BR-CO-22": _reason(_CHARGE),
    "BR-CO-23": _reason(_LINE_DISCOUNT, missing_on_line),
    "BR-CO-24": _reason(_LINE_CHARGE, missing_on_line),
}
