import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.company import Identifier
from invoices.party import Party
from invoices.words import (
    NOTHING,
    search_for,
    search_for_supplier,
    supplier_number,
    words_of,
    words_of_invoice,
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, []),
        ("", []),
        ("Café DE L'Été", ["cafe", "de", "l", "ete"]),
        ("2026/A-17_b", ["2026", "a", "17", "b"]),
        ("\uff26\uff35\uff2c\uff2c Straße", ["full", "strasse"]),
        ("Жё \u2116 5", ["же", "no", "5"]),
        ("-/-", []),
    ],
)
def test_words_are_without_case_accents_and_punctuation(text, words):
    assert words_of(text) == words


def test_an_invoice_is_found_by_its_names_its_supplier_and_its_company():
    seller = Party(
        name="Drukkerij Péeters", legal_ids=(Identifier("0403019261", "0208"),), vat_numbers=("DE 123",)
    )
    assert words_of_invoice(("A-1", None, "r7"), seller, "0428759497").split() == sorted(
        [
            "a", "1", "a1", "r7", "drukkerij", "peeters", "0403019261", "de123", "s:drukkerij", "s:peeters",
            "s:0403019261", "s:de123", "c:0428759497",
        ]
    )  # fmt: skip
    assert words_of_invoice((None,), None, None) == ""


def test_people_know_a_supplier_by_its_enterprise_number_or_else_its_vat_number():
    assert supplier_number(Party(vat_numbers=("BE0403019261",))) == "0403019261"
    assert supplier_number(Party(vat_numbers=("DE123456789",))) == "DE123456789"
    assert supplier_number(Party(name="Nobody")) is None


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("drukk", "(('drukk':*))"),
        ("dr", "(('dr'))"),
        ("2026", "(('2026'))"),
        ("20260", "(('20260':*))"),
        ("Bakkerij Jan", "(('bakkerij' & 'jan':*) | ('bakkerijjan'))"),
        ("0403.019.261", "(('0403' & '019' & '261') | ('0403019261') | ('0403019261'))"),
        ("!", NOTHING),
    ],
)
def test_what_is_typed_becomes_a_query(text, query):
    assert search_for(text) == query


def test_a_search_for_a_supplier_asks_for_its_words_alone():
    assert search_for_supplier("Jan BV") == "(('s:jan' & 's:bv') | ('s:janbv'))"


@given(st.text())
def test_a_query_holds_nothing_that_could_end_a_word(text):
    words = search_for(text).split("'")[1::2]
    assert all(word == "-" or word.isalnum() for word in words)
