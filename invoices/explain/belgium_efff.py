"""Texts of the arithmetic of e-FFF invoices."""

from invoices.explain.text import Text
from invoices.explain.wording import wrong_amount

_TOTALS = "cac:LegalMonetaryTotal"

TEXTS: dict[str, Text] = {
    "WB-EFFF-LINES": wrong_amount(
        f"{_TOTALS}/cbc:LineExtensionAmount",
        en=(
            "The lines add up to {expected}, not {found}.",
            "The sum of the lines is not what the lines add up to.",
        ),
        nl=(
            "De lijnen zijn samen {expected}, niet {found}.",
            "De vermelde som van de lijnen klopt niet met de lijnen.",
        ),
        fr=(
            "La somme des lignes est de {expected}, pas de {found}.",
            "La somme indiquée ne correspond pas aux lignes.",
        ),
    ),
    "WB-EFFF-NET": wrong_amount(
        f"{_TOTALS}/cbc:TaxExclusiveAmount",
        en=(
            "The total excluding VAT is {found}; the lines less allowances plus charges come to {expected}.",
            "The total excluding VAT is not that of the lines less allowances plus charges.",
        ),
        nl=(
            "Het totaal exclusief btw is {found}; de lijnen min kortingen plus toeslagen geven {expected}.",
            "Het totaal exclusief btw is niet dat van de lijnen min kortingen plus toeslagen.",
        ),
        fr=(
            "Le total hors TVA est de {found} ; les lignes moins les remises plus les frais font {expected}.",
            "Le total hors TVA n'est pas celui des lignes moins les remises plus les frais.",
        ),
    ),
    "WB-EFFF-RATE": wrong_amount(
        "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount",
        en=(
            "The VAT at one of the rates is {found}; its taxable amount at that rate gives {expected}.",
            "The VAT at one of the rates is not its taxable amount at that rate.",
        ),
        nl=(
            "De btw bij een van de tarieven is {found}; de maatstaf van heffing geeft {expected}.",
            "De btw bij een van de tarieven stemt niet overeen met de maatstaf van heffing tegen dat tarief.",
        ),
        fr=(
            "La TVA à un des taux est de {found} ; sa base d'imposition à ce taux donne {expected}.",
            "La TVA à un des taux ne correspond pas à sa base d'imposition à ce taux.",
        ),
    ),
    "WB-EFFF-VAT": wrong_amount(
        "cac:TaxTotal/cbc:TaxAmount",
        en=(
            "The total VAT is {found}; the VAT of all rates adds up to {expected}.",
            "The total VAT is not what the VAT of all rates adds up to.",
        ),
        nl=(
            "De totale btw is {found}; de btw van alle tarieven is samen {expected}.",
            "De totale btw is niet de som van de btw van alle tarieven.",
        ),
        fr=(
            "La TVA totale est de {found} ; la somme de la TVA de tous les taux est de {expected}.",
            "La TVA totale n'est pas la somme de la TVA de tous les taux.",
        ),
    ),
    "WB-EFFF-TOTAL": wrong_amount(
        f"{_TOTALS}/cbc:TaxInclusiveAmount",
        en=(
            "The total including VAT is {found}; the total excluding VAT plus VAT gives {expected}.",
            "The total including VAT is not the total excluding VAT plus VAT.",
        ),
        nl=(
            "Het totaal inclusief btw is {found}; het totaal exclusief btw plus de btw geeft {expected}.",
            "Het totaal inclusief btw is niet het totaal exclusief btw plus de btw.",
        ),
        fr=(
            "Le total TVA comprise est de {found} ; le total hors TVA plus la TVA donne {expected}.",
            "Le total TVA comprise n'est pas le total hors TVA plus la TVA.",
        ),
    ),
    "WB-EFFF-PAYABLE": wrong_amount(
        f"{_TOTALS}/cbc:PayableAmount",
        en=(
            "The amount to pay is {found}; the total including VAT less what was paid gives {expected}.",
            "The amount to pay is not the total including VAT less what was paid.",
        ),
        nl=(
            "Het te betalen bedrag is {found}; het totaal inclusief btw min het betaalde geeft {expected}.",
            "Het te betalen bedrag is niet het totaal inclusief btw min wat al betaald is.",
        ),
        fr=(
            "Le montant à payer est de {found} ; le total TVA comprise moins les paiements donne {expected}.",
            "Le montant à payer n'est pas le total TVA comprise moins ce qui est déjà payé.",
        ),
    ),
}
"""By rule id."""
