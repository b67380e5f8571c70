"""The same ids as the official artefact of Peppol BIS Billing 3.0, as often, for every document."""

from collections import Counter

from tests.invoices.rules.peppol.asked import codes


def disagreements(documents):
    return [each.name for each in documents if each.peppol is not None and found(each) != generic(each)]


def found(document):
    return Counter(codes(document.content.decode()))


def generic(document):
    return {code: count for code, count in document.peppol.items() if code.startswith("PEPPOL-")}


def test_every_official_document_breaks_the_rules_that_it_should(official_documents):
    assert len(official_documents) == 1800
    assert disagreements(official_documents) == []


def test_every_damaged_document_breaks_the_rules_that_it_should(mutants):
    assert len(mutants) == 2000
    assert disagreements(mutants) == []


def test_the_official_documents_break_nearly_every_rule(official_documents):
    broken = {code for each in official_documents if each.peppol is not None for code in generic(each)}
    assert len(broken) >= 54
