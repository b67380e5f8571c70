"""The same rules as the official artefacts, as often, in every official document and in every damaged one."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from invoices.document import parse
from invoices.findings import Verdict
from invoices.rules import peppol
from invoices.rules.national import NATIONAL
from invoices.rules.schematron.rule_set import RuleCrashed
from invoices.rules.subject import Subject
from invoices.rules.tree import Tree
from tests.corpora import CORPORA

_PARSER = etree.XMLParser(huge_tree=True, remove_comments=True, remove_pis=True, resolve_entities=False)


@pytest.fixture(scope="module")
def of_en16931(rule_book):
    """How often a document breaks each rule of EN 16931."""
    return lambda subject: Counter(check.code for check, _ in rule_book.en16931.broken(subject))


def of_peppol(subject):
    """How often a document breaks each rule of Peppol, national ones among them."""
    tables = (*peppol.GENERIC, *NATIONAL)
    return Counter(rule.code for table in tables for rule, _ in table.broken(subject))


def asked(ask, document):
    with Tree(etree.fromstring(document.content, _PARSER)) as tree:
        return ask(Subject(tree))


def disagreements(documents, name, ask):
    """Documents of which we say anything else, structure valid or not; the reference may have stopped at some."""
    known = [each for each in documents if getattr(each, name) is not None]
    return len(known), [each.name for each in known if asked(ask, each) != getattr(each, name)]


def test_of_every_official_document_en_16931_says_what_it_should(official_documents, of_en16931):
    assert disagreements(official_documents, "en16931", of_en16931) == (1800, [])


def test_of_every_official_document_peppol_says_what_it_should(official_documents):
    assert disagreements(official_documents, "peppol", of_peppol) == (1798, [])


def test_of_every_damaged_document_en_16931_says_what_it_should(mutants, of_en16931):
    assert disagreements(mutants, "en16931", of_en16931) == (1738, [])


def test_of_every_damaged_document_peppol_says_what_it_should(mutants):
    assert disagreements(mutants, "peppol", of_peppol) == (1941, [])


def test_the_documents_break_most_rules(official_documents, mutants, rule_book):
    broken = {code for each in (*official_documents, *mutants) for code in each.en16931 or ()}
    assert len(broken & {check.code for check in rule_book.en16931.checks}) > 300


def test_structure_is_as_the_schema_says(official_documents, mutants, rule_book):
    for each in (*official_documents, *mutants):
        verdict = rule_book.structure.check(parse(each.content)).verdict
        assert verdict is (Verdict.VALID if each.xsd else Verdict.INVALID), each.name


def test_where_the_reference_stops_at_a_valid_structure_nobody_knows_the_verdict(
    mutants, checker, of_en16931
):
    stopped = [each for each in mutants if each.xsd and each.en16931 is None]
    assert len(stopped) == 4
    for each in stopped:
        with pytest.raises(RuleCrashed):
            asked(of_en16931, each)
        assert checker.check(each.content).checked.verdict is Verdict.COULD_NOT_CHECK


def test_what_a_valid_structure_lets_the_reference_check_is_checked(mutants, checker):
    verdicts = Counter(
        checker.check(each.content).checked.verdict
        for each in mutants
        if each.xsd and each.en16931 is not None
    )
    assert Verdict.COULD_NOT_CHECK not in verdicts
    assert min(verdicts[Verdict.VALID], verdicts[Verdict.INVALID]) > 100


@cache
def unit_tests(file: Path):
    """By place in its file: the ids that a unit test says must be broken, and those that must not."""
    tests = etree.parse(str(file)).getroot().iterfind("{*}test")
    documents = [
        each
        for each in tests
        if each.find("{*}Invoice") is not None or each.find("{*}CreditNote") is not None
    ]
    return [(ids(each, "error", "warning"), ids(each, "success")) for each in documents]


def ids(test, *names):
    return {(each.text or "").strip() for name in names for each in test.iterfind(f"{{*}}assert/{{*}}{name}")}


def test_unit_tests_of_the_rules_end_as_their_authors_say(official_documents, of_en16931):
    asked_for, wrong = 0, []
    for document in official_documents:
        file, test, place = document.name.rpartition(" test ")
        if not test or document.peppol is None:
            continue
        demanded, refused = unit_tests(CORPORA / file)[int(place)]
        broken = {*asked(of_en16931, document), *asked(of_peppol, document)}
        asked_for += len(demanded)
        wrong += [(document.name, code) for code in (demanded - broken) | (refused & broken)]
    assert (wrong, asked_for > 700) == ([], True)
