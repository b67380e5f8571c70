"""Texts of EN 16931's rules about decimals: an amount has two at most."""

from typing import NamedTuple

from invoices.explain.text import Text, Words


class _Amount(NamedTuple):
    """What an amount is called in each language, with its article, and where it stands in UBL."""

    en: str
    nl: str
    fr: str
    element: str


_AMOUNTS = {
    "BR-DEC-01": _Amount(
        "the amount of a discount on the whole invoice",
        "het bedrag van een korting op de hele factuur",
        "le montant d'une remise sur l'ensemble de la facture",
        "cac:AllowanceCharge/cbc:Amount",
    ),
    "BR-DEC-02": _Amount(
        "the amount on which a discount on the whole invoice is calculated",
        "het bedrag waarop een korting op de hele factuur berekend wordt,",
        "le montant de base d'une remise sur l'ensemble de la facture",
        "cac:AllowanceCharge/cbc:BaseAmount",
    ),
    "BR-DEC-05": _Amount(
        "the amount of a charge on the whole invoice",
        "het bedrag van een toeslag op de hele factuur",
        "le montant d'un supplément sur l'ensemble de la facture",
        "cac:AllowanceCharge/cbc:Amount",
    ),
    "BR-DEC-06": _Amount(
        "the amount on which a charge on the whole invoice is calculated",
        "het bedrag waarop een toeslag op de hele factuur berekend wordt,",
        "le montant de base d'un supplément sur l'ensemble de la facture",
        "cac:AllowanceCharge/cbc:BaseAmount",
    ),
    "BR-DEC-09": _Amount(
        "the sum of the lines",
        "de som van de lijnen",
        "la somme des lignes",
        "cbc:LineExtensionAmount",
    ),
    "BR-DEC-10": _Amount(
        "the sum of the discounts",
        "de som van de kortingen",
        "la somme des remises",
        "cbc:AllowanceTotalAmount",
    ),
    "BR-DEC-11": _Amount(
        "the sum of the charges",
        "de som van de toeslagen",
        "la somme des suppléments",
        "cbc:ChargeTotalAmount",
    ),
    "BR-DEC-12": _Amount(
        "the total excluding VAT",
        "het totaal exclusief btw",
        "le total hors TVA",
        "cbc:TaxExclusiveAmount",
    ),
    "BR-DEC-13": _Amount(
        "the total VAT",
        "het totale btw-bedrag",
        "le montant total de la TVA",
        "cac:TaxTotal/cbc:TaxAmount",
    ),
    "BR-DEC-14": _Amount(
        "the total including VAT",
        "het totaal inclusief btw",
        "le total TVA comprise",
        "cbc:TaxInclusiveAmount",
    ),
    "BR-DEC-15": _Amount(
        "the total VAT in the currency of the VAT return",
        "het totale btw-bedrag in de valuta van de btw-aangifte",
        "le montant total de la TVA dans la devise de la déclaration TVA",
        "cac:TaxTotal/cbc:TaxAmount",
    ),
    "BR-DEC-16": _Amount(
        "the amount paid in advance",
        "het voorschot",
        "l'acompte",
        "cbc:PrepaidAmount",
    ),
    "BR-DEC-17": _Amount(
        "the rounding",
        "de afronding",
        "l'arrondi",
        "cbc:PayableRoundingAmount",
    ),
    "BR-DEC-18": _Amount(
        "the amount to pay",
        "het te betalen bedrag",
        "le montant à payer",
        "cbc:PayableAmount",
    ),
    "BR-DEC-19": _Amount(
        "a taxable amount in the VAT breakdown",
        "een maatstaf van heffing in de btw-uitsplitsing",
        "une base d'imposition dans la ventilation de la TVA",
        "cac:TaxSubtotal/cbc:TaxableAmount",
    ),
    "BR-DEC-20": _Amount(
        "a VAT amount in the VAT breakdown",
        "een btw-bedrag in de btw-uitsplitsing",
        "un montant de TVA dans la ventilation de la TVA",
        "cac:TaxSubtotal/cbc:TaxAmount",
    ),
    "UBL-DT-01": _Amount(
        "an amount",
        "een bedrag",
        "un montant",
        "cbc:*Amount",
    ),
}
_ON_LINE = {
    "BR-DEC-23": _Amount(
        "the amount",
        "het bedrag",
        "le montant",
        "cac:InvoiceLine/cbc:LineExtensionAmount",
    ),
    "BR-DEC-24": _Amount(
        "the amount of a discount",
        "het bedrag van een korting",
        "le montant d'une remise",
        "cac:AllowanceCharge/cbc:Amount",
    ),
    "BR-DEC-25": _Amount(
        "the amount on which a discount is calculated",
        "het bedrag waarop een korting berekend wordt,",
        "le montant de base d'une remise",
        "cac:AllowanceCharge/cbc:BaseAmount",
    ),
    "BR-DEC-27": _Amount(
        "the amount of a charge",
        "het bedrag van een toeslag",
        "le montant d'un supplément",
        "cac:AllowanceCharge/cbc:Amount",
    ),
    "BR-DEC-28": _Amount(
        "the amount on which a charge is calculated",
        "het bedrag waarop een toeslag berekend wordt,",
        "le montant de base d'un supplément",
        "cac:AllowanceCharge/cbc:BaseAmount",
    ),
}


def _too_many_decimals(amount: _Amount) -> Text:
    en, nl, fr = (f"{name[0].upper()}{name[1:]}" for name in amount[:3])
    return Text(
        en=Words(
            f"{en} has more than two decimals: {{found}}.",
            f"Round it to two decimals ({amount.element}).",
            f"{en} has more than two decimals.",
        ),
        nl=Words(
            f"{nl} heeft meer dan twee decimalen: {{found}}.",
            f"Rond af op twee decimalen ({amount.element}).",
            f"{nl} heeft meer dan twee decimalen.",
        ),
        fr=Words(
            f"{fr} a plus de deux décimales : {{found}}.",
            f"Arrondissez à deux décimales ({amount.element}).",
            f"{fr} a plus de deux décimales.",
        ),
    )


def _too_many_on_line(amount: _Amount) -> Text:
    en, nl, fr, element = amount
    return Text(
        en=Words(
            f"{{where}}: {en} has more than two decimals: {{found}}.",
            f"Round it to two decimals ({element}).",
            f"On a line, {en} has more than two decimals.",
        ),
        nl=Words(
            f"{{where}}: {nl} heeft meer dan twee decimalen: {{found}}.",
            f"Rond af op twee decimalen ({element}).",
            f"Op een van de lijnen heeft {nl} meer dan twee decimalen.",
        ),
        fr=Words(
            f"{{where}} : {fr} a plus de deux décimales : {{found}}.",
            f"Arrondissez à deux décimales ({element}).",
            f"Sur une des lignes, {fr} a plus de deux décimales.",
        ),
    )


TEXTS: dict[str, Text] = {
    **{rule: _too_many_decimals(amount) for rule, amount in _AMOUNTS.items()},
    **{rule: _too_many_on_line(amount) for rule, amount in _ON_LINE.items()},
}
