"""Identifiers: the form that each scheme demands, wherever the identifier stands."""

import pytest

from tests.invoices.rules.peppol.asked import INVOICE, broken, changed, codes

LEGAL_NUMBER = '<cbc:CompanyID schemeID="0208">0999000129<'
VAT_NUMBER = "<cbc:CompanyID>BE0999000129<"
ENDPOINT = '<cbc:EndpointID schemeID="0208">0999000129</cbc:EndpointID>'

IDENTIFIERS = {
    "PEPPOL-COMMON-R040": ("0088", "5412345000014", "5412345000013"),
    "PEPPOL-COMMON-R041": ("0192", "987654321", "923829644"),
    "PEPPOL-COMMON-R042": ("0184", "SE12345678", "DK12345678"),
    "PEPPOL-COMMON-R043": ("0208", "0999.000.129", "0999002010"),
    "PEPPOL-COMMON-R044": ("0201", "ABC-12", "UFRB7A"),
    "PEPPOL-COMMON-R045": ("0210", "RSSMRA85T10A562", "RSSMRA85T10A562S"),
    "PEPPOL-COMMON-R046": ("9907", "RSSMRA85T10A562", "RSSMRA85T10A562S"),
    "PEPPOL-COMMON-R047": ("0211", "IT00743110158", "IT00743110157"),
    "PEPPOL-COMMON-R049": ("0007", "5560360794", "5560360793"),
    "PEPPOL-COMMON-R050": ("0151", "51824753557", "51824753556"),
    "PEPPOL-COMMON-R052": ("0096", "123456789", "1234567890"),
    "PEPPOL-COMMON-R053": ("0198", "12345678", "DK12345678"),
    "PEPPOL-COMMON-R054": ("0106", "1234567", "12345678"),
    "PEPPOL-COMMON-R055": ("0190", "1234567890", "12345678901234567890"),
    "PEPPOL-COMMON-R056-1": ("9944", "NL12345678B01", "NL123456789B01"),
    "PEPPOL-COMMON-R056-2": ("9956", "NL12345678B01", "NL123456789B01"),
    "PEPPOL-COMMON-R057": ("0217", "1234567890", "123456789012"),
}
"""By rule: the scheme, an identifier that breaks it and one that does not."""

OF_ENDPOINTS, OF_VAT_NUMBERS = "PEPPOL-COMMON-R046", "PEPPOL-COMMON-R056-2"
cases = pytest.mark.parametrize(
    ("rule", "scheme", "wrong", "right"),
    [(rule, *case) for rule, case in IDENTIFIERS.items()],
    ids=list(IDENTIFIERS),
)


def vat_number(scheme, number):
    return changed(INVOICE, (VAT_NUMBER, f'<cbc:CompanyID schemeID="{scheme}">{number}<'))


def legal_number(scheme, number):
    return changed(INVOICE, (LEGAL_NUMBER, f'<cbc:CompanyID schemeID="{scheme}">{number}<'))


def endpoint(scheme, number):
    return changed(INVOICE, (ENDPOINT, f'<cbc:EndpointID schemeID="{scheme}">{number}</cbc:EndpointID>'))


def identification(scheme, number):
    party = (
        f'<cac:PartyIdentification><cbc:ID schemeID="{scheme}">{number}</cbc:ID></cac:PartyIdentification>'
    )
    return changed(INVOICE, (ENDPOINT, ENDPOINT + party))


@cases
def test_an_identifier_has_the_form_of_its_scheme(rule, scheme, wrong, right):
    place = {OF_ENDPOINTS: endpoint, OF_VAT_NUMBERS: vat_number}.get(rule, legal_number)
    ((code, finding),) = [each for each in broken(place(scheme, wrong)) if "CL008" not in each[0]]
    assert (code, finding.found) == (rule, wrong)
    assert rule not in codes(place(scheme, right))


@cases
def test_identifiers_of_a_party_and_endpoints_are_asked_too(rule, scheme, wrong, right):
    places = {OF_ENDPOINTS: [endpoint], OF_VAT_NUMBERS: []}.get(rule, [endpoint, identification])
    for place in places:
        assert rule in codes(place(scheme, wrong))
        assert rule not in codes(place(scheme, right))
    elsewhere = {OF_ENDPOINTS: [legal_number, identification], OF_VAT_NUMBERS: [endpoint, legal_number]}
    for place in elsewhere.get(rule, []):
        assert rule not in codes(place(scheme, wrong))


def test_a_vat_number_with_a_scheme_of_its_own_is_asked_once():
    asked = {
        ("0208", "NL0999000129"): ["PEPPOL-COMMON-R043"],
        ("9944", "NL1"): ["PEPPOL-COMMON-R056-1"],
        ("0217", "NL1"): ["PEPPOL-COMMON-R056-2"],
        ("0217", "NL123456789B01"): [],
        ("0217", "1"): ["PEPPOL-COMMON-R057"],
        ("9956", "NL1"): ["PEPPOL-COMMON-R056-2"],
    }
    assert {case: codes(vat_number(*case)) for case in asked} == asked


def test_danish_numbers_may_not_have_blanks_around_them_and_others_may():
    assert codes(legal_number("0198", " DK12345678")) == ["PEPPOL-COMMON-R053"]
    assert codes(legal_number("0208", " 0999002010 ")) == []
