"""Whatever a document holds, its check ends in a verdict; and in the same one however the document is written."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from invoices.findings import Severity, Verdict
from sandbox.ubl.xml import CREDIT_NOTE, INVOICE, NAMESPACES
from tests.invoices.rules.en16931 import violations_amounts
from tests.invoices.rules.en16931.documents import CATEGORIES, STANDARD, full
from tests.invoices.rules.en16931.edits import changed
from tests.invoices.rules.en16931.violations import violations
from tests.invoices.rules.en16931.violations_parties import ENDLESS
from tests.invoices.rules.mutations import MUTATIONS, extended, garbled, mutated
from tests.invoices.rules.rewritings import REWRITTEN

VALID = [document for vat in CATEGORIES.values() for document in vars(full(vat)).values()]
INVALID = [each.document for each in violations()][::9]
UNCHECKED = [changed(STANDARD.invoice, *edits) for _, edits in ENDLESS.values()]
DOCUMENTS = [VALID[0], VALID[-1], INVALID[5], INVALID[30], UNCHECKED[0], UNCHECKED[2]]
"""Of each verdict two."""

randoms = st.randoms(use_true_random=False)


@pytest.fixture(scope="module")
def check(checker):
    """The check of a document."""

    def ask(document):  # tells hypothesis less than the checker does, which would show it whole
        return checker.check(document)

    return ask


def said(result):
    """All of a result but the lines, which depend on how a document is laid out."""
    findings = Counter(
        (each.code, each.location, each.found, each.expected) for each in result.checked.findings
    )
    return result.checked.verdict, findings, result.facts


def is_sound(result):
    """Whether a verdict is what the findings add up to, and no check ended before any rule set was asked."""
    checked = result.checked
    fatal = [each for each in checked.findings if each.severity is Severity.FATAL]
    crashed = any(each.code == "WB-CHECK-FAILED" for each in fatal)
    counts = {
        Verdict.VALID: not fatal,
        Verdict.INVALID: bool(fatal) and not crashed,
        Verdict.COULD_NOT_CHECK: crashed,
    }
    return counts[checked.verdict] and bool(checked.rule_sets)


def test_the_documents_have_the_verdicts_that_they_stand_for(check):
    for verdict, documents in zip(Verdict, (VALID, INVALID, UNCHECKED), strict=True):
        assert {check(each).checked.verdict for each in documents} == {verdict}


@settings(max_examples=400)
@given(st.sampled_from([*VALID, *UNCHECKED]), randoms, st.integers(1, 6))
def test_damage_of_any_kind_ends_in_a_verdict(check, document, random, count):
    assert is_sound(check(mutated(document, random, count)))


@pytest.mark.parametrize("mutation", dict.fromkeys(MUTATIONS), ids=lambda mutation: mutation.__name__)
@settings(max_examples=20)
@given(document=st.sampled_from(VALID), random=randoms)
def test_each_kind_of_damage_ends_in_a_verdict(check, mutation, document, random):
    root = etree.fromstring(document)
    mutation(root, random)
    assert is_sound(check(etree.tostring(root)))


@given(st.sampled_from(VALID), randoms)
def test_bytes_lost_or_changed_end_in_a_verdict(check, document, random):
    assert is_sound(check(garbled(document, random)))


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"<?xml version='1.0'?>", b"<Invoice xmlns='%s'>" % INVOICE.encode()]),
)
def test_bytes_of_any_kind_are_no_invoice(check, content, beginning):
    result = check(beginning + content)
    assert is_sound(result)
    assert result.checked.verdict is Verdict.INVALID


@pytest.mark.parametrize("inside", ["cbc:Note", "cac:Item", "cac:AllowanceCharge", "cac:TaxCategory"])
@pytest.mark.parametrize("depth", [90, 120, 5000])
def test_a_deep_document_is_invalid(check, inside, depth):
    deep = f"<{inside}>" * depth + f"</{inside}>" * depth
    document = VALID[0].replace(b"<cac:InvoiceLine>", f"{deep}<cac:InvoiceLine>".encode(), 1)
    result = check(document)
    assert (is_sound(result), result.checked.verdict) == (True, Verdict.INVALID)


@pytest.mark.parametrize(
    "path", ["cbc:Note", "cac:InvoiceLine", "cac:TaxTotal", "cac:AllowanceCharge", "cac:PaymentMeans"]
)
def test_a_wide_document_ends_in_a_verdict(check, path):
    root = etree.fromstring(VALID[0])
    element = root.find(path, NAMESPACES)
    copies = [deepcopy(element) for _ in range(1000)]
    place = root.index(element)
    root[place:place] = copies
    result = check(etree.tostring(root))
    assert (is_sound(result), result.checked.verdict) == (True, Verdict.INVALID)


GARBAGE = [
    "{urn:example}garbage",
    "garbage",
    f"{{{INVOICE}}}Nothing",
    f"{{{CREDIT_NOTE}}}ID",
    f"{{{NAMESPACES['cbc']}}}Nothing",
    f"{{{NAMESPACES['cac']}}}Nothing",
    f"{{{NAMESPACES['cbc']}}}invoiceline",
]


@given(st.sampled_from([*VALID, *INVALID, *UNCHECKED]), st.sampled_from(GARBAGE), randoms)
def test_an_element_that_ubl_does_not_know_is_refused_wherever_it_stands(check, document, tag, random):
    root = etree.fromstring(document)
    parent = random.choice(list(root.iter()))
    parent.insert(random.randint(0, len(parent)), etree.Element(tag))
    result = check(etree.tostring(root))
    assert result.checked.verdict is Verdict.INVALID
    assert "UBL-XSD" in {each.code for each in result.checked.findings}


@given(st.sampled_from([*VALID, *INVALID, *UNCHECKED]), randoms)
def test_text_between_elements_is_refused(check, document, random):
    root = etree.fromstring(document)
    random.choice(list(root.iterdescendants())).tail = "0.00"
    result = check(etree.tostring(root))
    assert result.checked.verdict is Verdict.INVALID
    assert "UBL-XSD" in {each.code for each in result.checked.findings}


@pytest.mark.parametrize("edits", violations_amounts.IN_STANDARD.values(), ids=violations_amounts.IN_STANDARD)
@pytest.mark.parametrize("endless", ENDLESS)
def test_a_fault_more_tells_nobody_the_verdict_on_what_cannot_be_checked(check, endless, edits):
    document = changed(STANDARD.invoice, *ENDLESS[endless][1], *edits)
    assert check(document).checked.verdict is Verdict.COULD_NOT_CHECK


# What ends in these is an amount or an attachment to the rules of syntax, whatever its namespace.
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,11}", fullmatch=True).filter(
    lambda name: not name.endswith(("Amount", "BinaryObject"))
)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=20)
NAMESPACES_OF_OTHERS = ["urn:example:one", "http://example.com/two"]


@st.composite
def foreign(draw, depth=0):
    """An element of somebody else's, with anything in it that is theirs."""
    namespace = draw(st.sampled_from(NAMESPACES_OF_OTHERS))
    element = etree.Element(f"{{{namespace}}}{draw(names)}")
    element.text = "x" + draw(texts)  # Peppol wants no element empty
    element.set(f"{{{namespace}}}{draw(names)}", draw(texts))
    if depth < 3:
        element.extend(draw(st.lists(foreign(depth + 1), max_size=2)))
    return element


def with_extension(document, content):
    root = etree.fromstring(document)
    extended(root, content)
    return etree.tostring(root)


@given(st.sampled_from([*VALID, *INVALID, *UNCHECKED]), foreign())
def test_an_extension_of_somebody_elses_changes_nothing_but_for_a_warning(check, document, content):
    verdict, findings, facts = said(check(document))
    result = check(with_extension(document, content))
    if verdict is not Verdict.COULD_NOT_CHECK:
        findings += Counter(
            (each.code, each.location, each.found, each.expected)
            for each in result.checked.findings
            if each.code == "UBL-CR-001" and each.severity is Severity.WARNING
        )
    assert said(result) == (verdict, findings, facts)


def amount(value, namespace="urn:example:one"):
    element = etree.Element(f"{{{namespace}}}OtherAmount")
    element.text = value
    return element


@pytest.mark.parametrize("document", VALID[:2])
def test_an_amount_in_an_extension_has_two_decimals_like_any_other(check, document):
    assert check(with_extension(document, amount("1.00"))).checked.verdict is Verdict.VALID
    result = check(with_extension(document, amount("1.001")))
    assert result.checked.verdict is Verdict.INVALID
    assert "UBL-DT-01" in {each.code for each in result.checked.findings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_large_attachment_changes_nothing(check, document):
    small = re.compile(rb"(<cbc:EmbeddedDocumentBinaryObject[^>]*>)[^<]*")
    large = small.sub(lambda match: match[1] + b"QUJD" * 2_000_000, document)
    assert len(large) > 8_000_000
    assert said(check(large)) == said(check(document))


@pytest.mark.parametrize("way", REWRITTEN)
@pytest.mark.parametrize("document", [*DOCUMENTS, *INVALID[:10]])
def test_the_same_document_written_otherwise_gets_the_same_findings(check, document, way):
    rewritten = REWRITTEN[way](document.decode())
    assert rewritten != document.decode()
    assert said(check(rewritten.encode())) == said(check(document))


CHECKED_ELSEWHERE = """
import json, sys
from pathlib import Path
from artefacts.shelf import Shelf
from invoices.check import Checker
check = Checker(Shelf(Path(sys.argv[1])).book()).check
for line in sys.stdin:
    checked = check(json.loads(line).encode()).checked
    print(json.dumps([checked.verdict, [each.as_json() for each in checked.findings]]))
"""


def test_another_process_finds_the_same_in_the_same_order(check, tmp_path):
    documents = [*DOCUMENTS, *INVALID]
    finished = subprocess.run(
        [sys.executable, "-c", CHECKED_ELSEWHERE, str(tmp_path)],
        input="\n".join(json.dumps(each.decode()) for each in documents),
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONHASHSEED": "1"},
    )
    there = [json.loads(line) for line in finished.stdout.splitlines()]
    here = [check(each).checked for each in documents]
    assert there == [[each.verdict, [finding.as_json() for finding in each.findings]] for each in here]


@given(st.sampled_from([*VALID, *INVALID]), randoms)
def test_a_second_check_says_the_same(check, document, random):
    document = mutated(document, random, 2)
    assert check(document) == check(document)
