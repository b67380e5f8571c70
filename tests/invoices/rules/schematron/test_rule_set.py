"""Compiled rule sets: kept, sent to other processes, refused where rules are missing, and clear where one crashes."""

import pickle
from dataclasses import replace

import pytest

from invoices.findings import RuleSetVersion
from invoices.rules.schematron.compilation import compile_artefact
from invoices.rules.schematron.reading import read_artefact
from invoices.rules.schematron.rule_set import CompiledRules, RuleCrashed, RuleSetRefused
from invoices.rules.subject import Subject
from invoices.rules.tree import Tree
from tests.invoices.rules.schematron.schema import document, schema

VERSION = RuleSetVersion("Ours", "1")


def compiled(content):
    artefact = read_artefact(content)
    done = compile_artefact(artefact)
    return CompiledRules.of(
        VERSION, artefact.sha256, done.source, done.checks, tuple(done.uncompilable.items())
    )


def codes(rules, root):
    return [check.code for check, _ in rules.broken(Subject(Tree(root)))]


def test_rules_say_the_same_after_a_journey_to_another_process():
    rules = compiled(schema([("/*", "cbc:ID")]))
    travelled = pickle.loads(pickle.dumps(rules))  # noqa: S301 - our own bytes
    assert travelled == rules
    for body, expected in (("", ["P1-R1"]), ("<cbc:ID/>", [])):
        assert codes(rules, document(body)) == codes(travelled, document(body)) == expected


def test_a_rule_that_could_not_be_compiled_refuses_the_whole_set_unless_it_is_allowed():
    rules = compiled(schema([("/*", "preceding::cbc:ID"), ("cac:Line", "cbc:ID")]))
    with pytest.raises(RuleSetRefused, match="P1-R1"):
        codes(rules, document(""))
    allowed = replace(rules, allowed=frozenset({"P1-R1"}))
    assert codes(allowed, document("<cac:Line/>")) == ["P1-R2"]


@pytest.mark.parametrize(
    "test", ["xs:decimal(cbc:Amount) > 0", "cbc:Amount = true()", "string(cac:Line) = 'x'"]
)
def test_a_rule_that_stops_with_an_error_is_named(test):
    rules = compiled(schema([("/*", "true()")], [("/*", test)]))
    body = "<cbc:Amount>twelve</cbc:Amount><cac:Line/><cac:Line/>"
    with pytest.raises(RuleCrashed, match=r"rule P2-R1 came to no result: XPathError: .*(FORG|XPTY)"):
        codes(rules, document(body))


def test_rules_are_for_the_specifications_that_they_name():
    rules = replace(compiled(schema([("/*", "true()")])), customizations=("urn:ours", "urn:theirs"))
    for customization, asked in (
        ("urn:ours:1", True),
        ("urn:theirs", True),
        ("urn:other", False),
        ("", False),
    ):
        root = document(f"<cbc:CustomizationID>{customization}</cbc:CustomizationID>")
        assert rules.is_for(Subject(Tree(root))) is asked
    assert replace(rules, customizations=()).is_for(Subject(Tree(document(""))))


def test_what_only_forbids_paths_is_decided_by_the_places_of_a_document():
    rules = compiled(schema([("/*", "not(cac:Line/cbc:Note | //cac:Deep/cbc:ID)")]))
    assert codes(rules, document("<cac:Line/><cbc:ID/>")) == []
    assert codes(rules, document("<cac:Line><cbc:Note/></cac:Line>")) == ["P1-R1"]
    both = "<cac:Line><cbc:Note/><cac:Deep><cbc:ID/></cac:Deep></cac:Line>"
    assert codes(rules, document(both)) == ["P1-R1"]
