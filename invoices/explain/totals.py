"""Texts of EN 16931's rules about totals and the VAT breakdown as a whole."""

from invoices.explain.text import Text, Words
from invoices.explain.wording import missing, wrong_amount

_BREAKDOWN = "cac:TaxSubtotal"

TEXTS: dict[str, Text] = {
    "BR-12": missing(
        "the sum of the lines",
        "de som van de lijnen",
        "la somme des lignes",
        "cbc:LineExtensionAmount",
    ),
    "BR-13": missing(
        "the total excluding VAT",
        "het totaal exclusief btw",
        "le total hors TVA",
        "cbc:TaxExclusiveAmount",
    ),
    "BR-14": missing(
        "the total including VAT",
        "het totaal inclusief btw",
        "le total TVA comprise",
        "cbc:TaxInclusiveAmount",
    ),
    "BR-15": missing("the amount to pay", "het te betalen bedrag", "le montant à payer", "cbc:PayableAmount"),
    "BR-45": missing(
        "a taxable amount in the VAT breakdown",
        "een maatstaf van heffing in de btw-uitsplitsing",
        "une base d'imposition dans la ventilation de la TVA",
        f"{_BREAKDOWN}/cbc:TaxableAmount",
    ),
    "BR-46": missing(
        "a VAT amount in the VAT breakdown",
        "een btw-bedrag in de btw-uitsplitsing",
        "un montant de TVA dans la ventilation de la TVA",
        f"{_BREAKDOWN}/cbc:TaxAmount",
    ),
    "BR-47": missing(
        "a VAT category in the VAT breakdown",
        "een btw-categorie in de btw-uitsplitsing",
        "une catégorie de TVA dans la ventilation de la TVA",
        f"{_BREAKDOWN}/cac:TaxCategory/cbc:ID",
    ),
    "BR-48": missing(
        "a VAT rate in the VAT breakdown",
        "een btw-tarief in de btw-uitsplitsing",
        "un taux de TVA dans la ventilation de la TVA",
        f"{_BREAKDOWN}/cac:TaxCategory/cbc:Percent",
    ),
    "BR-CO-18": Text(
        en=Words(
            "The VAT breakdown is missing: taxable amount and VAT for each rate.",
            f"Add it, also where no VAT is charged ({_BREAKDOWN}).",
        ),
        nl=Words(
            "De btw-uitsplitsing ontbreekt: maatstaf van heffing en btw per tarief.",
            f"Voeg ze toe, ook als er geen btw is ({_BREAKDOWN}).",
        ),
        fr=Words(
            "Il manque la ventilation de la TVA : base d'imposition et TVA par taux.",
            f"Ajoutez-la, même sans TVA ({_BREAKDOWN}).",
        ),
    ),
    "BR-CO-10": wrong_amount(
        "cbc:LineExtensionAmount",
        en=(
            "The lines add up to {expected}, not {found}.",
            "The sum of the lines is not what the lines add up to.",
        ),
        nl=(
            "De som van de lijnen is {expected}, niet {found}.",
            "De vermelde som van de lijnen klopt niet.",
        ),
        fr=(
            "Le total des lignes est de {expected}, pas de {found}.",
            "La somme indiquée ne correspond pas au total des lignes.",
        ),
    ),
    "BR-CO-11": wrong_amount(
        "cbc:AllowanceTotalAmount",
        en=(
            "The discounts on the whole invoice add up to {expected}, not {found}.",
            "The total of discounts is not what the discounts on the whole invoice add up to.",
        ),
        nl=(
            "De som van de kortingen op de hele factuur is {expected}, niet {found}.",
            "De vermelde som van de kortingen op de hele factuur klopt niet.",
        ),
        fr=(
            "Les remises sur l'ensemble de la facture totalisent {expected}, pas {found}.",
            "Le total des remises ne correspond pas aux remises sur l'ensemble de la facture.",
        ),
    ),
    "BR-CO-12": wrong_amount(
        "cbc:ChargeTotalAmount",
        en=(
            "The charges on the whole invoice add up to {expected}, not {found}.",
            "The total of charges is not what the charges on the whole invoice add up to.",
        ),
        nl=(
            "De som van de toeslagen op de hele factuur is {expected}, niet {found}.",
            "De vermelde som van de toeslagen op de hele factuur klopt niet.",
        ),
        fr=(
            "Les suppléments sur l'ensemble de la facture totalisent {expected}, pas {found}.",
            "Le total des suppléments ne correspond pas aux suppléments sur l'ensemble de la facture.",
        ),
    ),
    "BR-CO-13": wrong_amount(
        "cbc:TaxExclusiveAmount",
        en=(
            "Lines less discounts plus charges make {expected} excluding VAT, not {found}.",
            "The total excluding VAT is not the sum of the lines less discounts plus charges.",
        ),
        nl=(
            "De lijnen min kortingen plus toeslagen geven {expected} exclusief btw, niet {found}.",
            "Het totaal exclusief btw is niet de som van de lijnen min kortingen plus toeslagen.",
        ),
        fr=(
            "Les lignes, moins les remises, plus les suppléments, font {expected} hors TVA, pas {found}.",
            "Le total hors TVA ne correspond pas aux lignes, moins les remises, plus les suppléments.",
        ),
    ),
    "BR-CO-14": wrong_amount(
        "cac:TaxTotal/cbc:TaxAmount",
        en=(
            "The VAT amounts of the VAT breakdown add up to {expected}, not {found}.",
            "The total VAT is not what the VAT amounts of the VAT breakdown add up to.",
        ),
        nl=(
            "De som van de btw-bedragen in de btw-uitsplitsing is {expected}, niet {found}.",
            "Het totale btw-bedrag is niet de som van de bedragen in de btw-uitsplitsing.",
        ),
        fr=(
            "Les montants de la ventilation de la TVA totalisent {expected}, pas {found}.",
            "Le total de la TVA ne correspond pas aux montants de la ventilation de la TVA.",
        ),
    ),
    "BR-CO-15": wrong_amount(
        "cbc:TaxInclusiveAmount",
        en=(
            "The total excluding VAT plus VAT makes {expected}, not {found}.",
            "The total including VAT is not the total excluding VAT plus one total VAT in the same currency.",
        ),
        nl=(
            "Het totaal exclusief btw plus de btw geeft {expected}, niet {found}.",
            "Het totaal inclusief btw is niet het totaal exclusief btw plus één btw-totaal in dezelfde valuta.",
        ),
        fr=(
            "Le total hors TVA plus la TVA fait {expected}, pas {found}.",
            "Le total TVA comprise n'est pas le total hors TVA plus un seul total de TVA dans la même devise.",
        ),
    ),
    "BR-CO-16": wrong_amount(
        "cbc:PayableAmount",
        en=(
            "After what was paid in advance and rounding, {expected} remains to pay, not {found}.",
            "The amount to pay is not the total including VAT less what was paid in advance plus rounding.",
        ),
        nl=(
            "Na aftrek van voorschotten en na afronding blijft {expected} te betalen, niet {found}.",
            "Het te betalen bedrag is niet het totaal inclusief btw min voorschotten plus afronding.",
        ),
        fr=(
            "Après acomptes et arrondi, il reste {expected} à payer, pas {found}.",
            "Le montant à payer ne correspond pas au total TVA comprise, moins les acomptes, plus l'arrondi.",
        ),
    ),
    "BR-CO-17": wrong_amount(
        f"{_BREAKDOWN}/cbc:TaxAmount",
        en=(
            "The rate times the taxable amount makes {expected} VAT, not {found}.",
            "A VAT amount is not its rate times its taxable amount.",
        ),
        nl=(
            "Het tarief maal de maatstaf van heffing geeft {expected} btw, niet {found}.",
            "Een btw-bedrag is niet het tarief maal de maatstaf van heffing.",
        ),
        fr=(
            "Le taux appliqué à la base d'imposition donne {expected} de TVA, pas {found}.",
            "Un montant de TVA ne correspond pas au taux appliqué à la base d'imposition.",
        ),
    ),
}
