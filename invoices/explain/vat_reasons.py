"""Texts of EN 16931's rules about the reason for which a VAT category carries no VAT."""

from invoices.explain.text import Text, Words
from invoices.explain.vat_names import Names

_REASONS = {
    "AE": Names(
        "“Reverse charge” (cbc:TaxExemptionReason) or VATEX-EU-AE (cbc:TaxExemptionReasonCode)",
        "“Btw verlegd” (cbc:TaxExemptionReason) of VATEX-EU-AE (cbc:TaxExemptionReasonCode)",
        "« Autoliquidation » (cbc:TaxExemptionReason) ou VATEX-EU-AE (cbc:TaxExemptionReasonCode)",
    ),
    "E": Names(
        "the article of the VAT code (such as art. 44), or “Early payment discount” where it is one"
        " (cbc:TaxExemptionReason)",
        "het artikel van het Btw-Wetboek (zoals art. 44), of “Korting voor contante betaling” als het daarom gaat"
        " (cbc:TaxExemptionReason)",
        "l'article du Code de la TVA (par exemple art. 44), ou « Escompte » si c'en est un (cbc:TaxExemptionReason)",
    ),
    "G": Names(
        "“Export” (cbc:TaxExemptionReason) or VATEX-EU-G (cbc:TaxExemptionReasonCode)",
        "“Uitvoer” (cbc:TaxExemptionReason) of VATEX-EU-G (cbc:TaxExemptionReasonCode)",
        "« Exportation » (cbc:TaxExemptionReason) ou VATEX-EU-G (cbc:TaxExemptionReasonCode)",
    ),
    "IC": Names(
        "“Intra-Community supply” (cbc:TaxExemptionReason) or VATEX-EU-IC (cbc:TaxExemptionReasonCode)",
        "“Intracommunautaire levering” (cbc:TaxExemptionReason) of VATEX-EU-IC (cbc:TaxExemptionReasonCode)",
        "« Livraison intracommunautaire » (cbc:TaxExemptionReason) ou VATEX-EU-IC (cbc:TaxExemptionReasonCode)",
    ),
    "O": Names(
        "“Not subject to VAT” (cbc:TaxExemptionReason) or VATEX-EU-O (cbc:TaxExemptionReasonCode)",
        "“Niet onderworpen aan btw” (cbc:TaxExemptionReason) of VATEX-EU-O (cbc:TaxExemptionReasonCode)",
        "« Non soumis à la TVA » (cbc:TaxExemptionReason) ou VATEX-EU-O (cbc:TaxExemptionReasonCode)",
    ),
}
"""What to fill in as the reason that no VAT is charged."""


def reason(code: str, of: Names) -> Text:
    """The text for a reason that is missing, or that the category, by the middle of its ids, does not have."""
    example = _REASONS.get(code)
    return _no_reason(of) if example is None else _reason_missing(of, example)


def _reason_missing(of: Names, example: Names) -> Text:
    return Text(
        en=Words(
            f"The VAT breakdown does not say why {of.en} carries no VAT.",
            f"State the reason: {example.en}.",
        ),
        nl=Words(
            f"De btw-uitsplitsing vermeldt niet waarom er geen btw is in {of.nl}.",
            f"Vermeld de reden: {example.nl}.",
        ),
        fr=Words(
            f"La ventilation n'indique pas pourquoi il n'y a pas de TVA en {of.fr}.",
            f"Indiquez le motif : {example.fr}.",
        ),
    )


def _no_reason(of: Names) -> Text:
    return Text(
        en=Words(
            f"The VAT breakdown gives a reason for not charging VAT, but {of.en} has none.",
            "Remove the reason, or choose the right VAT category (cbc:TaxExemptionReason,"
            " cbc:TaxExemptionReasonCode).",
        ),
        nl=Words(
            f"De btw-uitsplitsing vermeldt waarom er geen btw is, maar bij {of.nl} hoort geen reden.",
            "Verwijder de reden of kies de juiste btw-categorie (cbc:TaxExemptionReason,"
            " cbc:TaxExemptionReasonCode).",
        ),
        fr=Words(
            f"La ventilation indique pourquoi il n'y a pas de TVA, mais la {of.fr} n'admet pas de motif.",
            "Supprimez le motif ou choisissez la bonne catégorie de TVA (cbc:TaxExemptionReason,"
            " cbc:TaxExemptionReasonCode).",
        ),
    )
