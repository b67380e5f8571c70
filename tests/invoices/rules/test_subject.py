import pytest

from invoices.document import parse
from invoices.rules.subject import UNKNOWN_COUNTRY, Subject
from invoices.rules.tree import Tree

VAT_OF_SELLER = "<cbc:CompanyID>BE0403019261</cbc:CompanyID>"
VAT_OF_BUYER = "<cbc:CompanyID>BE0428759497</cbc:CompanyID>"
COUNTRY = "<cac:Country><cbc:IdentificationCode>BE</cbc:IdentificationCode></cac:Country>"
REPRESENTATIVE = (
    "<cac:TaxRepresentativeParty><cac:PartyTaxScheme><cbc:CompanyID>FR123</cbc:CompanyID><cac:TaxScheme>"
    "<cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme></cac:TaxRepresentativeParty><cac:PaymentMeans>"
)


@pytest.fixture
def subject(invoice_xml):
    def changed(*edits):
        text = invoice_xml.decode()
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        return Subject(Tree(parse(text.encode()).root))

    return changed


def test_what_a_document_says_of_itself(subject):
    assert (subject().currency, subject().is_credit_note) == ("EUR", False)
    assert subject((">EUR<", "> EUR <")).currency == "EUR"
    assert subject((">EUR<", "> EUR <")).currencies == {" EUR "}


def test_a_partys_country_is_that_of_its_vat_number_first(subject):
    foreign = subject(
        (VAT_OF_SELLER, VAT_OF_SELLER.replace("BE", "nl")), (VAT_OF_BUYER, VAT_OF_BUYER.replace("BE", "lu"))
    )
    assert (foreign.seller_country, foreign.buyer_country) == ("NL", "LU")


def test_a_blank_before_a_vat_number_is_part_of_its_country(subject):
    assert subject((VAT_OF_SELLER, VAT_OF_SELLER.replace("BE", " BE"))).seller_country == "B"


def test_without_a_vat_number_it_is_that_of_the_representative_or_the_address(subject):
    without = [(VAT_OF_SELLER, ""), (VAT_OF_BUYER, "")]
    assert subject(*without, ("<cac:PaymentMeans>", REPRESENTATIVE)).seller_country == "FR"
    addressed = subject(*without, (COUNTRY, COUNTRY.replace("BE", "de")))
    assert (addressed.seller_country, addressed.buyer_country) == ("DE", "DE")
    assert addressed.is_among_germans
    nowhere = subject(*without, (COUNTRY, ""))
    assert (nowhere.seller_country, nowhere.buyer_country) == (UNKNOWN_COUNTRY, UNKNOWN_COUNTRY)
    assert not nowhere.is_among_germans


def test_with_several_vat_numbers_there_is_none(subject):
    scheme = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>"
    twice = f"<cac:PartyTaxScheme>{VAT_OF_SELLER}{scheme}<cac:PartyTaxScheme>{VAT_OF_SELLER}"
    several = subject((f"<cac:PartyTaxScheme>{VAT_OF_SELLER}", twice))
    assert (several.seller_country, several.buyer_country) == ("", "BE")
    twice = f"<cac:PartyTaxScheme>{VAT_OF_BUYER}{scheme}<cac:PartyTaxScheme>{VAT_OF_BUYER}"
    assert subject((f"<cac:PartyTaxScheme>{VAT_OF_BUYER}", twice)).buyer_country == ""
