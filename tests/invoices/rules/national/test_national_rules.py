import pytest
from lxml import etree

from invoices.findings import PolicyClass, Severity
from invoices.rules.national import NATIONAL
from tests.invoices.rules.national.documents import (
    CARD,
    CREDITOR,
    FILE,
    LINK,
    MANDATE,
    REPRESENTATIVE,
    broken,
    changed,
    codes,
    document,
    without,
)

RULES = {rule.code: rule for table in NATIONAL for rule in table.rules}
COUNTRIES = ("NL", "DE", "DK", "SE", "NO", "IT", "GR", "IS")

SELLER_ID = '<cbc:CompanyID schemeID="'
BUYER, PAYEE = "<cac:AccountingCustomerParty>", "<cac:PaymentMeans>"
ACCOUNT, END_OF_MEANS = "<cac:PayeeFinancialAccount>", "</cac:PaymentMeans>"
AMOUNT = '<cbc:PayableAmount currencyID="EUR">125.00</cbc:PayableAmount>'


def invoice(country, *edits):
    return changed(document(country), *edits)


def credit_note(country, *edits):
    return changed(document(country, "CreditNote"), *edits)


def of_buyer(text, *edits):
    before, begin, rest = text.partition(BUYER)
    return before + begin + changed(rest, *edits)


def paid(country, code, reference="R1", account=None):
    text = document(country)
    old = text.partition("<cbc:PaymentMeansCode>")[2].partition("</cac:PaymentMeans>")[0]
    accounts = "" if account is None else f"{ACCOUNT}<cbc:ID>{account}</cbc:ID></cac:PayeeFinancialAccount>"
    new = f"{code}</cbc:PaymentMeansCode><cbc:PaymentID>{reference}</cbc:PaymentID>{accounts}"
    return text.replace(old, new)


def without_payment(text):
    return without(text, "cac:PaymentMeans")


def leaf(name, content):
    return f"<cbc:{name}>{content}</cbc:{name}>"


VIOLATIONS = {
    "NL-R-001": without(document("NL", "CreditNote"), "cac:BillingReference"),
    "NL-R-002": without(document("NL"), "cbc:CityName", "Seller"),
    "NL-R-003": invoice("NL", ('schemeID="0106"', 'schemeID="0208"')),
    "NL-R-004": without(document("NL"), "cbc:PostalZone", "Buyer"),
    "NL-R-005": of_buyer(document("NL"), ('schemeID="0106"', 'schemeID="10106"')),
    "NL-R-006": without(invoice("NL", (PAYEE, REPRESENTATIVE + PAYEE)), "cbc:StreetName", "Third"),
    "NL-R-007": without_payment(document("NL")),
    "NL-R-008": invoice("NL", (leaf("PaymentMeansCode", "30"), leaf("PaymentMeansCode", "31"))),
    "NL-R-009": without(document("NL"), "cac:OrderReference"),
    "DE-R-001": without_payment(document("DE")),
    "DE-R-002": without(document("DE"), "cac:Contact"),
    "DE-R-003": invoice("DE", (leaf("CityName", "Seller City"), leaf("CityName", " \t\n"))),
    "DE-R-004": without(document("DE"), "cbc:PostalZone", "Seller"),
    "DE-R-005": without(document("DE"), "cbc:Name", "Seller Contact"),
    "DE-R-008": without(document("DE"), "cbc:CityName", "Buyer"),
    "DE-R-009": without(document("DE"), "cbc:PostalZone", "Buyer"),
    "DE-R-010": without(document("DE"), "cbc:CityName", "Gent"),
    "DE-R-011": without(document("DE"), "cbc:PostalZone", "9000"),
    "DE-R-014": invoice("DE", (leaf("Percent", "25"), "")),
    "DE-R-015": invoice("DE", (leaf("BuyerReference", "B1"), leaf("BuyerReference", " "))),
    "DE-R-016": without(document("DE"), "cac:PartyTaxScheme"),
    "DE-R-017": invoice("DE", (leaf("InvoiceTypeCode", "380"), leaf("InvoiceTypeCode", "393"))),
    "DE-R-018": invoice("DE", ("PROZENT=2.00#", "PROZENT=2.0#")),
    "DE-R-019": invoice("DE", ("DE89370400440532013000", "DE88370400440532013000")),
    "DE-R-020": changed(
        paid("DE", "59"),
        (PAYEE, CREDITOR + PAYEE),
        (END_OF_MEANS, MANDATE.replace("DE89", "DE88") + END_OF_MEANS),
    ),
    "DE-R-022": invoice("DE", (BUYER, FILE.format("a") + FILE.format("b") + FILE.format("a") + BUYER)),
    "DE-R-023-1": paid("DE", "30"),
    "DE-R-023-2": invoice("DE", (ACCOUNT, CARD + ACCOUNT)),
    "DE-R-024-1": paid("DE", "54"),
    "DE-R-024-2": changed(paid("DE", "48", account="1"), (ACCOUNT, CARD + ACCOUNT)),
    "DE-R-025-2": changed(
        paid("DE", "59"), (PAYEE, CREDITOR + PAYEE), (END_OF_MEANS, CARD + MANDATE + END_OF_MEANS)
    ),
    "DE-R-026": without(
        invoice("DE", (leaf("InvoiceTypeCode", "380"), leaf("InvoiceTypeCode", "384"))),
        "cac:BillingReference",
    ),
    "DE-R-027": invoice("DE", ("+49 30 1234", "extension 12")),
    "DE-R-028": invoice("DE", ("contact@example.org", "contact@example")),
    "DE-R-030": changed(paid("DE", "59"), (END_OF_MEANS, MANDATE + END_OF_MEANS)),
    "DE-R-031": changed(
        paid("DE", "49"), (PAYEE, CREDITOR + PAYEE), (END_OF_MEANS, "<cac:PaymentMandate/>" + END_OF_MEANS)
    ),
    "DE-R-T02": invoice("DE", (BUYER, LINK.replace("https://", "") + BUYER)),
    "DK-R-003": invoice("DK", ("26.08.01", "25.01")),
    "DK-R-004": invoice("DK", ("3312#tax", "#3312")),
    "DK-R-005": invoice("DK", (leaf("PaymentMeansCode", "42"), leaf("PaymentMeansCode", "30"))),
    "DK-R-006": invoice("DK", (leaf("ID", "1234"), "")),
    "DK-R-007": paid("DK", "49"),
    "DK-R-008": paid("DK", "50", "02#", "1234567"),
    "DK-R-009": paid("DK", "50", "04#123456789012345", "1234567"),
    "DK-R-010": paid("DK", "93", "71#123456789012345", "1234567"),
    "DK-R-011": paid("DK", "93", "75#12345678901234", "12345678"),
    "DK-R-013": invoice("DK", ('schemeID="0088"', "")),
    "DK-R-014": invoice("DK", ('schemeID="0184"', 'schemeID="0088"')),
    "DK-R-016": credit_note("DK", (">125.00", ">-125.00")),
    "DK-R-017": of_buyer(document("DK"), ('schemeID="0184"', "")),
    "SE-R-001": invoice("SE", ("SE556036079301", "SE5560360793")),
    "SE-R-002": invoice("SE", ("SE556036079301", "SE55603607930A")),
    "SE-R-004": invoice("SE", (">5560360793", ">55603607930")),
    "SE-R-005": invoice("SE", ("Godkänd för F-skatt", "F-skatt")),
    "SE-R-006": invoice("SE", (leaf("Percent", "25.00"), leaf("Percent", "21.00"))),
    "SE-R-007": invoice("SE", ("SE:BANKGIRO", "SE:PLUSGIRO"), ("1234567<", "1234-5<")),
    "SE-R-008": invoice("SE", ("1234567<", "123-456<")),
    "SE-R-009": invoice("SE", ("1234567<", "123456<")),
    "SE-R-010": invoice("SE", ("SE:BANKGIRO", "SE:PLUSGIRO"), ("1234567<", "123456789<")),
    "SE-R-011": invoice("SE", (leaf("PaymentMeansCode", "30"), leaf("PaymentMeansCode", "56"))),
    "SE-R-012": invoice("SE", (leaf("PaymentMeansCode", "30"), leaf("PaymentMeansCode", "31"))),
    "SE-R-013": invoice("SE", (">5560360793", ">5560360794")),
    "NO-R-001": invoice("NO", ("974761076MVA", "974761077MVA")),
    "NO-R-002": invoice("NO", ("Foretaksregisteret", "Foretaksregister")),
    "IT-R-001": invoice("IT", ("ABCDEFGHIJK", "abcdefghijk")),
    "IT-R-002": without(document("IT"), "cbc:StreetName", "Seller"),
    "IT-R-003": without(document("IT"), "cbc:CityName", "Seller"),
    "IT-R-004": without(document("IT"), "cbc:PostalZone", "Seller"),
    "GR-R-001-1": invoice("GR", ("|A|1", "|A|1|")),
    "GR-R-001-2": invoice("GR", ("094014201|", "123456783|")),
    "GR-R-001-3": invoice("GR", ("14/03/2026", "15/03/2026")),
    "GR-R-001-4": invoice("GR", ("|0|", "|-1|")),
    "GR-R-001-5": invoice("GR", ("|1.1|", "|1.2|")),
    "GR-R-001-6": invoice("GR", ("|A|", "||")),
    "GR-R-001-7": invoice("GR", ("|A|1", "|A|")),
    "GR-R-002": without(document("GR"), "cac:PartyName"),
    "GR-R-004-1": invoice("GR", ("##M.AR.K##", "##MARK##")),
    "GR-R-004-2": invoice("GR", (leaf("ID", "4001"), leaf("ID", "0"))),
    "GR-R-005": of_buyer(document("GR"), ("<cac:PartyName><cbc:Name>Buyer</cbc:Name></cac:PartyName>", "")),
    "GR-R-006": of_buyer(document("GR"), ("EL094014201", "GR094014201")),
    "GR-R-008-3": invoice("GR", ("https://example.org", " ")),
    "GR-R-009": invoice("GR", ('schemeID="9933"', 'schemeID="0088"')),
    "GR-R-010": of_buyer(document("GR"), (">094014201", ">094014202")),
    "GR-S-008-1": invoice("GR", (LINK, "")),
    "IS-R-001": invoice("IS", (leaf("InvoiceTypeCode", "380"), leaf("InvoiceTypeCode", "384"))),
    "IS-R-002": invoice("IS", ('schemeID="0196"', 'schemeID="0088"')),
    "IS-R-003": without(document("IS"), "cbc:StreetName", "Seller"),
    "IS-R-004": of_buyer(document("IS"), ('schemeID="0196"', 'schemeID="0088"')),
    "IS-R-005": without(document("IS"), "cbc:PostalZone", "Buyer"),
    "IS-R-006": invoice("IS", ("123456789012", "12345678901")),
    "IS-R-007": paid("IS", "42"),
    "IS-R-008": invoice("IS", ("2026-05-01", "2026-05-32")),
    "IS-R-010": invoice("IS", ("2026-05-01", "2026-04-12")),
}
"""For each rule that can be broken alone, a document that breaks it."""

WITH_OTHERS = {
    "DE-R-006": (without(document("DE"), "cbc:Telephone"), {"DE-R-027"}),
    "DE-R-007": (without(document("DE"), "cbc:ElectronicMail"), {"DE-R-028"}),
    "DE-R-025-1": (paid("DE", "59"), {"DE-R-020"}),
    "DK-R-002": (invoice("DK", (">12345678<", "><")), set()),
    "SE-R-003": (invoice("SE", (">5560360793", ">556036079A")), {"SE-R-013"}),
    "GR-R-003": (invoice("GR", ("EL094014201", "GR094014201")), {"GR-S-011"}),
    "GR-S-011": (
        without(document("GR"), "cac:PartyTaxScheme"),
        {"GR-R-001-2"},
    ),
    "GR-R-008-2": (invoice("GR", (LINK, LINK + LINK)), {"GR-S-008-1"}),
    "IS-R-009": (without(document("IS"), "cbc:DueDate"), {"IS-R-010"}),
}
"""The others, each with what it cannot but break besides."""


@pytest.mark.parametrize("root", ["Invoice", "CreditNote"])
@pytest.mark.parametrize("country", COUNTRIES)
def test_a_document_that_meets_its_countrys_rules_breaks_none(country, root):
    assert codes(document(country, root)) == {}


@pytest.mark.parametrize("code", VIOLATIONS)
def test_a_document_that_breaks_a_rule_breaks_that_rule_alone(code):
    assert codes(VIOLATIONS[code]) == {code: 1}


@pytest.mark.parametrize("code", WITH_OTHERS)
def test_some_rules_are_broken_together(code):
    text, others = WITH_OTHERS[code]
    assert codes(text) == dict.fromkeys({code, *others}, 1)


def test_every_rule_has_such_a_document():
    assert {*VIOLATIONS, *WITH_OTHERS} == set(RULES)


def test_a_rule_is_there_once():
    assert len(RULES) == sum(len(table.rules) for table in NATIONAL) == 102


@pytest.mark.parametrize("text", [*VIOLATIONS.values(), *(text for text, _ in WITH_OTHERS.values())])
def test_between_belgians_no_rule_applies(text):
    belgian = etree.fromstring(text)
    for country in belgian.iter("{*}IdentificationCode"):
        country.text = "BE"
    for number in belgian.iterfind(".//{*}PartyTaxScheme/{*}CompanyID"):
        number.text = "BE0403019261"
    assert codes(etree.tostring(belgian)) == {}


def test_what_only_warns_is_of_the_class_of_warnings():
    for rule in RULES.values():
        assert (rule.severity is Severity.WARNING) == (rule.policy_class is PolicyClass.WARNING), rule.code


def test_what_stands_there_is_told_and_what_should():
    def told(code):
        [(_, finding)] = broken(VIOLATIONS[code])
        return finding.found, finding.expected

    assert told("SE-R-012") == ("31", "30")
    assert told("GR-R-001-3") == ("15/03/2026", "14/03/2026")
    assert told("NL-R-007") == ("125.00 EUR", None)
    assert told("DK-R-016") == ("-125.00 EUR", None)
    assert told("DE-R-022") == ("a", None)


@pytest.mark.parametrize(
    "text",
    [
        invoice(
            "DK",
            (
                "3312#tax</cbc:AllowanceChargeReason>",
                "1#2</cbc:AllowanceChargeReason>" + leaf("AllowanceChargeReason", "3#4"),
            ),
        ),
        invoice("GR", ("|0|", "|1.5|")),
        invoice(
            "SE",
            ("SE556036079301</cbc:CompanyID>", "SE556036079301</cbc:CompanyID>"),
            (
                "<cac:PartyTaxScheme>",
                "<cac:PartyTaxScheme><cbc:CompanyID>SE1</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme><cac:PartyTaxScheme>",
            ),
        ),
        invoice(
            "DE",
            (
                "</cac:PaymentTerms>",
                "</cac:PaymentTerms><cac:PaymentTerms><cbc:Note>#SKONTO#TAGE=1#PROZENT=1.00#\n</cbc:Note></cac:PaymentTerms>",
            ),
        ),
        changed(without_payment(document("NL")), (">125.00", ">lots")),
    ],
    ids=["two reasons", "fraction", "two VAT numbers", "two terms", "no number"],
)
def test_a_rule_without_an_answer_says_so(text):
    with pytest.raises(ValueError, match=r"."):
        codes(text)


def test_an_amount_that_is_missing_may_be_due():
    assert codes(changed(without_payment(document("NL")), (AMOUNT, ""))) == {"NL-R-007": 1}


@pytest.mark.parametrize(
    ("root", "amount"), [("Invoice", "0"), ("Invoice", "-1.00"), ("CreditNote", "0.00"), ("CreditNote", "1")]
)
def test_without_anything_to_pay_no_means_of_payment_are_needed(root, amount):
    assert (
        codes(
            changed(without_payment(document("NL", root)), ("125.00</cbc:Payable", f"{amount}</cbc:Payable"))
        )
        == {}
    )


def test_a_greek_seller_with_a_foreign_representative_keeps_its_own_address():
    abroad = invoice("GR", (PAYEE, REPRESENTATIVE + PAYEE), ('schemeID="9933"', 'schemeID="0088"'))
    assert codes(abroad) == {"GR-R-009": 1}


@pytest.mark.parametrize("country", ["GR", "SE", "NO", "IT"])
def test_a_seller_with_two_vat_numbers_is_of_no_country(country):
    text = without(document(country), "cac:PostalAddress")
    first = text[text.index("<cac:PartyTaxScheme>") : text.index("</cac:PartyTaxScheme>")]
    twice = text.replace(first, f"{first}</cac:PartyTaxScheme>{first}", 1)
    assert codes(twice) == {}


SKONTO = "#SKONTO#TAGE=14#PROZENT=2.00#\n"


@pytest.mark.parametrize(
    "note",
    [
        "",
        "14 Tage netto",
        f"  {SKONTO}",
        f"Skonto:\n{SKONTO}#SKONTO#TAGE=7#PROZENT=3.00#BASISBETRAG=-5.50#\n",
        f"{SKONTO[:-1]}&#13;\n",
        f"Nr. #7# \n{SKONTO}",
    ],
)
def test_cash_discounts_in_the_german_form_and_other_terms_pass(note):
    assert codes(invoice("DE", (SKONTO, note))) == {}


@pytest.mark.parametrize(
    "note",
    [
        SKONTO[:-1],
        f"{SKONTO}#",
        f"{SKONTO}# \n",
        f"#x\n{SKONTO}",
        f"{SKONTO[:-1]} #7#x",
        f"{SKONTO[:-1]}&#13;",
        SKONTO.lower(),
        SKONTO.replace("#TAGE", " #TAGE"),
    ],
)
def test_any_other_line_that_begins_with_a_hash_does_not(note):
    assert codes(invoice("DE", (SKONTO, note))) == {"DE-R-018": 1}
