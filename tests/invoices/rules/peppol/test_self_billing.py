from invoices.rules.peppol import GENERIC, SELF_BILLING
from tests.invoices.rules.peppol.asked import CREDIT_NOTE, INVOICE, broken, changed, codes

AS_SELF_BILLING = [
    ("poacc:billing:3.0", "poacc:selfbilling:3.0"),
    ("poacc:billing:01:1.0", "poacc:selfbilling:01:1.0"),
]
INVOICE_BY_BUYER = changed(INVOICE, *AS_SELF_BILLING, ("Code>380<", "Code>389<"))
CREDIT_NOTE_BY_BUYER = changed(CREDIT_NOTE, *AS_SELF_BILLING, ("Code>381<", "Code>261<"))

SPECIFICATION, PROCESS = "PEPPOL-EN16931-R004", "PEPPOL-EN16931-R007"


def test_documents_that_the_buyer_writes_meet_the_rules_of_self_billing():
    assert codes(INVOICE_BY_BUYER, SELF_BILLING) == []
    assert codes(CREDIT_NOTE_BY_BUYER, SELF_BILLING) == []


def test_billing_and_self_billing_are_not_mistaken_for_each_other():
    assert codes(INVOICE_BY_BUYER) == [SPECIFICATION, PROCESS]
    assert codes(CREDIT_NOTE, SELF_BILLING) == [SPECIFICATION, PROCESS]


def test_self_billing_has_types_of_its_own():
    ordinary = changed(INVOICE_BY_BUYER, ("Code>389<", "Code>380<"))
    credited = changed(CREDIT_NOTE_BY_BUYER, ("Code>261<", "Code>381<"))
    assert codes(ordinary, SELF_BILLING) == ["PEPPOL-EN16931-P0100"]
    assert codes(credited, SELF_BILLING) == ["PEPPOL-EN16931-P0101"]


def test_self_billing_has_all_other_rules_too():
    generic, self_billing = ({rule.code for rule in table.rules} for (table,) in (GENERIC, SELF_BILLING))
    assert generic - self_billing == {"PEPPOL-EN16931-P0112"}
    assert self_billing < generic


def test_self_billing_does_not_ask_in_which_currency_subtotals_of_vat_are():
    subtotal = '<cbc:TaxAmount currencyID="EUR">4.41</cbc:TaxAmount>\n      <cac:TaxCategory>'
    in_dollars = (subtotal, subtotal.replace("EUR", "USD"))
    assert codes(changed(INVOICE_BY_BUYER, in_dollars), SELF_BILLING) == []
    ((rule, at),) = broken(changed(INVOICE, in_dollars))
    assert (rule, at.found) == ("PEPPOL-EN16931-R051", "USD")
