from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.rules.en16931.figures import FIGURES, figures
from tests.invoices.rules.en16931.conftest import at, elements, shows, subject_of

CATEGORY = "/Invoice/cac:TaxTotal[1]/cac:TaxSubtotal/cac:TaxCategory"
LINE = "/Invoice/cac:InvoiceLine[1]"
ITEM = f"{LINE}/cac:Item"
VAT = f"{ITEM}/cac:ClassifiedTaxCategory"
SELLER = "/Invoice/cac:AccountingSupplierParty"
BUYER = "/Invoice/cac:AccountingCustomerParty"
MEANS = "/Invoice/cac:PaymentMeans"
REFERENCE = "/Invoice/cac:AdditionalDocumentReference"
PRICE = '<cbc:PriceAmount currencyID="EUR">40</cbc:PriceAmount>'
S_AT_21 = "<cbc:ID>S</cbc:ID><cbc:Percent>21</cbc:Percent>"
S_ON_LINES = "<cbc:ID>S</cbc:ID><cbc:Percent>21.0</cbc:Percent>"


def test_a_missing_element_is_shown_as_near_as_the_document_goes(edited):
    subject = edited("<cbc:RegistrationName>Leverancier BV</cbc:RegistrationName>")
    shows(figures("BR-06", subject.root, subject), f"{SELLER}/cac:Party/cac:PartyLegalEntity")
    shows(figures("BR-IC-12", subject.root, subject), "/Invoice")


def test_an_empty_element_is_shown_itself(edited):
    subject = edited("<cbc:ID>2026/0412</cbc:ID>", "<cbc:ID> </cbc:ID>")
    shows(figures("BR-02", subject.root, subject), "/Invoice/cbc:ID")


@pytest.mark.parametrize(
    "case",
    [
        ("BR-27", LINE, ">40<", ">-40<", f"{LINE}/cac:Price/cbc:PriceAmount", "-40.00 EUR", None),
        ("BR-27", LINE, PRICE, "", f"{LINE}/cac:Price", None, None),
        ("BR-61", MEANS, ">30<", ">58<", MEANS, "58", None),
        ("BR-62", f"{SELLER}/cac:Party/cbc:EndpointID", "", "", None, "0403019261", None),
        ("BR-53", "/Invoice", "", "", "/Invoice/cbc:TaxCurrencyCode", "USD", None),
        (
            "BR-CO-25",
            "/Invoice",
            "",
            "",
            "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount",
            "125.20 EUR",
            None,
        ),
        ("BR-CL-01", "/Invoice/cbc:InvoiceTypeCode", ">380<", ">999<", None, "999", None),
        ("BR-CL-03", f"{LINE}/cbc:LineExtensionAmount", "EUR", "EURO", None, "EURO", None),
        ("BR-CL-08", "/Invoice/cbc:Note", "Bedankt", "#XYZ#Bedankt", None, "XYZ", None),
        ("BR-CL-08", "/Invoice/cbc:Note", "Bedankt voor", "#1 voor", None, None, None),
        ("BR-CL-17", f"{CATEGORY}/cbc:ID", S_AT_21, "<cbc:ID>X</cbc:ID>", None, "X", None),
        ("BR-CL-23", f"{LINE}/cbc:InvoicedQuantity", "HUR", "UUR", None, "UUR", None),
        (
            "BR-CL-24",
            f"{REFERENCE}/cac:Attachment/cbc:EmbeddedDocumentBinaryObject",
            "application/pdf",
            "text/plain",
            None,
            "text/plain",
            None,
        ),
        ("BR-O-05", VAT, "", "", f"{VAT}/cbc:Percent", "21", None),
        ("BR-E-05", VAT, "", "", f"{VAT}/cbc:Percent", "21", "0"),
        ("BR-E-05", VAT, "<cbc:Percent>21.0</cbc:Percent>", "", VAT, None, "0"),
        ("BR-S-05", VAT, "21.0", "0", f"{VAT}/cbc:Percent", "0", None),
        ("BR-E-10", CATEGORY, "", "", CATEGORY, None, None),
        (
            "BR-S-10",
            CATEGORY,
            S_AT_21,
            f"{S_AT_21}<cbc:TaxExemptionReason>Vrij</cbc:TaxExemptionReason>",
            f"{CATEGORY}/cbc:TaxExemptionReason",
            "Vrij",
            None,
        ),
        (
            "BR-S-10",
            CATEGORY,
            S_AT_21,
            f"{S_AT_21}<cbc:TaxExemptionReasonCode>V</cbc:TaxExemptionReasonCode>",
            f"{CATEGORY}/cbc:TaxExemptionReasonCode",
            "V",
            None,
        ),
        ("BR-S-01", "/Invoice", S_AT_21, "<cbc:ID>Z</cbc:ID>", "/Invoice/cac:TaxTotal[1]", "0", "1"),
        ("BR-S-01", "/Invoice", S_ON_LINES, "<cbc:ID>Z</cbc:ID>", CATEGORY.rpartition("/")[0], "1", "0"),
        ("BR-S-01", "/Invoice", "", "", "/Invoice/cac:TaxTotal[1]", None, None),
        ("BR-E-01", "/Invoice", S_ON_LINES, "<cbc:ID>E</cbc:ID>", "/Invoice/cac:TaxTotal[1]", "0", "1"),
        ("BR-S-02", "/Invoice", "", "", f"{SELLER}/cac:Party", None, None),
        ("BR-IC-02", "/Invoice", "", "", f"{BUYER}/cac:Party", None, None),
        (
            "BR-O-02",
            "/Invoice",
            "",
            "",
            f"{SELLER}/cac:Party/cac:PartyTaxScheme/cbc:CompanyID",
            "BE0403019261",
            None,
        ),
        ("BR-O-11", "/Invoice", "", "", f"{CATEGORY}/cbc:ID", "S", None),
        ("BR-O-12", "/Invoice", "", "", f"{VAT}/cbc:ID", "S", None),
        ("BR-O-12", "/Invoice", "<cbc:ID>S</cbc:ID><cbc:Percent>21.0</cbc:Percent>", "", VAT, None, None),
        ("BR-B-02", "/Invoice", S_ON_LINES, "<cbc:ID>B</cbc:ID>", f"{VAT}/cbc:ID", "B", None),
        (
            "BR-B-01",
            "/Invoice",
            "",
            "",
            f"{SELLER}/cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode",
            "BE",
            None,
        ),
        ("UBL-SR-48", LINE, "", "", LINE, None, None),
    ],
)
def test_a_rule_shows_where_its_value_stands(edited, case):
    code, context, old, new, location, found, expected = case
    subject = edited(old, new)
    broken = figures(code, at(subject, context), subject)
    shows(broken, location or context, found, expected)


@pytest.mark.parametrize(("code", "indicator"), [("BR-O-13", "false"), ("BR-O-14", "true")])
def test_allowances_and_charges_beside_what_is_outside_the_scope_of_vat(edited, code, indicator):
    adjustments = "".join(
        f"<cac:AllowanceCharge><cbc:ChargeIndicator>{each}</cbc:ChargeIndicator><cac:TaxCategory>"
        "<cbc:ID>S</cbc:ID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:AllowanceCharge>"
        for each in ("false", "true")
    )
    subject = edited("<cac:PaymentTerms>", f"{adjustments}<cac:PaymentTerms>")
    number = {"false": 1, "true": 2}[indicator]
    shows(
        figures(code, subject.root, subject),
        f"/Invoice/cac:AllowanceCharge[{number}]/cac:TaxCategory/cbc:ID",
        "S",
    )


@pytest.mark.parametrize("code", ["BR-29", "BR-30"])
def test_a_period_ends_no_earlier_than_it_starts(edited, code):
    period = "<cbc:StartDate>2026-03-02</cbc:StartDate><cbc:EndDate>2026-03-01</cbc:EndDate>"
    subject = edited(
        "<cbc:BuyerReference>", f"<cac:InvoicePeriod>{period}</cac:InvoicePeriod><cbc:BuyerReference>"
    )
    broken = figures(code, subject.root["cac:InvoicePeriod"], subject)
    shows(broken, "/Invoice/cac:InvoicePeriod/cbc:EndDate", "2026-03-01", "2026-03-02")


def test_a_card_number_is_never_repeated(edited):
    card = "<cbc:PrimaryAccountNumberID>4111 1111 1111 1234</cbc:PrimaryAccountNumberID>"
    subject = edited("</cac:PaymentMeans>", f"<cac:CardAccount>{card}</cac:CardAccount></cac:PaymentMeans>")
    number = f"{MEANS}/cac:CardAccount/cbc:PrimaryAccountNumberID"
    shows(figures("BR-51", at(subject, number), subject), number, "…1234", "1234")


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("0403.019.261", "BE", "BE0403019261"),
        ("be 0403.019.261", "BE", "BE0403019261"),
        ("0403019262", "BE", None),
        ("123456789B01", "NL", "NL123456789B01"),
        ("123456789", "GR", "EL123456789"),
        ("X23456789", "NL", None),
        ("123456789", "N1", None),
        ("123456789", "", None),
    ],
)
def test_a_vat_number_without_country_gets_that_of_its_party(edited, number, country, expected):
    before = edited("<cbc:IdentificationCode>BE<", f"<cbc:IdentificationCode>{country}<")
    scheme = at(before, f"{SELLER}/cac:Party/cac:PartyTaxScheme")
    scheme["cbc:CompanyID"].text = number
    shows(
        figures("BR-CO-09", scheme, before),
        f"{SELLER}/cac:Party/cac:PartyTaxScheme/cbc:CompanyID",
        number,
        expected,
    )


@given(st.decimals(-(10**9), 10**9, places=2), st.integers(0, 99999))
def test_an_amount_with_too_many_decimals_is_expected_to_have_two(invoice_xml, amount, tail):
    text = f"{amount}{tail:05}"
    subject = subject_of(invoice_xml.replace(b">125.20<", f">{text}<".encode()))
    totals = subject.root["cac:LegalMonetaryTotal"]
    broken = figures("BR-DEC-18", totals, subject)
    assert broken == figures("UBL-DT-01", totals["cbc:PayableAmount"], subject)
    assert broken.found == f"{text} EUR"
    number, currency = broken.expected.split()
    assert currency == "EUR"
    assert len(number.partition(".")[2]) == 2
    assert abs(Decimal(number) - Decimal(text)) <= Decimal("0.005")


def test_an_amount_that_is_no_number_has_no_decimals(edited):
    subject = edited(">125.20<", ">1.2.345<")
    broken = figures("BR-DEC-18", subject.root["cac:LegalMonetaryTotal"], subject)
    shows(broken, "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount", "1.2.345")


def test_whatever_the_context_there_are_figures(edited, credit_note_xml):
    for subject in (edited(), subject_of(credit_note_xml)):
        every = elements(subject)
        known = {id(each) for each in every}
        for code in FIGURES:
            for context in every:
                assert id(figures(code, context, subject).at) in known
