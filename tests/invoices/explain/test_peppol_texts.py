import re

import pytest

from invoices.explain.peppol import TEXTS
from invoices.rules.peppol import GENERIC, SELF_BILLING
from tests.invoices.rules.peppol.asked import INVOICE, broken, changed

LANGUAGES = ("en", "nl", "fr")
ALL = [(code, language, getattr(text, language)) for code, text in TEXTS.items() for language in LANGUAGES]
PLACEHOLDER = re.compile(r"\{(\w+)\}")

each = pytest.mark.parametrize(
    ("code", "language", "words"), ALL, ids=[f"{code}-{language}" for code, language, _ in ALL]
)


def test_every_rule_has_a_text_and_every_text_a_rule():
    assert TEXTS.keys() == {rule.code for table in (*GENERIC, *SELF_BILLING) for rule in table.rules}


@each
def test_a_text_states_a_fact_and_what_to_do(code, language, words):
    sentences = [words.message, words.fix] + ([words.plain] if words.plain else [])
    assert all(each[-1] == "." and "  " not in each and code not in each for each in sentences)


@each
def test_values_that_may_be_unknown_can_be_left_out(code, language, words):
    named = set(PLACEHOLDER.findall(words.message))
    assert named <= {"found", "expected", "where"}
    assert bool(named) is bool(words.plain)
    assert not PLACEHOLDER.search(f"{words.fix}{words.plain}")


def test_the_three_languages_name_the_same_values():
    for code, text in TEXTS.items():
        named = {frozenset(PLACEHOLDER.findall(getattr(text, each).message)) for each in LANGUAGES}
        assert len(named) == 1, code


@each
def test_words_are_those_of_the_house(code, language, words):
    text = f"{words.message} {words.plain} {words.fix}"
    assert not re.search(r"\b(booked|geboekt|comptabilisée?|avoir|jij|je|jouw|tu|BTW|belastbare)\b", text)
    if language == "fr":
        assert re.search(r"\S[;?!]", text) is None


def test_a_line_that_does_not_add_up_can_be_told_with_its_amounts():
    net = (
        '<cbc:LineExtensionAmount currencyID="EUR">22.00</cbc:LineExtensionAmount>\n    <cac:AllowanceCharge>'
    )
    ((code, finding),) = broken(changed(INVOICE, (net, net.replace("22.00", "23.00"))))
    told = TEXTS[code].en.message.format(where="Line 1", found=finding.found, expected=finding.expected)
    assert told.startswith("Line 1 says 23.00 EUR;")
    assert told.endswith("is 22.00 EUR.")
