import pytest

from invoices.rules.en16931.figures import figures
from tests.invoices.rules.en16931.conftest import at, shows, subject_of

LINE = "/Invoice/cac:InvoiceLine[1]"
ITEM = f"{LINE}/cac:Item"
SELLER = "/Invoice/cac:AccountingSupplierParty"
BUYER = "/Invoice/cac:AccountingCustomerParty"
MEANS = "/Invoice/cac:PaymentMeans"
REFERENCE = "/Invoice/cac:AdditionalDocumentReference"

TERMS = "<cac:PaymentTerms><cbc:Note>30 dagen</cbc:Note></cac:PaymentTerms>"
PAYMENT = "<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode></cac:PaymentMeans>"
PAID_TWICE = PAYMENT + PAYMENT.replace("30", "58").replace("Code>", 'Code name="SEPA">', 1)
SEPA = '<cac:PartyIdentification><cbc:ID schemeID="SEPA">BE1</cbc:ID></cac:PartyIdentification>'
IDENTIFIED = (
    '<cac:PartyIdentification><cbc:ID schemeID="0088">5412345000013</cbc:ID></cac:PartyIdentification>'
)
SCHEME = (
    "<cac:PartyTaxScheme><cbc:CompanyID>{}</cbc:CompanyID>"
    "<cac:TaxScheme><cbc:ID>{}</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>"
)
SELLERS = SCHEME.format("BE0403019261", "VAT").replace("><cac:T", ">\n      <cac:T", 1)
BUYERS = SELLERS.replace("0403019261", "0428759497")
OBJECT = (
    '<cac:AdditionalDocumentReference><cbc:ID schemeID="AAA">{}</cbc:ID>'
    "<cbc:DocumentTypeCode>130</cbc:DocumentTypeCode>{}</cac:AdditionalDocumentReference>"
)
FIRST_REFERENCE = "<cac:AdditionalDocumentReference>"
PAYEE = (
    "<cac:PayeeParty>{}<cac:PartyName><cbc:Name>Leverancier BV</cbc:Name></cac:PartyName></cac:PayeeParty>"
)
TWO_IDS = '<cac:PartyIdentification><cbc:ID schemeID="0088">1</cbc:ID></cac:PartyIdentification>' * 2


@pytest.mark.parametrize(
    "case",
    [
        ("UBL-SR-05", "/Invoice", TERMS, TERMS * 2, "/Invoice/cac:PaymentTerms[2]/cbc:Note", "2", "1"),
        (
            "UBL-SR-34",
            LINE,
            "<cbc:Note>Geleverd",
            "<cbc:Note/><cbc:Note/><cbc:Note>",
            f"{LINE}/cbc:Note[2]",
            "3",
            "1",
        ),
        ("UBL-SR-48", LINE, "cac:ClassifiedTaxCategory", "cac:X", ITEM, "0", "1"),
        ("UBL-SR-44", "/Invoice", "", "", "/Invoice", None, None),
        ("UBL-SR-47", "/Invoice", PAYMENT, PAID_TWICE, f"{MEANS}[2]/cbc:PaymentMeansCode", "2", "1"),
        (
            "UBL-SR-46",
            "/Invoice",
            PAYMENT,
            PAID_TWICE + PAID_TWICE,
            f"{MEANS}[4]/cbc:PaymentMeansCode",
            "2",
            "1",
        ),
        (
            "UBL-SR-12",
            "/Invoice",
            SELLERS,
            SELLERS + SELLERS,
            f"{SELLER}/cac:Party/cac:PartyTaxScheme[2]/cbc:CompanyID",
            "2",
            "1",
        ),
        (
            "UBL-SR-18",
            "/Invoice",
            BUYERS,
            BUYERS + BUYERS,
            f"{BUYER}/cac:Party/cac:PartyTaxScheme[2]/cbc:CompanyID",
            "2",
            "1",
        ),
        (
            "UBL-SR-13",
            "/Invoice",
            SELLERS,
            SELLERS + SCHEME.format("X", "TAX") * 2,
            f"{SELLER}/cac:Party/cac:PartyTaxScheme[3]/cbc:CompanyID",
            "2",
            "1",
        ),
        (
            "UBL-SR-42",
            f"{SELLER}/cac:Party",
            SELLERS,
            SELLERS * 4,
            f"{SELLER}/cac:Party/cac:PartyTaxScheme[3]",
            "4",
            "2",
        ),
        (
            "UBL-SR-29",
            "/Invoice",
            IDENTIFIED,
            IDENTIFIED + SEPA,
            f"{BUYER}/cac:Party/cac:PartyIdentification[2]/cbc:ID",
            "2",
            "1",
        ),
        (
            "UBL-SR-04",
            "/Invoice",
            FIRST_REFERENCE,
            OBJECT.format(1, "") + OBJECT.format(2, "") + FIRST_REFERENCE,
            f"{REFERENCE}[2]/cbc:ID",
            "2",
            "1",
        ),
        (
            "UBL-SR-43",
            REFERENCE,
            "<cbc:ID>2026-0412.pdf</cbc:ID>",
            "<cbc:ID>1</cbc:ID><cbc:DocumentTypeCode>50</cbc:DocumentTypeCode>",
            f"{REFERENCE}/cbc:DocumentTypeCode",
            "50",
            None,
        ),
        ("UBL-SR-43", REFERENCE, "", "", f"{REFERENCE}/cbc:ID", None, None),
        (
            "UBL-SR-20",
            "/Invoice/cac:PayeeParty",
            PAYMENT,
            PAYEE.format(TWO_IDS) + PAYMENT,
            "/Invoice/cac:PayeeParty/cac:PartyIdentification[2]/cbc:ID",
            "2",
            "1",
        ),
        (
            "UBL-SR-19",
            "/Invoice/cac:PayeeParty",
            PAYMENT,
            PAYEE.format("") + PAYMENT,
            "/Invoice/cac:PayeeParty/cac:PartyName/cbc:Name",
            "Leverancier BV",
            None,
        ),
        (
            "UBL-CR-002",
            "/Invoice",
            "<cbc:CustomizationID>",
            "<cbc:UBLVersionID>2.0</cbc:UBLVersionID><cbc:CustomizationID>",
            "/Invoice/cbc:UBLVersionID",
            "2.0",
            "2.1",
        ),
        (
            "UBL-CR-665",
            "/Invoice",
            "<cbc:ID>2026-0412.pdf",
            '<cbc:ID schemeID="ABC">2026-0412.pdf',
            f"{REFERENCE}/cbc:ID",
            "ABC",
            None,
        ),
        (
            "UBL-CR-666",
            "/Invoice",
            FIRST_REFERENCE,
            OBJECT.format(1, "<cac:Attachment/>") + FIRST_REFERENCE,
            f"{REFERENCE}[1]/cac:Attachment",
            None,
            None,
        ),
        ("UBL-DT-18", "/Invoice", "<cbc:Note>Bed", '<cbc:Note name="X">Bed', "/Invoice/cbc:Note", "X", None),
    ],
)
def test_what_is_too_much_is_counted(edited, case):
    code, context, old, new, location, found, expected = case
    subject = edited(old, new)
    shows(figures(code, at(subject, context), subject), location, found, expected)


@pytest.mark.parametrize(
    ("test", "location", "found"),
    [
        ("not(cac:AdditionalDocumentReference/cac:Attachment)", f"{REFERENCE}/cac:Attachment", None),
        ("not((cac:InvoiceLine|cac:CreditNoteLine)/cac:Item/cbc:Name)", f"{ITEM}/cbc:Name", None),
        (
            "not(//cac:PartyTaxScheme/cbc:CompanyID)",
            f"{SELLER}/cac:Party/cac:PartyTaxScheme/cbc:CompanyID",
            None,
        ),
        (
            "not(cac:PaymentMeans/cbc:PaymentMeansCode) or ../cn:CreditNote",
            f"{MEANS}/cbc:PaymentMeansCode",
            None,
        ),
        (
            "not(//@mimeCode)",
            f"{REFERENCE}/cac:Attachment/cbc:EmbeddedDocumentBinaryObject",
            "application/pdf",
        ),
        (
            "not(//cac:PartyIdentification/cbc:ID/@schemeID)",
            f"{SELLER}/cac:Party/cac:PartyIdentification/cbc:ID",
            "0088",
        ),
        ("not(cac:Delivery)", "/Invoice", None),
        ("not(//@languageID)", "/Invoice", None),
        ("exists(cbc:ID)", "/Invoice", None),
        ("", "/Invoice", None),
    ],
)
def test_an_element_that_a_rule_forbids_is_found_by_its_test(edited, test, location, found):
    subject = edited()
    shows(figures("UBL-CR-000", subject.root, subject, test), location, found)


def test_below_the_root_nothing_is_read_out_of_a_test(edited):
    subject = edited()
    shows(figures("UBL-CR-000", at(subject, LINE), subject, "not(cac:Item)"), LINE)


def test_official_cases_show_more_than_the_root_where_a_rule_counts(official_documents):
    seen = set()
    for document in official_documents:
        subject = subject_of(document.content)
        for code in document.en16931 or ():
            broken = figures(code, subject.root, subject)
            if code.startswith("UBL-SR") and broken.at is not subject.root and broken.expected is not None:
                assert int(broken.found) > int(broken.expected)
                seen.add(code)
    assert len(seen) >= 12
