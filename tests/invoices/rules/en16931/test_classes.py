import re

import pytest
from lxml import etree

from invoices.document import Kind
from invoices.findings import PolicyClass, Severity
from invoices.rules.en16931.classes import CLASSES, policy_class
from invoices.rules.en16931.terms import TERMS, term
from invoices.rules.structure import schema_file
from invoices.terms import TERMS as PLACES

OFFICIAL = schema_file(Kind.INVOICE).parents[1] / "EN16931-UBL-validation.xslt"
NOT_OF_THE_ARTEFACT = {"BR-CO-25"}  # of EN 16931 too, and what UBL.BE's rules still ask


@pytest.fixture(scope="module")
def rules() -> dict[str, str]:
    """The flag of each official rule by its id."""
    asserts = etree.parse(str(OFFICIAL)).iter("{*}failed-assert", "{*}successful-report")
    attributes = [
        {a.get("name"): (a.text or "").strip() for a in each.iterchildren("{*}attribute")} for each in asserts
    ]
    return {each["id"]: each["flag"] for each in attributes}


def test_every_fatal_rule_is_classified_on_purpose(rules):
    fatal = {code for code, flag in rules.items() if flag == "fatal"}
    assert set(CLASSES) - NOT_OF_THE_ARTEFACT == fatal


def test_what_is_not_fatal_warns(rules):
    for code, flag in rules.items():
        if flag != "fatal":
            assert policy_class(code, Severity.WARNING) is PolicyClass.WARNING


@pytest.mark.parametrize(
    "code",
    [
        "BR-CO-10",
        "BR-CO-13",
        "BR-CO-15",
        "BR-CO-16",
        "BR-CO-17",
        "BR-S-08",
        "BR-E-01",
        "BR-AE-05",
        "BR-27",
        "BR-DEC-12",
    ],
)
def test_amounts_and_vat_are_money(code):
    assert policy_class(code, Severity.FATAL) is PolicyClass.MONEY


@pytest.mark.parametrize(
    "code",
    [
        "BR-02",
        "BR-CO-09",
        "BR-CO-25",
        "BR-CL-14",
        "BR-E-10",
        "BR-AE-02",
        "BR-IC-12",
        "UBL-SR-12",
        "UBL-CR-666",
    ],
)
def test_identifiers_codes_and_reasons_are_form(code):
    assert policy_class(code, Severity.FATAL) is PolicyClass.FORM


def test_a_fatal_rule_nobody_knows_is_form():
    assert policy_class("BR-99", Severity.FATAL) is PolicyClass.FORM


def test_terms_are_of_the_standard_and_of_its_rules(rules):
    assert set(TERMS) - NOT_OF_THE_ARTEFACT <= set(rules)
    for each in TERMS.values():
        kind, number = re.fullmatch(r"(BT|BG)-(\d+)", each).groups()
        assert 1 <= int(number) <= (165 if kind == "BT" else 32)


def test_rules_that_ask_for_one_thing_name_it():
    assert term("BR-CO-15") == PLACES["cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"]
    assert term("BR-S-08") == PLACES["cac:TaxTotal/cac:TaxSubtotal/cbc:TaxableAmount"]
    assert term("BR-27") == PLACES["cac:InvoiceLine/cac:Price/cbc:PriceAmount"]


def test_where_the_place_decides_there_is_no_term():
    assert term("BR-CL-14") is None
    assert term("UBL-CR-646") is None
