import re

import pytest

from invoices.explain import Language
from invoices.explain.national import TEXTS
from invoices.rules.national import NATIONAL

PLACEHOLDERS = re.compile(r"\{(?:found|expected|where)\}")
WORDS = [
    (code, language, text.in_language(language)) for code, text in TEXTS.items() for language in Language
]


def sentences(*languages):
    for code, language, words in WORDS:
        if language in (languages or Language):
            yield from ((code, each) for each in (words.message, words.fix, words.plain) if each)


def test_every_national_rule_has_a_text_and_no_text_is_without_a_rule():
    assert set(TEXTS) == {rule.code for table in NATIONAL for rule in table.rules}


def test_a_plain_message_stands_by_where_values_may_be_missing():
    for code, language, words in WORDS:
        assert bool(PLACEHOLDERS.search(words.message)) == (words.plain is not None), (code, language)
        assert not PLACEHOLDERS.search((words.plain or "") + words.fix), (code, language)


def test_sentences_are_whole_and_tidy():
    tidy = re.compile(r"(?:[A-Z0-9É“À]|\{).*\S[.?]")
    for code, sentence in sentences():
        assert tidy.fullmatch(sentence), (code, sentence)
        assert "  " not in sentence, (code, sentence)
        assert not set("{}") & set(PLACEHOLDERS.sub("", sentence)), (code, sentence)


def test_no_sentence_names_a_rule():
    rule = re.compile(r"\b(?:NL|DE|DK|SE|NO|IT|GR|IS)-[RS]-")
    assert not [each for each in sentences() if rule.search(each[1])]


def test_the_three_languages_differ():
    for code, text in TEXTS.items():
        assert len({text.en.message, text.nl.message, text.fr.message}) == 3, code


@pytest.mark.parametrize(
    ("language", "never"),
    [
        (Language.EN, r"\bbook(?:ed|s)?\b"),
        (Language.NL, r"\b(?:geboekt|je|jij|jou|jouw|jullie)\b|\bBTW\b"),
        (Language.FR, r"\b(?:comptabilisée?s?|avoirs?|tu|ton|ta|tes|toi)\b|(?<! )[;?!%»]|«(?! )|(?<! ):\s"),
    ],
)
def test_sentences_keep_to_the_wording(language, never):
    assert not [each for each in sentences(language) if re.search(never, each[1])]
