"""Whatever a document holds, its check ends in a verdict; and in the same one however the document is written."""

import json
import re
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from functools import partial
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from invoices.document import MAX_CHILDREN
from invoices.findings import Severity, Verdict
from sandbox.ubl.xml import CREDIT_NOTE, INVOICE, NAMESPACES
from tests.invoices.rules.en16931.documents import CATEGORIES, STANDARD, full
from tests.invoices.rules.en16931.edits import changed
from tests.invoices.rules.en16931.violations import violations
from tests.invoices.rules.en16931.violations_parties import ENDLESS
from tests.invoices.rules.mutations import MUTATIONS, extended, garbled, mutated

VALID = [document for vat in CATEGORIES.values() for document in vars(full(vat)).values()]
INVALID = [each.document for each in violations()][::9]
UNCHECKED = [changed(STANDARD.invoice, *edits) for _, edits in ENDLESS.values()]
DOCUMENTS = [VALID[0], VALID[-1], INVALID[5], INVALID[30], UNCHECKED[0], UNCHECKED[2]]
"""Of each verdict two."""

randoms = st.randoms(use_true_random=False)


def said(result):
    """All of a result but the lines, which depend on how a document is laid out."""
    findings = Counter((each.code, each.location, each.found, each.expected) for each in result.checked.findings)
    return result.checked.verdict, findings, result.facts


def is_sound(result):
    """Whether a verdict is what the findings add up to, and no check ended before any rule set was asked."""
    checked = result.checked
    fatal = [each for each in checked.findings if each.severity is Severity.FATAL]
    crashed = any(each.code == "WB-CHECK-FAILED" for each in fatal)
    counts = {Verdict.VALID: not fatal, Verdict.INVALID: bool(fatal) and not crashed, Verdict.COULD_NOT_CHECK: crashed}
    return counts[checked.verdict] and bool(checked.rule_sets)


def test_the_documents_have_the_verdicts_that_they_stand_for(checker):
    for verdict, documents in zip(Verdict, (VALID, INVALID, UNCHECKED), strict=True):
        assert {checker.check(each).checked.verdict for each in documents} == {verdict}


@settings(max_examples=400)
@given(st.sampled_from([*VALID, *UNCHECKED]), randoms, st.integers(1, 6))
def test_damage_of_any_kind_ends_in_a_verdict(checker, document, random, count):
    assert is_sound(checker.check(mutated(document, random, count)))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[each.__name__ for each in MUTATIONS])
def test_each_kind_of_damage_ends_in_a_verdict(checker, mutation):
    for seed in range(20):
        random = Random(seed)
        root = etree.fromstring(random.choice(VALID))
        mutation(root, random)
        assert is_sound(checker.check(etree.tostring(root)))


@given(st.sampled_from(VALID), randoms)
def test_bytes_lost_or_changed_end_in_a_verdict(checker, document, random):
    assert is_sound(checker.check(garbled(document, random)))


@given(st.binary(max_size=200), st.sampled_from([b"", b"<?xml version='1.0'?>", b"<Invoice xmlns='%s'>" % INVOICE.encode()]))
def test_bytes_of_any_kind_are_no_invoice(checker, content, beginning):
    result = checker.check(beginning + content)
    assert is_sound(result)
    assert result.checked.verdict is Verdict.INVALID


@pytest.mark.parametrize("inside", ["cbc:Note", "cac:Item", "cac:AllowanceCharge", "cac:TaxCategory"])
@pytest.mark.parametrize("depth", [90, 120, 5000])
def test_a_deep_document_is_invalid(checker, inside, depth):
    name = inside.partition(":")[2]
    deep = f"<{inside}>" * depth + f"</{inside}>" * depth
    document = VALID[0].replace(b"<cac:InvoiceLine>", f"{deep}<cac:InvoiceLine>".encode(), 1)
    result = checker.check(document)
    assert (is_sound(result), result.checked.verdict) == (True, Verdict.INVALID), name


@pytest.mark.parametrize("path", ["cbc:Note", "cac:InvoiceLine", "cac:TaxTotal", "cac:AllowanceCharge", "cac:PaymentMeans"])
def test_a_wide_document_ends_in_a_verdict(checker, path):
    root = etree.fromstring(VALID[0])
    element = root.find(path, NAMESPACES)
    copies = [deepcopy(element) for _ in range(3000)]
    place = root.index(element)
    root[place:place] = copies
    result = checker.check(etree.tostring(root))
    assert (is_sound(result), result.checked.verdict) == (True, Verdict.INVALID)
    root[place:place] = [deepcopy(element) for _ in range(MAX_CHILDREN)]
    assert [each.code for each in checker.check(etree.tostring(root)).checked.findings] == ["WB-ELEMENTS"]


GARBAGE = [
    "{urn:example}garbage", "garbage", f"{{{INVOICE}}}Nothing", f"{{{CREDIT_NOTE}}}ID",
    f"{{{NAMESPACES['cbc']}}}Nothing", f"{{{NAMESPACES['cac']}}}Nothing", f"{{{NAMESPACES['cbc']}}}invoiceline",
]


@given(st.sampled_from([*VALID, *INVALID, *UNCHECKED]), st.sampled_from(GARBAGE), randoms)
def test_an_element_that_ubl_does_not_know_is_refused_wherever_it_stands(checker, document, tag, random):
    root = etree.fromstring(document)
    parent = random.choice(list(root.iter()))
    parent.insert(random.randint(0, len(parent)), etree.Element(tag))
    result = checker.check(etree.tostring(root))
    assert result.checked.verdict is Verdict.INVALID
    assert "UBL-XSD" in {each.code for each in result.checked.findings}


@given(st.sampled_from([*VALID, *INVALID, *UNCHECKED]), randoms)
def test_text_between_elements_is_refused(checker, document, random):
    root = etree.fromstring(document)
    random.choice(list(root.iterdescendants())).tail = "0.00"
    result = checker.check(etree.tostring(root))
    assert result.checked.verdict is Verdict.INVALID
    assert "UBL-XSD" in {each.code for each in result.checked.findings}


@given(st.sampled_from(INVALID), st.sampled_from(INVALID), randoms)
def test_two_faults_are_not_better_than_one(checker, document, other, random):
    pass


names = st.from_regex(r"[A-Za-z_][\w.-]{0,11}", fullmatch=True).filter(
    lambda name: not name.endswith(("Amount", "BinaryObject"))
)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@st.composite
def foreign(draw, depth=0):
    """An element in a namespace of its own, with anything in it that no rule asks of every element."""
    namespace = draw(st.sampled_from(["urn:example:one", "http://example.com/two", ""]))
    name = draw(names)
    element = etree.Element(f"{{{namespace}}}{name}" if namespace else name)
    element.text = draw(texts)
    element.set(f"{{urn:example:one}}{draw(names)}", draw(texts))
    if depth < 4:
        element.extend(draw(st.lists(foreign(depth=depth + 1), max_size=3)))
    return element


@given(st.sampled_from([*VALID, *INVALID, *UNCHECKED]), st.lists(foreign(), min_size=1, max_size=1))
def test_an_extension_changes_no_verdict(checker, document, content):
    root = etree.fromstring(document)
    extended(root, *content)
    before, after = checker.check(document), checker.check(etree.tostring(root))
    expected = Counter({code for code in codes(before)})
    assert (after.checked.verdict, after.facts) == (before.checked.verdict, before.facts)
