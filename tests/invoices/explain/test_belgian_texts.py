import re
from dataclasses import replace
from string import Formatter

import pytest

from invoices.explain import Language, belgium, belgium_efff, choosing, explained, ublbe
from invoices.findings import Finding
from invoices.rules.belgium import BELGIAN
from invoices.rules.choosing import CHOOSING
from invoices.rules.efff import E_FFF
from invoices.rules.ublbe import UBL_BE

FAMILIES = {
    "Belgian practice": (BELGIAN, belgium.TEXTS),
    "e-FFF": (E_FFF, belgium_efff.TEXTS),
    "UBL.BE": (UBL_BE, ublbe.TEXTS),
    "the specification": (CHOOSING, choosing.TEXTS),
}
RULES = {rule.code: rule for tables, _ in FAMILIES.values() for table in tables for rule in table.rules}
TEXTS = {code: text for _, texts in FAMILIES.values() for code, text in texts.items()}
EVERY = [(code, language) for code in TEXTS for language in Language]
NEVER = {
    Language.EN: r"\bbook(s|ed|ing)?\b",
    Language.NL: r"\b(ge)?boekt?\b|\bje\b|\bjouw\b|\bjij\b",
    Language.FR: r"\bcomptabilisée?\b|\bavoir\b|\btu\b|\bton\b|\bta\b",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_rule_has_its_text_and_every_text_its_rule(family):
    tables, texts = FAMILIES[family]
    assert set(texts) == {rule.code for table in tables for rule in table.rules}


def test_no_rule_is_in_two_families():
    assert len(TEXTS) == sum(len(texts) for _, texts in FAMILIES.values())


def names(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize(("code", "language"), EVERY)
def test_a_message_with_values_has_a_plain_one_without(code, language):
    words = TEXTS[code].in_language(language)
    assert names(words.message) | names(words.fix) <= {"found", "expected", "where"}
    assert not names(words.plain or "")
    assert bool(names(words.message)) is (words.plain is not None)


@pytest.mark.parametrize("code", TEXTS)
def test_the_languages_name_the_same_values_and_elements(code):
    every = [TEXTS[code].in_language(language) for language in Language]
    for named in (lambda words: names(words.message), lambda words: names(words.fix)):
        assert len({frozenset(named(words)) for words in every}) == 1
    assert len({frozenset(re.findall(r"\bc[ab]c:\w+", words.fix)) for words in every}) == 1


@pytest.mark.parametrize(("code", "language"), EVERY)
def test_the_words_are_those_of_bookkeepers(code, language):
    words = TEXTS[code].in_language(language)
    for sentence in (words.message, words.fix, words.plain or words.message):
        assert sentence.endswith(".")
        assert sentence[0].isupper() or sentence[0] == "{"
        assert "  " not in sentence
        assert not re.search(NEVER[language], sentence, re.IGNORECASE)
        assert "WB-" not in sentence
        assert not re.search(r"ubl-BE|\bBR-|\bR0\d\d", sentence)


@pytest.mark.parametrize(("code", "language"), EVERY)
def test_a_finding_is_told_with_its_values_or_without(code, language):
    rule = RULES[code]
    bare = Finding(code, rule.severity, rule.policy_class, "")
    full = replace(bare, location="/Invoice/cac:InvoiceLine[3]", found="1.50 EUR", expected="2")
    told, without = explained(full, language), explained(bare, language)
    for sentence in (told.message, told.fix, without.message):
        assert sentence
        assert "{" not in sentence
        assert sentence.endswith(".")
    assert (told.message == without.message) is (TEXTS[code].in_language(language).plain is None)
