"""Figures: where a broken EN 16931 rule shows best, what was found there and what was expected."""

from decimal import localcontext
from typing import cast

from invoices.rules.en16931.amounts import EXACT
from invoices.rules.en16931.figures_form import FORM
from invoices.rules.en16931.figures_surplus import SURPLUS, forbidden
from invoices.rules.en16931.figures_totals import TOTALS
from invoices.rules.en16931.figures_vat import VAT
from invoices.rules.rule import Broken
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node

FIGURES = {**TOTALS, **VAT, **FORM, **SURPLUS}
"""How the figures of a rule are found, by rule id."""


def figures(code: str, context: Node | Leaf, subject: Subject, test: str = "") -> Broken:
    """The figures of a rule that does not hold at `context`.

    Amounts are plain decimals with at least two digits after the point and their currency, such as `121.00 EUR`.
    What is expected makes the rule hold, the rest of the document being as it is. Where neither is known there is
    only the element; at worst, and for whatever the rule did not foresee, that is `context` itself. Never raises.

    `test` is the rule's own XPath, where known: it tells which element `not(cac:Delivery/cbc:ID)` forbids, and
    more than half of all rules are like that.
    """
    figure = FIGURES.get(code)
    try:
        with localcontext(EXACT):
            if figure is None:
                return forbidden(test, cast("Node", context), subject)
            return figure(context, subject) or Broken(context)
    except Exception:  # a finding without figures is still a finding
        return Broken(context)
