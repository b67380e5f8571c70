"""Every fatal rule of EN 16931, each by a document that breaks it and, where that can be, no other."""

from collections import Counter

import pytest

from invoices.document import parse
from invoices.findings import Severity, Verdict
from invoices.rules.schematron.rule_set import RuleCrashed
from tests.invoices.rules.en16931.conftest import subject_of
from tests.invoices.rules.en16931.documents import CATEGORIES, STANDARD, full, lines_only
from tests.invoices.rules.en16931.edits import changed
from tests.invoices.rules.en16931.violations import NEVER, violations
from tests.invoices.rules.en16931.violations_elsewhere import (
    BLIND,
    FORBIDDEN,
    FORBIDDEN_AND_ENDLESS,
    FORBIDDEN_IN_INVOICES,
    VAT_IN_THREE_DECIMALS,
    WARNINGS,
)
from tests.invoices.rules.en16931.violations_parties import ENDLESS

VIOLATIONS = list(violations())
BOTH_KINDS = [STANDARD.invoice, STANDARD.credit_note]


@pytest.fixture(scope="module")
def broken(rule_book):
    """The ids of the rules that a document breaks, of a severity or of any, whether its structure is valid or not."""

    def ask(document: bytes, *severities: Severity) -> list[str]:
        checks = [check for check, _ in rule_book.en16931.broken(subject_of(document))]
        return sorted(check.code for check in checks if check.severity in (severities or Severity))

    return ask


@pytest.fixture(scope="module")
def structure(rule_book):
    """The schema's verdict."""
    return lambda document: rule_book.structure.check(parse(document)).verdict


@pytest.fixture(scope="module")
def fatal(rule_book):
    """The ids of all fatal rules."""
    return {check.code for check in rule_book.en16931.checks if check.severity is Severity.FATAL}


@pytest.mark.parametrize("code", CATEGORIES)
@pytest.mark.parametrize("make", [full, lines_only])
def test_the_documents_to_change_break_no_rule(broken, structure, make, code):
    base = make(CATEGORIES[code])
    for document in (base.invoice, base.credit_note):
        assert (structure(document), broken(document)) == (Verdict.VALID, [])


@pytest.mark.parametrize("violation", VIOLATIONS, ids=[f"{each.rule} {each.kind}" for each in VIOLATIONS])
def test_a_rule_is_broken_alone_or_with_those_that_it_cannot_be_broken_without(broken, structure, violation):
    document = violation.document
    assert structure(document) is Verdict.VALID
    assert broken(document, Severity.FATAL) == sorted(violation.broken)


def test_every_fatal_rule_is_broken_or_known_to_be_out_of_reach(fatal):
    within_reach = {rule for each in VIOLATIONS for rule in each.broken}
    out_of_reach = NEVER | ENDLESS.keys() | FORBIDDEN.keys() | FORBIDDEN_AND_ENDLESS.keys() | BLIND.keys()
    assert within_reach | out_of_reach == fatal
    assert not within_reach & out_of_reach


def test_a_rule_is_in_the_tables_once():
    assert set(Counter((each.rule, each.kind) for each in VIOLATIONS).values()) == {1}


def test_rules_that_no_document_breaks_are_true_of_everything(rule_book):
    tests = {check.code: check.test for check in rule_book.en16931.checks}
    assert {code for code in tests if tests[code] == "true()"} == NEVER


@pytest.mark.parametrize("rule", FORBIDDEN)
@pytest.mark.parametrize("document", BOTH_KINDS, ids=["invoice", "credit note"])
def test_a_rule_out_of_reach_would_find_what_the_schema_forbids(broken, structure, document, rule):
    document = changed(document, *FORBIDDEN[rule])
    assert structure(document) is Verdict.INVALID
    assert rule in broken(document)


@pytest.mark.parametrize("rule", FORBIDDEN_IN_INVOICES)
def test_a_rule_that_only_credit_notes_can_break_would_find_it_in_invoices(broken, structure, rule):
    document = changed(STANDARD.invoice, *FORBIDDEN_IN_INVOICES[rule])
    assert structure(document) is Verdict.INVALID
    assert rule in broken(document)


@pytest.mark.parametrize("rule", FORBIDDEN_AND_ENDLESS)
def test_a_rule_out_of_reach_in_two_ways_is_neither_asked_nor_answered(broken, structure, rule):
    document = changed(STANDARD.invoice, *FORBIDDEN_AND_ENDLESS[rule])
    assert structure(document) is Verdict.INVALID
    with pytest.raises(RuleCrashed, match="BR-61"):
        broken(document)


@pytest.mark.parametrize("rule", ENDLESS)
@pytest.mark.parametrize("document", BOTH_KINDS, ids=["invoice", "credit note"])
def test_a_second_name_stops_the_rule_on_the_first_and_so_the_whole_check(
    checker, broken, structure, document, rule
):
    stopped, edits = ENDLESS[rule]
    document = changed(document, *edits)
    assert structure(document) is Verdict.VALID
    with pytest.raises(RuleCrashed, match=stopped):
        broken(document)
    assert checker.check(document).checked.verdict is Verdict.COULD_NOT_CHECK


@pytest.mark.parametrize("document", BOTH_KINDS, ids=["invoice", "credit note"])
def test_decimals_of_the_vat_total_go_unseen_by_the_rules_that_ask_for_them(broken, structure, document):
    document = changed(document, *VAT_IN_THREE_DECIMALS)
    assert structure(document) is Verdict.VALID
    assert broken(document, Severity.FATAL) == ["UBL-DT-01", "UBL-DT-01"]


@pytest.mark.parametrize("rule", WARNINGS)
@pytest.mark.parametrize("document", BOTH_KINDS, ids=["invoice", "credit note"])
def test_a_rule_warns_alone(broken, structure, document, rule):
    document = changed(document, *WARNINGS[rule])
    assert structure(document) is Verdict.VALID
    assert (broken(document, Severity.WARNING), broken(document, Severity.FATAL)) == ([rule], [])
