import pytest

from tests.invoices.rules.national.documents import codes

COUNTRIES = ("NL", "DE", "DK", "SE", "NO", "IT", "GR", "IS")


def of_country(found, country):
    return {code: count for code, count in found.items() if code.startswith((f"{country}-R", f"{country}-S"))}


def differences(documents, country):
    return [
        (document.name, of_country(document.peppol, country), of_country(document.found, country))
        for document in documents
        if of_country(document.peppol, country) != of_country(document.found, country)
    ]


class Judged:
    def __init__(self, document):
        self.name, self.peppol, self.found = document.name, document.peppol, codes(document.content)


@pytest.fixture(scope="module")
def judged_documents(official_documents):
    return [Judged(document) for document in official_documents if document.peppol is not None]


@pytest.fixture(scope="module")
def judged_mutants(mutants):
    return [Judged(document) for document in mutants if document.xsd]


@pytest.mark.parametrize("country", COUNTRIES)
def test_official_documents_break_the_rules_that_the_artefact_says_as_often(judged_documents, country):
    assert differences(judged_documents, country) == []


@pytest.mark.parametrize("country", COUNTRIES)
def test_mutants_do_so_too(judged_mutants, country):
    assert differences(judged_mutants, country) == []


def test_the_official_documents_break_nearly_every_rule_but_those_of_iceland(judged_documents):
    fired = {code for document in judged_documents for code in document.found}
    assert len(fired) > 85
