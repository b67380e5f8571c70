"""Where rules are asked, and where not; and what happens to documents that they cannot judge."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from invoices.document import Kind, parse
from invoices.rules.structure import schema_file
from tests.invoices.rules.peppol.asked import CREDIT_NOTE, INVOICE, broken, changed, codes

GERMAN = ("<cbc:IdentificationCode>BE<", "<cbc:IdentificationCode> de <")
ATTACHMENT = ">JVBERi0xLjc=<"
REFERENCE = "<cbc:BuyerReference>REF 2026/1</cbc:BuyerReference>"
NET = '<cbc:LineExtensionAmount currencyID="EUR">22.00</cbc:LineExtensionAmount>\n    <cac:AllowanceCharge>'
DISCOUNT = '<cbc:Amount currencyID="EUR">1.00</cbc:Amount>'
SCHEMAS = {kind: etree.XMLSchema(file=str(schema_file(kind))) for kind in Kind}


def test_among_germans_several_notes_and_corrected_invoices_are_allowed():
    note = "<cbc:Note>Bedankt</cbc:Note>"
    edits = [(note, note + note), ("Code>380<", "Code>384<")]
    rules = ["PEPPOL-EN16931-P0112", "PEPPOL-EN16931-R002"]
    assert codes(changed(INVOICE, *edits)) == rules
    assert codes(changed(INVOICE, *edits, GERMAN)) == rules
    assert codes(changed(INVOICE, *edits, GERMAN, GERMAN)) == []


def test_an_order_number_is_as_good_as_a_reference_of_the_buyer():
    order = "<cac:OrderReference><cbc:ID>PO-1</cbc:ID></cac:OrderReference>"
    assert codes(changed(INVOICE, (REFERENCE, order))) == []


@pytest.mark.parametrize("blank", ["", " ", "\n\t"])
def test_a_blank_attachment_is_empty(blank):
    assert codes(changed(INVOICE, (ATTACHMENT, f">{blank}<"))) == ["PEPPOL-EN16931-R008"]


def test_an_empty_group_is_empty_and_a_no_break_space_is_not():
    empty_group = (REFERENCE, f"{REFERENCE}<cac:OrderReference> </cac:OrderReference>")
    assert codes(changed(INVOICE, empty_group)) == ["PEPPOL-EN16931-R008"]
    assert codes(changed(INVOICE, (">Bedankt<", ">\N{NO-BREAK SPACE}<"))) == []


def test_base_or_percentage_alone_hides_what_else_is_wrong_with_an_allowance():
    odd = [
        ("<cbc:ChargeIndicator>false<", "<cbc:ChargeIndicator>0<"),
        ("<cbc:AllowanceChargeReasonCode>95<", "<cbc:AllowanceChargeReasonCode>1<"),
    ]
    base = (DISCOUNT, f'{DISCOUNT}<cbc:BaseAmount currencyID="EUR">1</cbc:BaseAmount>')
    assert codes(changed(INVOICE, *odd)) == ["PEPPOL-EN16931-R043"]
    assert codes(changed(INVOICE, *odd, base)) == ["PEPPOL-EN16931-R042"]


def test_a_currency_is_compared_as_it_stands():
    found = codes(changed(INVOICE, (">EUR<", "> EUR<")))
    assert set(found) == {"PEPPOL-EN16931-R051"}
    assert len(found) == INVOICE.count("currencyID")


def test_a_price_in_a_credit_note_has_the_unit_of_what_is_credited():
    price = '<cbc:PriceAmount currencyID="EUR">10</cbc:PriceAmount>'
    in_kilos = (price, f'{price}<cbc:BaseQuantity unitCode="KGM">1</cbc:BaseQuantity>')
    assert codes(changed(CREDIT_NOTE, in_kilos)) == ["PEPPOL-EN16931-R130"]
    assert codes(changed(CREDIT_NOTE, in_kilos, ('unitCode="C62"', 'unitCode="KGM"'))) == []


def test_one_project_may_be_credited():
    project = "<cbc:DocumentTypeCode>50</cbc:DocumentTypeCode>"
    assert codes(changed(CREDIT_NOTE, ("<cac:Attachment>", f"{project}<cac:Attachment>"))) == []


def test_vat_totals_of_one_sign_in_two_currencies_are_right():
    code = "</cbc:DocumentCurrencyCode>"
    tax_currency = (code, f"{code}<cbc:TaxCurrencyCode> USD </cbc:TaxCurrencyCode>")

    def with_total(amount):
        total = f'</cac:TaxTotal><cac:TaxTotal><cbc:TaxAmount currencyID="USD">{amount}</cbc:TaxAmount></cac:TaxTotal>'
        return codes(changed(INVOICE, tax_currency, ("</cac:TaxTotal>", total)))

    assert with_total("5") == with_total("0") == []
    assert with_total("-5") == ["PEPPOL-EN16931-R055"]
    assert codes(changed(INVOICE, tax_currency)) == ["PEPPOL-EN16931-R054", "PEPPOL-EN16931-R055"]


@pytest.mark.parametrize("text", ["twenty", "1_0", "1e3", "NaN", "٣", "", "9" * 501])
def test_what_is_no_number_cannot_be_checked(text):
    with pytest.raises(ValueError, match="which is not a number"):
        broken(changed(INVOICE, (NET, NET.replace("22.00", text))))


def test_an_amount_or_a_period_that_is_there_twice_cannot_be_checked():
    with pytest.raises(ValueError, match="2 times"):
        broken(changed(INVOICE, (NET, NET.replace("<cac", NET.partition("\n")[0] + "<cac", 1))))
    period = "<cac:InvoicePeriod><cbc:StartDate>2026-01-01</cbc:StartDate></cac:InvoicePeriod>"
    of_line = NET.replace("<cac:A", f"{period}<cac:A", 1)
    with pytest.raises(ValueError, match="2 periods"):
        broken(changed(INVOICE, (REFERENCE, REFERENCE + period + period), (NET, of_line)))


ODD = st.sampled_from(
    ["", " ", "0", "-1", "EUR", "0208", "NL1", "true", "2026-01-01Z", "384", "5.", "VAT", "٣"]
)


@settings(max_examples=300)
@given(st.sampled_from([INVOICE, CREDIT_NOTE]), st.data())
def test_a_document_that_the_schema_takes_is_judged_however_odd(document, data):
    root = parse(document.encode()).root
    for _ in range(data.draw(st.integers(1, 3))):
        element = data.draw(st.sampled_from(list(root.iter())[1:]))
        if data.draw(st.booleans()):
            element.getparent().remove(element)
        elif not len(element):
            element.text = data.draw(ODD)
    damaged = etree.tostring(root, encoding="unicode")
    if SCHEMAS[parse(document.encode()).kind].validate(root):
        assert all(code.startswith("PEPPOL-") for code in codes(damaged))
