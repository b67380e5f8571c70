from datetime import date
from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.company import Identifier
from invoices.document import Kind, parse
from invoices.invoice import Attachment, Line, VatBreakdown, read_invoice
from invoices.party import Party
from invoices.values import LONGEST_CODE, LONGEST_NAME, Amount, decimal

EUR = "EUR"


def read(content: bytes, *replacements: tuple[str, str]):
    text = content.decode()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return read_invoice(parse(text.encode()))


def euro(value: str) -> Amount:
    return Amount(Decimal(value), EUR)


def test_an_invoice_is_read_in_business_terms(invoice_xml):
    invoice = read(invoice_xml)
    assert invoice.kind is Kind.INVOICE
    assert invoice.number == "2026/0412"
    assert invoice.issue_date == date(2026, 3, 14)
    assert invoice.due_date == date(2026, 4, 13)
    assert invoice.type_code == "380"
    assert invoice.customization_id.endswith("poacc:billing:3.0")
    assert invoice.profile_id == "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
    assert (invoice.currency, invoice.tax_currency) == ("EUR", "USD")
    assert invoice.buyer_reference == "PO-77"


def test_a_party_is_read_with_all_that_identifies_it(invoice_xml):
    assert read(invoice_xml).seller == Party(
        name="Leverancier BV",
        country="BE",
        legal_ids=(Identifier("0403019261", "0208"),),
        endpoint=Identifier("0403019261", "0208"),
        identifications=(Identifier("5412345000013", "0088"),),
        vat_numbers=("BE0403019261",),
    )


def test_a_party_without_legal_name_goes_by_its_trading_name(invoice_xml):
    name = "<cbc:RegistrationName>Leverancier BV</cbc:RegistrationName>"
    assert read(invoice_xml, (name, "")).seller.name == "Leverancier"


def test_a_tax_registration_that_is_not_vat_is_no_vat_number(invoice_xml):
    assert read(invoice_xml, ("<cbc:ID>VAT</cbc:ID>", "<cbc:ID>TAX</cbc:ID>")).seller.vat_numbers == ()


def test_totals_are_read_with_their_currency(invoice_xml):
    totals = read(invoice_xml).totals
    assert totals.line_extension == totals.tax_exclusive == euro("120")
    assert totals.tax == euro("25.20")
    assert totals.tax_in_accounting_currency == Amount(Decimal("27.72"), "USD")
    assert totals.tax_inclusive == euro("145.20")
    assert totals.prepaid == euro("20")
    assert totals.payable == euro("125.20")
    assert totals.allowances is totals.charges is totals.rounding is None


def test_without_an_accounting_currency_there_is_no_vat_in_it(invoice_xml):
    tax_currency = "<cbc:TaxCurrencyCode>USD</cbc:TaxCurrencyCode>"
    assert read(invoice_xml, (tax_currency, "")).totals.tax_in_accounting_currency is None


def test_the_vat_breakdown_is_that_of_the_invoice_currency(invoice_xml):
    assert read(invoice_xml).vat_breakdown == (VatBreakdown("S", Decimal(21), euro("120"), euro("25.20")),)


@pytest.mark.parametrize("fixture", ["invoice_xml", "credit_note_xml"])
def test_lines_are_read(fixture, request):
    first, second = read(request.getfixturevalue(fixture)).lines
    assert second.id == "2"
    assert first == Line(
        id="1",
        name="Advies 1",
        quantity=Decimal("1.5"),
        unit="HUR",
        net_amount=euro("60"),
        price=euro("40"),
        vat_category="S",
        vat_rate=Decimal(21),
    )


def test_a_line_without_anything_has_nothing(invoice_xml):
    *_, last = read(invoice_xml, ("</Invoice>", "<cac:InvoiceLine/></Invoice>")).lines
    assert last == Line(None, None, None, None, None, None, None, None)


def test_a_credit_note_has_its_due_date_in_its_means_of_payment(credit_note_xml):
    credit_note = read(credit_note_xml)
    assert credit_note.kind is Kind.CREDIT_NOTE
    assert credit_note.type_code == "381"
    assert credit_note.due_date == date(2026, 4, 13)


def test_an_attachment_is_read_with_the_hash_of_the_decoded_file(invoice_xml):
    assert read(invoice_xml).attachments == (
        Attachment(
            "2026-0412.pdf", "2026-0412.pdf", "application/pdf", len(b"Hello"), sha256(b"Hello").hexdigest()
        ),
    )


@pytest.mark.parametrize("broken", ["!!", "SGVsbG8", "é", "SGVs=bG8="])
def test_broken_base64_has_no_hash(invoice_xml, broken):
    (attachment,) = read(invoice_xml, ("SGVs\n    bG8=", broken)).attachments
    assert (attachment.size, attachment.sha256) == (None, None)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1" + "0" * 30, Decimal(10) ** 30),
        ("+007.50", Decimal("7.5")),
        ("-.5", Decimal("-0.5")),
        ("5.", Decimal(5)),
        (" 12.5\n", Decimal("12.5")),
        ("", None),
        (".", None),
        ("-", None),
        ("NaN", None),
        ("INF", None),
        ("1E999999999", None),
        ("1e2", None),
        ("1_000", None),
        ("1,5", None),
        ("1 5", None),
        ("٣", None),
        ("\uff13", None),
        ("9" * 10_000, None),
    ],
)
def test_an_amount_is_a_plain_decimal_or_nothing(invoice_xml, written, value):
    payable = read(invoice_xml, (">125.20<", f">{written}<")).totals.payable
    assert payable == (None if value is None else Amount(value, EUR))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20))
def test_any_decimal_is_read_as_it_was_written(value):
    assert decimal(f"{value:f}") == value


@given(st.text())
def test_any_text_is_a_decimal_or_nothing(text):
    value = decimal(text)
    assert value is None or value.is_finite()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2026-03-14", date(2026, 3, 14)),
        ("2026-03-14Z", date(2026, 3, 14)),
        ("2026-03-14+01:00", date(2026, 3, 14)),
        ("2026-02-30", None),
        ("0000-01-01", None),
        ("99999-01-01", None),
        ("-2026-01-01", None),
        ("20260314", None),
        ("2026-W11-6", None),
        ("14/03/2026", None),
        ("٢٠٢٦-03-14", None),
        ("2026-03-14T00:00:00", None),
        ("2026-03-14\n9", None),
    ],
)
def test_a_date_is_a_calendar_date_or_nothing(invoice_xml, written, value):
    invoice = read(invoice_xml, ("<cbc:IssueDate>2026-03-14<", f"<cbc:IssueDate>{written}<"))
    assert invoice.issue_date == value


def test_names_are_cut_and_codes_that_long_are_none(invoice_xml):
    invoice = read(invoice_xml, ("2026/0412<", f"{'9' * (LONGEST_CODE + 1)}<"), ("PO-77", "x" * 1000))
    assert invoice.number is None
    assert len(invoice.buyer_reference) == LONGEST_NAME
    assert invoice.buyer_reference.endswith("…")


def test_what_is_read_can_be_shown(invoice_xml):
    invoice = read(invoice_xml, ("Leverancier BV", "A\u202eB\u0085C\u200b\tD"), ("PO-77", "\u200b"))
    assert invoice.seller.name == "A B C D"
    assert invoice.buyer_reference is None


def test_a_document_of_one_element_is_read_as_nothing():
    invoice = read(b'<CreditNote xmlns="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"/>')
    assert invoice.number is invoice.issue_date is invoice.due_date is invoice.totals.payable is None
    assert invoice.seller == invoice.buyer == Party()
    assert invoice.lines == invoice.vat_breakdown == invoice.attachments == ()


def test_identifiers_beyond_reason_are_not_read(invoice_xml):
    many = "<cac:PartyIdentification><cbc:ID>7</cbc:ID></cac:PartyIdentification>" * 1000
    assert len(read(invoice_xml, ("<cac:PartyName>", f"{many}<cac:PartyName>")).seller.identifications) == 20


def test_every_official_document_is_read(official_documents):
    for each in official_documents:
        invoice = read_invoice(parse(each.content))
        assert all(line.id is None or len(line.id) <= LONGEST_CODE for line in invoice.lines), each.name
        if each.whole:
            assert invoice.number, each.name
            assert invoice.issue_date, each.name
            assert invoice.totals.payable, each.name
            assert invoice.lines, each.name
            assert all(attachment.id for attachment in invoice.attachments), each.name


def test_every_damaged_document_is_read(mutants):
    assert len(mutants) == 2000
    for each in mutants:
        invoice = read_invoice(parse(each.content))
        assert not each.xsd or (invoice.number and invoice.lines), each.name
