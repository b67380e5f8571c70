import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.explain import TEXTS, Explanation, Language, Text, Words, explained
from invoices.explain.values import NO_BREAK
from invoices.findings import Finding, PolicyClass, Severity


def finding(code, **fields):
    about = {"severity": Severity.FATAL, "policy_class": PolicyClass.MONEY, "message": "In its own words."}
    return Finding(**{"code": code, **about, **fields})


def test_a_total_that_does_not_add_up_is_told_found_against_expected():
    total = finding("BR-CO-15", found="112.00 EUR", expected="121.00 EUR")
    assert (
        explained(total, Language.EN).message
        == "The total excluding VAT plus VAT makes €121.00, not €112.00."
    )
    assert explained(total, Language.NL).message == (
        f"Het totaal exclusief btw plus de btw geeft €{NO_BREAK}121,00, niet €{NO_BREAK}112,00."
    )
    assert explained(total, Language.FR).message == (
        f"Le total hors TVA plus la TVA fait 121,00{NO_BREAK}€, pas 112,00{NO_BREAK}€."
    )


def test_what_to_do_about_it_is_told_in_the_readers_language():
    total = finding("BR-CO-15")
    assert explained(total, Language.NL).fix == (
        "Aankoop: vraag een creditnota en een nieuwe factuur."
        " Verkoop: verbeter cbc:TaxInclusiveAmount in uw facturatieprogramma."
    )
    assert explained(total, Language.FR).fix == (
        f"Achat{NO_BREAK}: demandez une note de crédit et une nouvelle facture."
        f" Vente{NO_BREAK}: corrigez cbc:TaxInclusiveAmount dans votre logiciel de facturation."
    )


@pytest.mark.parametrize("unknown", [None, "", "  "])
def test_a_value_that_is_not_known_leaves_the_plain_message(unknown):
    half_known = finding("BR-CO-15", found="112.00 EUR", expected=unknown)
    assert explained(half_known, Language.EN).message == (
        "The total including VAT is not the total excluding VAT plus one total VAT in the same currency."
    )


def test_the_line_is_named_by_its_place_in_the_document():
    price = finding(
        "BR-27", found="-5.00 EUR", location="/Invoice/cac:InvoiceLine[3]/cac:Price/cbc:PriceAmount"
    )
    beginnings = {Language.EN: "Line 3: ", Language.NL: "Lijn 3: ", Language.FR: f"Ligne 3{NO_BREAK}: "}
    for language, beginning in beginnings.items():
        assert explained(price, language).message.startswith(beginning)


@pytest.mark.parametrize("location", ["/Invoice/cac:InvoiceLine", "/CreditNote/cac:CreditNoteLine/cac:Item"])
def test_an_only_line_is_the_first(location):
    assert explained(finding("BR-25", location=location), Language.EN).message == (
        "Line 1: the name of the goods or services is missing."
    )


@pytest.mark.parametrize(
    "location", [None, "", "/Invoice", "/Invoice/cac:InvoiceLineage[2]", "/Invoice/cbc:ID"]
)
def test_a_place_that_is_no_line_is_not_named(location):
    assert explained(finding("BR-25", location=location), Language.EN).message == (
        "On a line, the name of the goods or services is missing."
    )


def test_advice_that_needs_a_value_is_left_out_where_it_is_not_known(monkeypatch):
    words = Words("A fact.", "Do this. Write {expected}. Look at {where}.")
    monkeypatch.setitem(TEXTS, "XX-1", Text(words, words, words))
    known = finding("XX-1", expected="121.00 EUR", location="/Invoice/cac:InvoiceLine[2]")
    assert explained(known, Language.EN).fix == "Do this. Write €121.00. Look at line 2."
    assert explained(finding("XX-1"), Language.EN).fix == "Do this."


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", ["UBL-CR-005", "UBL-DT-08"])
def test_what_the_standard_has_no_use_for_is_named_from_its_place(code, language):
    unused = finding(code, location="/Invoice/cac:InvoiceLine[2]/cbc:UUID[1]")
    assert explained(unused, language).message.count("cbc:UUID") == 1
    assert "cbc:" not in explained(finding(code, location="/Invoice"), language).message
    assert explained(finding(code), language).fix


def test_what_stands_beside_a_value_is_told_from_the_value_itself():
    scheme = finding("UBL-CR-665", location="/Invoice/cac:AdditionalDocumentReference[2]/cbc:ID")
    assert explained(scheme, Language.EN).message == (
        "A European invoice has no use for an attribute of cbc:ID."
    )


def test_what_stands_too_often_is_told_so_also_without_a_text_of_its_own():
    repeated = finding("UBL-SR-999", location="/Invoice/cbc:DueDate[2]")
    assert explained(repeated, Language.EN).message == (
        "cbc:DueDate stands in this invoice more often than is allowed."
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("code", ["XX-UNHEARD-OF", "", "UBL-XSD-9"])
def test_a_rule_without_a_text_keeps_its_own_words(code, language):
    assert explained(finding(code, fix="Mend it."), language) == Explanation("In its own words.", "Mend it.")
    assert explained(finding(code), language).fix is None


anything = (
    st.none()
    | st.text()
    | st.sampled_from(
        ["{found}", "{expected.__class__}", "{0}", "{", "}}", "%s", "\\1", "\x00\x1b[31m\u202e", "a" * 10_000]
    )
)


@given(code=st.sampled_from([*TEXTS, "UBL-CR-001"]), found=anything, expected=anything, location=anything)
def test_no_value_breaks_an_explanation(code, found, expected, location):
    hostile = finding(code, found=found, expected=expected, location=location)
    for language in Language:
        explanation = explained(hostile, language)
        assert explanation.message
        assert explanation.fix
        assert all(char.isprintable() or char == NO_BREAK for char in explanation.message)
        assert len(explanation.message) < 600


def test_what_looks_like_a_placeholder_in_a_value_stays_as_it_is():
    code = finding("BR-CL-04", found="{expected}", expected="EUR")
    assert explained(code, Language.EN).message == "“{expected}” is not a valid currency code."
