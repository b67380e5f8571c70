"""Texts of EN 16931's rules about the rows of the VAT breakdown in each VAT category."""

from invoices.explain.text import Text, Words
from invoices.explain.vat_names import BREAKDOWN, Category, Names
from invoices.explain.wording import wrong_amount


def row(category: Category) -> Text:
    """The text for a category that the breakdown lacks, or has too often."""
    return _row_per_rate(category.names) if category.is_taxed else _one_row(category.names)


def _row_per_rate(of: Names) -> Text:
    return Text(
        en=Words(
            f"The lines and the VAT breakdown disagree: only one of them has {of.en}.",
            f"Give each rate on the lines its row in the VAT breakdown ({BREAKDOWN}).",
        ),
        nl=Words(
            f"De lijnen en de btw-uitsplitsing stroken niet met elkaar: slechts een van beide heeft {of.nl}.",
            f"Geef elk tarief op de lijnen zijn rij in de btw-uitsplitsing ({BREAKDOWN}).",
        ),
        fr=Words(
            f"Les lignes et la ventilation de la TVA divergent : la {of.fr} ne figure que d'un côté.",
            f"Donnez à chaque taux des lignes sa rubrique dans la ventilation de la TVA ({BREAKDOWN}).",
        ),
    )


def _one_row(of: Names) -> Text:
    return Text(
        en=Words(
            f"The VAT breakdown has {{found}} rows for {of.en}, which the invoice uses; it must have one.",
            f"Put all that is in this category into one row of the VAT breakdown ({BREAKDOWN}).",
            f"The VAT breakdown does not have exactly one row for {of.en}, which the invoice uses.",
        ),
        nl=Words(
            f"De btw-uitsplitsing heeft {{found}} rijen voor {of.nl}, die de factuur gebruikt; het moet er één zijn.",
            f"Zet alles van deze categorie in één rij van de btw-uitsplitsing ({BREAKDOWN}).",
            f"De btw-uitsplitsing heeft niet precies één rij voor {of.nl}, die de factuur gebruikt.",
        ),
        fr=Words(
            f"La ventilation de la TVA compte {{found}} fois la {of.fr}, que la facture utilise, au lieu d'une.",
            f"Regroupez toute cette catégorie dans une seule rubrique de la ventilation ({BREAKDOWN}).",
            f"La ventilation de la TVA n'a pas exactement une rubrique pour la {of.fr}, que la facture utilise.",
        ),
    )


def taxable_amount(category: Category) -> Text:
    """The text for a taxable amount that is not that of the lines, discounts and charges."""
    of = category.names
    per_rate = Names(" at this rate", " tegen dit tarief", " à ce taux")
    rate = per_rate if category.is_taxed else Names("", "", "")
    return wrong_amount(
        f"{BREAKDOWN}/cbc:TaxableAmount",
        en=(
            f"What is in {of.en}{rate.en} adds up to a taxable amount of {{expected}}, not {{found}}.",
            f"The taxable amount of {of.en}{rate.en} is not that of its lines, discounts and charges.",
        ),
        nl=(
            f"Wat{rate.nl} onder {of.nl} valt, geeft een maatstaf van heffing van {{expected}}, niet {{found}}.",
            f"De maatstaf van heffing van {of.nl}{rate.nl} strookt niet met de lijnen, kortingen en toeslagen.",
        ),
        fr=(
            f"Ce qui relève{rate.fr} de la {of.fr} donne une base d'imposition de {{expected}}, pas de {{found}}.",
            f"La base d'imposition de la {of.fr}{rate.fr} ne correspond pas aux lignes, remises et suppléments.",
        ),
    )


def tax_amount(category: Category) -> Text:
    """The text for a VAT amount that is not rate times taxable amount, or not zero."""
    return _tax_at_rate(category.names) if category.is_taxed else _no_tax(category.names)


def _tax_at_rate(of: Names) -> Text:
    return wrong_amount(
        f"{BREAKDOWN}/cbc:TaxAmount",
        en=(
            f"In {of.en} the rate times the taxable amount makes {{expected}}, not {{found}}.",
            f"In {of.en} a VAT amount is not the rate times the taxable amount.",
        ),
        nl=(
            f"In {of.nl} geeft het tarief maal de maatstaf van heffing {{expected}}, niet {{found}}.",
            f"In {of.nl} is een btw-bedrag niet het tarief maal de maatstaf van heffing.",
        ),
        fr=(
            f"En {of.fr}, le taux appliqué à la base d'imposition donne {{expected}}, pas {{found}}.",
            f"En {of.fr}, un montant de TVA ne correspond pas au taux appliqué à la base d'imposition.",
        ),
    )


def _no_tax(of: Names) -> Text:
    return wrong_amount(
        f"{BREAKDOWN}/cbc:TaxAmount",
        en=(
            f"No VAT is charged in {of.en}, yet the invoice says {{found}}.",
            f"The invoice charges VAT in {of.en}, where none is due.",
        ),
        nl=(
            f"In {of.nl} wordt geen btw aangerekend, maar de factuur vermeldt {{found}}.",
            f"De factuur rekent btw aan in {of.nl}, waar geen btw hoort.",
        ),
        fr=(
            f"Aucune TVA n'est due en {of.fr}, mais la facture indique {{found}}.",
            f"La facture compte une TVA en {of.fr}, où aucune n'est due.",
        ),
    )
