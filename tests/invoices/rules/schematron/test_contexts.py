"""Contexts: which elements a rule is asked of, and that the first rule of a pattern that matches has an element."""

import pytest

from tests.invoices.rules.schematron.schema import document, fired, program, schema

BODY = """
<cbc:ID>1</cbc:ID>
<cac:Party><cac:Address><cbc:ID>a</cbc:ID></cac:Address></cac:Party>
<cac:Other><cac:Party><cac:Address><cbc:ID>b</cbc:ID></cac:Address></cac:Party></cac:Other>
<cac:Charge><cbc:Indicator>true</cbc:Indicator><cac:Category><cbc:ID>S</cbc:ID></cac:Category></cac:Charge>
<cac:Charge><cbc:Indicator>false</cbc:Indicator><cac:Category><cbc:ID>E</cbc:ID></cac:Category></cac:Charge>
<cac:Charge><cac:Category><cbc:ID schemeID="x"> Z </cbc:ID></cac:Category></cac:Charge>
<cac:Price><cbc:PriceAmount>1</cbc:PriceAmount><cac:Charge><cbc:Amount>2</cbc:Amount></cac:Charge></cac:Price>
<cac:Line><cbc:Amount>3</cbc:Amount></cac:Line>
"""


@pytest.mark.parametrize(
    ("context", "count"),
    [
        ("cac:Address", 2),
        ("cac:Party/cac:Address", 2),
        ("/ubl:Invoice/cac:Party/cac:Address", 1),
        ("/*/cac:Party/cac:Address", 1),
        ("/cn:CreditNote/cac:Party", 0),
        ("ubl:Invoice/cac:Party", 1),
        ("cac:Other//cbc:ID", 1),
        ("//cbc:ID", 6),
        ("cbc:ID", 6),
        ("/*", 1),
        ("/ubl:Invoice | /cn:CreditNote", 1),
        ("cac:Line | cac:Price", 2),
        ("(cac:Line | cac:Price)/cbc:Amount", 1),
        ("(cac:Line | cac:Price)[cbc:PriceAmount]", 1),
        ("cac:Charge[cbc:Indicator = true()]", 1),
        ("cac:Charge[cbc:Indicator = true()]/cac:Category", 1),
        ("cac:Charge[not(cbc:Indicator)]/cac:Category/cbc:ID[@schemeID]", 1),
        ("cac:Category[normalize-space(cbc:ID) = 'Z']", 1),
        ("cac:Category[normalize-space(cbc:ID) = 'Z'][cbc:Nothing]", 0),
        ("//*[ends-with(name(), 'Amount')]", 3),
        ("//*[ends-with(name(), 'Amount') and not(ends-with(name(), 'PriceAmount'))]", 2),
        ("//*[ends-with(name(), 'Amount') and not(ancestor::cac:Price/cac:Charge)]", 1),
        ("//*[not(*) and normalize-space() = '3']", 1),
        ("cac:Nothing", 0),
    ],
)
def test_a_rule_is_asked_of_the_elements_that_match_its_context(context, count):
    assert fired(schema([(context, "false()")]), document(BODY)) == ["P1-R1"] * count


def test_the_first_rule_of_a_pattern_that_matches_an_element_has_it():
    rules = [
        ("cac:Category[normalize-space(cbc:ID) = 'S']", "false()"),
        ("cac:Category[normalize-space(cbc:ID) = 'E']", "false()"),
        ("cac:Charge/cac:Category", "false()"),
        ("cac:Category", "false()"),
    ]
    assert fired(schema(rules), document(BODY)) == ["P1-R1", "P1-R2", "P1-R3"]


def test_rules_of_different_patterns_share_elements():
    assert fired(schema([("cac:Line", "false()")], [("cac:Line", "false()")]), document(BODY)) == [
        "P1-R1",
        "P2-R1",
    ]


def test_a_predicate_that_stops_with_an_error_does_not_match():
    rules = [("cac:Charge[cbc:Indicator = 1]", "false()"), ("cac:Charge", "false()")]
    body = "<cac:Charge><cbc:Indicator>maybe</cbc:Indicator></cac:Charge>"
    assert fired(schema(rules), document(body)) == ["P1-R2"]


@pytest.mark.parametrize("context", ["@schemeID", "cac:Line[1]", "cac:Line[cbc:ID]//cbc:Amount", "text()"])
def test_contexts_that_the_compiler_does_not_know_are_named(context):
    _, _, uncompilable = program(schema([(context, "true()")]))
    assert list(uncompilable) == ["P1-R1"]
    assert uncompilable["P1-R1"].startswith("context: ")


def test_elements_of_a_context_that_is_not_known_go_to_later_rules_so_that_none_is_missed():
    _, _, uncompilable = program(schema([("cac:Line[1]", "true()"), ("cac:Line", "false()")]))
    assert list(uncompilable) == ["P1-R1"]
