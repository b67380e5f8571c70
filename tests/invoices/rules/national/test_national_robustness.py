from contextlib import suppress
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.invoices.rules.national.documents import codes, document

VALUES = (
    "",
    " ",
    "x",
    "0",
    "-1",
    "1.5",
    "٣",
    "#",
    "|",
    "\u00a0",
    "VAT",
    "NL",
    "EL",
    "SE",
    "IS",
    "30",
    "58",
    "NaN",
)


def damage(root, chance):
    """Delete, double or rewrite one element."""
    element = chance.choice([each for each in root.iter("*") if each is not root])
    parent = element.getparent()
    match chance.choice(["delete", "double", "rewrite"]):
        case "delete":
            parent.remove(element)
        case "double":
            parent.insert(parent.index(element), deepcopy(element))
        case _ if len(element) == 0:
            element.text = chance.choice(VALUES)
            for name in element.attrib:
                element.set(name, chance.choice(VALUES))


@pytest.mark.parametrize("country", ["NL", "DE", "DK", "SE", "NO", "IT", "GR", "IS"])
@settings(max_examples=60)
@given(chance=st.randoms(use_true_random=False), root=st.sampled_from(["Invoice", "CreditNote"]))
def test_a_damaged_document_gets_findings_or_no_answer_but_nothing_else(country, root, chance):
    damaged = etree.fromstring(document(country, root))
    for _ in range(chance.randint(1, 4)):
        damage(damaged, chance)
    with suppress(ValueError):
        codes(etree.tostring(damaged))
