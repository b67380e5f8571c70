"""The texts of EN 16931's rules, gathered from their subjects."""

from invoices.explain import (
    allowances,
    code_lists,
    decimals,
    header,
    lines,
    multiplicity,
    multiplicity_of_parties,
    parties,
    payment,
    totals,
    vat_categories,
)
from invoices.explain.text import Text

TEXTS: dict[str, Text] = {
    **header.TEXTS,
    **parties.TEXTS,
    **payment.TEXTS,
    **lines.TEXTS,
    **allowances.TEXTS,
    **totals.TEXTS,
    **vat_categories.TEXTS,
    **code_lists.TEXTS,
    **decimals.TEXTS,
    **multiplicity.TEXTS,
    **multiplicity_of_parties.TEXTS,
}
