"""Every rule, each by a document that breaks it and no other."""

import pytest

from invoices.findings import PolicyClass, Severity
from invoices.rules.peppol import GENERIC, SELF_BILLING
from tests.invoices.rules.peppol.asked import CREDIT_NOTE, INVOICE, broken, changed, codes, name
from tests.invoices.rules.peppol.test_identifiers import IDENTIFIERS

PROCESS = "<cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>"
SPECIFICATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:{}"
NOTE = "<cbc:Note>Bedankt</cbc:Note>"
REFERENCE = "<cbc:BuyerReference>REF 2026/1</cbc:BuyerReference>"
SELLERS_ENDPOINT = '<cbc:EndpointID schemeID="0208">0999000129</cbc:EndpointID>'
BUYERS_ENDPOINT = '<cbc:EndpointID schemeID="0208">0999002010</cbc:EndpointID>'
NET = '<cbc:LineExtensionAmount currencyID="EUR">22.00</cbc:LineExtensionAmount>\n    <cac:AllowanceCharge>'
PRICE = '<cbc:PriceAmount currencyID="EUR">10</cbc:PriceAmount>'
DISCOUNT = '<cbc:Amount currencyID="EUR">1.00</cbc:Amount>'
PERCENTAGE = "<cbc:MultiplierFactorNumeric>5</cbc:MultiplierFactorNumeric>"
BASE = '<cbc:BaseAmount currencyID="EUR">22.50</cbc:BaseAmount>'
SUBTOTAL = (
    '<cac:TaxSubtotal><cbc:TaxAmount currencyID="EUR">1</cbc:TaxAmount><cac:TaxCategory><cac:TaxScheme>'
    "<cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal>"
)
PROJECT = (
    "<cac:AdditionalDocumentReference><cbc:ID>P</cbc:ID><cbc:DocumentTypeCode>50</cbc:DocumentTypeCode>"
    "</cac:AdditionalDocumentReference>"
)


def before(text, new):
    return (text, new + text)


def after(text, new):
    return (text, text + new)


def value(name, old, new):
    return (f"<cbc:{name}>{old}<", f"<cbc:{name}>{new}<")


def vat_total(amount, currency, subtotal=""):
    total = f'<cac:TaxTotal><cbc:TaxAmount currencyID="{currency}">{amount}</cbc:TaxAmount>{subtotal}</cac:TaxTotal>'
    return after("</cac:TaxTotal>", total)


def vat_currency(code):
    return after("</cbc:DocumentCurrencyCode>", f"<cbc:TaxCurrencyCode>{code}</cbc:TaxCurrencyCode>")


def on_price(indicator, amount, base):
    allowance = (
        f"<cac:AllowanceCharge><cbc:ChargeIndicator>{indicator}</cbc:ChargeIndicator>"
        f'<cbc:Amount currencyID="EUR">{amount}</cbc:Amount>'
        f'<cbc:BaseAmount currencyID="EUR">{base}</cbc:BaseAmount></cac:AllowanceCharge>'
    )
    return after(PRICE, allowance)


def object_of_line(type_code):
    reference = f"<cbc:ID>M</cbc:ID><cbc:DocumentTypeCode>{type_code}</cbc:DocumentTypeCode>"
    return before("    <cac:Item>", f"<cac:DocumentReference>{reference}</cac:DocumentReference>")


def periods(end, of_line, of_invoice):
    line, invoice = (
        f"<cac:InvoicePeriod><cbc:{end}>{each}</cbc:{end}></cac:InvoicePeriod>"
        for each in (of_line, of_invoice)
    )
    return [(NET, NET.replace("<cac:", f"{line}<cac:")), after(REFERENCE, invoice)]


def exempt(reason):
    category = "<cac:TaxCategory>\n        <cbc:ID>S</cbc:ID>\n        <cbc:Percent>21</cbc:Percent>"
    return [after(category, f"<cbc:TaxExemptionReasonCode>{reason}</cbc:TaxExemptionReasonCode>")]


def period_code(code):
    return after(
        REFERENCE, f"<cac:InvoicePeriod><cbc:DescriptionCode>{code}</cbc:DescriptionCode></cac:InvoicePeriod>"
    )


IN_INVOICE = {
    "R002": ([after(NOTE, NOTE)], "Note", "2", "1"),
    "R003": ([(REFERENCE, "")], "Invoice", None, None),
    "R004": (
        [(SPECIFICATION.format("3.0"), SPECIFICATION.format("2.0"))],
        *("CustomizationID", SPECIFICATION.format("2.0"), SPECIFICATION.format("3.0")),
    ),
    "R005": ([vat_currency("EUR"), vat_total(5, "EUR")], "TaxCurrencyCode", "EUR", None),
    "R007": (
        [(PROCESS, PROCESS.replace(":fdc:peppol.eu", ":x"))],
        "ProfileID",
        "urn:x:2017:poacc:billing:01:1.0",
        None,
    ),
    "R008": ([value("Note", "Bedankt", " ")], "Note", "cbc:Note", None),
    "R010": ([(BUYERS_ENDPOINT, "")], "Party", None, None),
    "R020": ([(SELLERS_ENDPOINT, "")], "Party", None, None),
    "R040": ([(DISCOUNT, PERCENTAGE + DISCOUNT + BASE)], "Amount", "1.00 EUR", "1.13 EUR"),
    "R041": ([before(DISCOUNT, PERCENTAGE)], "AllowanceCharge", None, None),
    "R042": ([after(DISCOUNT, BASE)], "AllowanceCharge", None, None),
    "R043": ([value("ChargeIndicator", "false", "0")], "ChargeIndicator", "0", None),
    "R044": ([on_price("true", 2, 12)], "ChargeIndicator", "true", "false"),
    "R046": ([on_price("false", "2.005", 12)], "PriceAmount", "10.00 EUR", "9.995 EUR"),
    "R051": ([(DISCOUNT, DISCOUNT.replace("EUR", "USD"))], "Amount", "USD", "EUR"),
    "R053": ([vat_total(1, "EUR", SUBTOTAL)], "TaxTotal", "2", "1"),
    "R054": ([vat_total(1, "EUR")], "TaxTotal", "1", "0"),
    "R055": ([vat_currency("USD"), vat_total(-5, "USD")], "TaxAmount", "-5.00 USD", None),
    "R061": ([('name="Credit transfer">30<', ">59<")], "PaymentMeans", "59", None),
    "R100": ([object_of_line(130), object_of_line(130)], "DocumentReference", "2", "1"),
    "R101": ([object_of_line(916)], "DocumentReference", "916", "130"),
    "R110": (periods("StartDate", "2025-12-31", "2026-01-01"), "StartDate", "2025-12-31", "2026-01-01"),
    "R111": (periods("EndDate", "2026-02-01", "2026-01-31"), "EndDate", "2026-02-01", "2026-01-31"),
    "R120": ([(NET, NET.replace("22.00", "22.03"))], "LineExtensionAmount", "22.03 EUR", "22.00 EUR"),
    "R121": ([after(PRICE, "<cbc:BaseQuantity>0</cbc:BaseQuantity>")], "BaseQuantity", "0", None),
    "R130": (
        [after(PRICE, '<cbc:BaseQuantity unitCode="KGM">1</cbc:BaseQuantity>')],
        *("BaseQuantity", "KGM", "C62"),
    ),
    "CL001": ([("application/pdf", "text/html")], "EmbeddedDocumentBinaryObject", "text/html", None),
    "CL002": ([value("AllowanceChargeReasonCode", "95", "FC")], "AllowanceChargeReasonCode", "FC", None),
    "CL003": ([value("AllowanceChargeReasonCode", "FC", "95")], "AllowanceChargeReasonCode", "95", None),
    "CL006": ([period_code(5)], "DescriptionCode", "5", None),
    "CL007": ([vat_currency("ZZZ"), vat_total(5, "ZZZ")], "TaxAmount", "ZZZ", None),
    "CL008": ([(SELLERS_ENDPOINT, SELLERS_ENDPOINT.replace("0208", "0037"))], "EndpointID", "0037", None),
    "F001": ([value("IssueDate", "2026-01-05", "2026-01-05Z")], "IssueDate", "2026-01-05Z", None),
    "P0100": ([value("InvoiceTypeCode", "380", "389")], "InvoiceTypeCode", "389", None),
    "P0104": (exempt("VATEX-EU-G"), "ID", "S", "G"),
    "P0105": (exempt("VATEX-EU-O"), "ID", "S", "O"),
    "P0106": (exempt("vatex-eu-ic"), "ID", "S", "K"),
    "P0107": (exempt("VATEX-EU-AE"), "ID", "S", "AE"),
    "P0108": (exempt("VATEX-EU-D"), "ID", "S", "E"),
    "P0109": (exempt("VATEX-EU-F"), "ID", "S", "E"),
    "P0110": (exempt("VATEX-EU-I"), "ID", "S", "E"),
    "P0111": (exempt("VATEX-EU-J"), "ID", "S", "E"),
    "P0112": ([value("InvoiceTypeCode", "380", "384")], "InvoiceTypeCode", "384", None),
}
"""By rule: edits that break it, the element where that shows, the value found and the value expected."""

IN_CREDIT_NOTE = {
    "R080": (
        [before("<cac:AccountingSupplierParty>", PROJECT + PROJECT)],
        *("AdditionalDocumentReference", "2", "1"),
    ),
    "P0101": ([value("CreditNoteTypeCode", "381", "380")], "CreditNoteTypeCode", "380", None),
}
CASES = [(INVOICE, rule, *case) for rule, case in IN_INVOICE.items()]
CASES += [(CREDIT_NOTE, rule, *case) for rule, case in IN_CREDIT_NOTE.items()]


def test_our_own_invoice_and_credit_note_break_no_rule():
    assert (codes(INVOICE), codes(CREDIT_NOTE)) == ([], [])


@pytest.mark.parametrize(
    ("document", "rule", "edits", "at", "found", "expected"), CASES, ids=[case[1] for case in CASES]
)
def test_a_rule_is_broken_alone_and_says_where_and_how(document, rule, edits, at, found, expected):
    findings = broken(changed(document, *edits))
    assert [(code, name(each), each.found, each.expected) for code, each in findings] == [
        (f"PEPPOL-EN16931-{rule}", at, found, expected)
    ]


def test_without_a_business_process_there_is_no_known_one_either():
    assert codes(changed(INVOICE, (PROCESS, ""))) == ["PEPPOL-EN16931-R001", "PEPPOL-EN16931-R007"]


def test_every_rule_is_seen_to_be_broken():
    seen = {f"PEPPOL-EN16931-{rule}" for rule in (*IN_INVOICE, *IN_CREDIT_NOTE, "R001")}
    assert seen | IDENTIFIERS.keys() == {rule.code for table in GENERIC for rule in table.rules}
    assert len(seen | IDENTIFIERS.keys()) == 63


def test_only_warnings_are_of_the_class_of_warnings():
    rules = [rule for table in (*GENERIC, *SELF_BILLING) for rule in table.rules]
    warnings = {rule.code for rule in rules if rule.severity is Severity.WARNING}
    assert warnings == {rule.code for rule in rules if rule.policy_class is PolicyClass.WARNING}
    assert len(warnings) == 9


def test_every_rule_says_what_it_demands():
    tests = [rule.test or rule.test_of_all for table in (*GENERIC, *SELF_BILLING) for rule in table.rules]
    assert all((test.__doc__ or "").strip().endswith(".") for test in tests)
