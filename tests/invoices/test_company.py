import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.be import vat

from invoices.company import (
    Identifier,
    InvalidCompanyNumber,
    Match,
    PartyIdentifiers,
    enterprise_number,
    format_enterprise_number,
    owners,
    party_match,
)
from invoices.document import parse
from invoices.facts import Facts
from invoices.invoice import read_invoice
from invoices.source import Direction

OURS, OTHER, THIRD = "0403019261", "0428759497", "1000000021"


def numbered(first_eight: int) -> str:
    return f"{first_eight:08}{97 - first_eight % 97:02}"


NUMBERS = st.integers(0, 19_999_999).map(numbered)


@given(NUMBERS)
def test_a_number_with_the_right_check_digits_is_one(number):
    assert enterprise_number(number) == number
    assert vat.is_valid(number)


@given(NUMBERS, st.integers(0, 99))
def test_any_other_check_digits_are_refused_with_the_right_ones(number, check):
    wrong = f"{number[:8]}{check:02}"
    if wrong != number:
        with pytest.raises(InvalidCompanyNumber, match=f"are {check:02} but should be {number[8:]}"):
            enterprise_number(wrong)


@given(
    NUMBERS,
    st.sampled_from(["", "0208:", "9956 : ", "9925:BE", "9925:be", "BE", "be ", "BE.", "BE-", " BE\u00a0"]),
    st.sampled_from(["", " ", ".", "-", "/", "\u00a0", ". "]),
    st.sampled_from(["", " ", "\n"]),
)
def test_any_usual_spelling_is_understood(number, prefix, separator, around):
    spelled = separator.join((number[:4], number[4:7], number[7:]))
    assert enterprise_number(f"{around}{prefix}{spelled}{around}") == number


@given(NUMBERS.filter(lambda number: number[0] == "0"))
def test_nine_old_digits_get_their_zero(number):
    assert enterprise_number(number[1:]) == number
    assert enterprise_number(f"BE {number[1:4]}.{number[4:7]}.{number[7:]}") == number
    assert enterprise_number(f"(0){number[1:]}") == number


@given(NUMBERS)
def test_people_write_it_with_dots(number):
    written = format_enterprise_number(number)
    assert [len(part) for part in written.split(".")] == [4, 3, 3]
    assert enterprise_number(written) == number


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2.123.456.789", "establishment"),
        ("8123456789", "establishment"),
        ("9123456789", "begins with 9"),
        ("0403.019.2", "8 digits"),
        ("04030192611", "11 digits"),
        ("0000000000", "are 00 but should be 97"),
        ("", "not written like one"),
        ("BE", "not written like one"),
        ("NL0403019261", "not written like one"),
        ("BE0403019261B01", "not written like one"),
        ("0088:0403019261", "not written like one"),
        ("٠٤٠٣٠١٩٢٦١", "not written like one"),
        ("\uff10403019261", "not written like one"),
        ("0403019261\0", "not written like one"),
        ("0403²19261", "not written like one"),
        ("0" * 5_000_000, "not written like one"),
        ("0 " * 29, "not ten"),
    ],
)
def test_what_is_not_an_enterprise_number_is_refused_with_the_reason(text, says):
    with pytest.raises(InvalidCompanyNumber, match=says) as caught:
        enterprise_number(text)
    assert isinstance(caught.value, ValueError)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@given(st.text(max_size=80))
def test_any_text_gives_ten_digits_or_is_refused(text):
    try:
        number = enterprise_number(text)
    except InvalidCompanyNumber:
        return
    assert len(number) == 10
    assert vat.is_valid(number)


def legal(value, scheme="0208"):
    return PartyIdentifiers(legal_ids=(Identifier(value, scheme),))


def endpoint(value, scheme="0208"):
    return PartyIdentifiers(endpoint=Identifier(value, scheme))


def identified(value, scheme="0208"):
    return PartyIdentifiers(identifications=(Identifier(value, scheme),))


def by_vat(*numbers):
    return PartyIdentifiers(vat_numbers=numbers)


def together(*parties):
    return PartyIdentifiers(
        legal_ids=tuple(each for party in parties for each in party.legal_ids),
        endpoint=next((party.endpoint for party in parties if party.endpoint), None),
        identifications=tuple(each for party in parties for each in party.identifications),
        vat_numbers=tuple(each for party in parties for each in party.vat_numbers),
    )


@pytest.mark.parametrize(
    ("party", "match"),
    [
        (PartyIdentifiers(), Match.NONE),
        (legal(OURS), Match.BY_ENTERPRISE_NUMBER),
        (legal("BE 0403.019.261", None), Match.BY_ENTERPRISE_NUMBER),
        (legal(OURS, "0106"), Match.NONE),
        (legal("nonsense"), Match.NONE),
        (endpoint(OURS), Match.BY_ENTERPRISE_NUMBER),
        (endpoint(OURS, "be:cbe"), Match.BY_ENTERPRISE_NUMBER),
        (endpoint(OURS, "0088"), Match.NONE),
        (endpoint(OURS, None), Match.NONE),
        (identified(OURS), Match.BY_ENTERPRISE_NUMBER),
        (identified(OURS, None), Match.NONE),
        (endpoint(f"BE{OURS}", "9925"), Match.BY_ENTERPRISE_NUMBER),
        (identified(f"BE{OURS}", "9925"), Match.BY_ENTERPRISE_NUMBER),
        (by_vat(f"BE{OURS}"), Match.BY_VAT_ONLY),
        (by_vat(OURS), Match.BY_VAT_ONLY),
        (by_vat(f"NL{OURS}"), Match.NONE),
        (by_vat("FR12345678901", f"BE{OURS}"), Match.BY_VAT_ONLY),
        (together(legal(OURS), by_vat(f"BE{OTHER}")), Match.BY_ENTERPRISE_NUMBER),
        (together(legal(OTHER), endpoint(OURS)), Match.BY_ENTERPRISE_NUMBER),
        (together(legal(OTHER), identified(OURS), by_vat(f"BE{THIRD}")), Match.BY_ENTERPRISE_NUMBER),
        (together(endpoint(f"BE{OURS}", "9925"), by_vat(f"BE{OTHER}")), Match.BY_ENTERPRISE_NUMBER),
        (together(legal(OTHER), by_vat(f"BE{OURS}")), Match.VAT_CONFLICT),
        (together(endpoint(OTHER), by_vat(f"BE{OURS}")), Match.VAT_CONFLICT),
        (together(legal(OTHER), endpoint(f"BE{OURS}", "9925")), Match.VAT_CONFLICT),
        (together(endpoint(f"BE{OTHER}", "9925"), by_vat(f"BE{OURS}")), Match.VAT_CONFLICT),
        (together(legal("nonsense"), endpoint("5412", "0088"), by_vat(f"BE{OURS}")), Match.BY_VAT_ONLY),
        (together(legal(OTHER), endpoint(OTHER), by_vat(f"BE{OTHER}")), Match.NONE),
    ],
)
def test_which_party_is_ours(party, match):
    assert party_match(party, OURS) is match


@pytest.mark.parametrize(
    ("party", "number"),
    [
        (PartyIdentifiers(), None),
        (together(legal(OURS), endpoint(OTHER), by_vat(f"BE{THIRD}")), OURS),
        (together(legal("nonsense"), identified(OTHER), by_vat(f"BE{THIRD}")), OTHER),
        (together(endpoint(f"BE{OTHER}", "9925"), by_vat(f"BE{THIRD}")), OTHER),
        (together(legal("5412", "0088"), by_vat(f"BE{THIRD}")), THIRD),
    ],
)
def test_the_enterprise_number_of_a_party_is_the_first_valid_one(party, number):
    assert party.enterprise_number == number


SELLER, BUYER = "0403019261", "0428759497"


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (set(), []),
        ({THIRD}, []),
        ({SELLER}, [(SELLER, Direction.SALE)]),
        ({BUYER, THIRD}, [(BUYER, Direction.PURCHASE)]),
        ({SELLER, BUYER}, [(SELLER, Direction.SALE), (BUYER, Direction.PURCHASE)]),
    ],
)
def test_the_owners_of_a_document_are_the_listed_companies_on_it(invoice_xml, listed, expected):
    document = parse(invoice_xml)
    assert owners(read_invoice(document), listed) == expected
    assert owners(Facts.of(document), listed) == expected


def test_a_contested_vat_number_makes_no_owner(invoice_xml):
    content = invoice_xml.replace(f"BE{SELLER}".encode(), f"BE{THIRD}".encode())
    assert owners(read_invoice(parse(content)), {THIRD}) == []
