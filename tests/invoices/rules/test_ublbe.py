from collections import Counter

import pytest

from invoices.document import parse
from invoices.findings import PolicyClass, Severity
from invoices.rules.structure import Structure
from invoices.rules.subject import Subject
from invoices.rules.tree import Tree
from invoices.rules.ublbe import EXEMPTIONS, LEGAL_MENTION_TEXTS, SET_ASIDE, UBL_BE

PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
OURS = "urn:cen.eu:en16931:2017#conformant#urn:UBL.BE:1.0.0.20180214"

PDF = "<cbc:ID>2026-0412.pdf</cbc:ID>"
DESCRIPTION = "<cbc:DocumentDescription>CommercialInvoice</cbc:DocumentDescription>"
PROGRAM = (
    "<cac:AdditionalDocumentReference><cbc:ID>UBL.BE</cbc:ID>"
    "<cbc:DocumentDescription>Facturatie 5.21</cbc:DocumentDescription></cac:AdditionalDocumentReference>"
)
MENTION = (
    "<cac:Delivery><cac:DeliveryTerms><cbc:ID> BELM-006 </cbc:ID>"
    "<cbc:SpecialTerms>Factuur uitgereikt door de afnemer</cbc:SpecialTerms></cac:DeliveryTerms></cac:Delivery>"
)
DISCOUNT = (
    "<cbc:Note>30 dagen</cbc:Note><cbc:SettlementDiscountPercent>2</cbc:SettlementDiscountPercent>"
    '<cbc:Amount currencyID="EUR">2.40</cbc:Amount><cbc:PaymentDueDate>2026-03-21</cbc:PaymentDueDate>'
)
LINE_VAT = (
    '<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">12.60</cbc:TaxAmount><cac:TaxSubtotal>'
    '<cbc:TaxableAmount currencyID="EUR">60.00</cbc:TaxableAmount>'
    '<cbc:TaxAmount currencyID="EUR">12.60</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID>'
    "<cbc:Name>03</cbc:Name><cbc:Percent>21</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"
    "</cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>"
)
CATEGORY = "<cac:TaxCategory><cbc:ID>S</cbc:ID>"
NAME = f"{CATEGORY}<cbc:Name> 03 </cbc:Name>"
EXEMPTION = "<cbc:TaxExemptionReasonCode>{}</cbc:TaxExemptionReasonCode>"
REASON = "<cbc:TaxExemptionReason>{}</cbc:TaxExemptionReason>"


@pytest.fixture(scope="session")
def ublbe(invoice_xml):
    """A valid UBL.BE invoice with everything that UBL.BE asks about."""
    text = invoice_xml.decode()
    for old, new in (
        (PEPPOL, OURS),
        (PDF, PDF + DESCRIPTION),
        ("<cac:AccountingSupplierParty>", f"{PROGRAM}<cac:AccountingSupplierParty>"),
        ("<cac:PaymentMeans>", f"{MENTION}<cac:PaymentMeans>"),
        ("<cbc:Note>30 dagen</cbc:Note>", DISCOUNT),
        (CATEGORY, NAME),
        ("<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID>", "<cac:ClassifiedTaxCategory>{}"),
        ("<cac:Item><cbc:Name>", f"{LINE_VAT}<cac:Item><cbc:Name>"),
    ):
        assert old in text
        text = text.replace(old, new)
    text = text.replace(
        "<cac:ClassifiedTaxCategory>{}",
        "<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Name>03</cbc:Name>",
    )
    assert not Structure().check(parse(text.encode())).findings
    return text


def codes(text: str) -> Counter:
    subject = Subject(Tree(parse(text.encode()).root))
    return Counter(rule.code for table in UBL_BE for rule, _ in table.broken(subject))


def changed(text: str, old: str, new: str, count: int = -1) -> str:
    assert old in text
    return text.replace(old, new, count)


def test_a_valid_document_breaks_no_rule(ublbe):
    assert codes(ublbe) == {}


BROKEN = {
    "no reference to the program": (PROGRAM, "", {"ubl-BE-01": 1, "ubl-BE-03": 1}),
    "a description in small letters": ("CommercialInvoice", "commercialinvoice", {"ubl-BE-02": 2}),
    "a description with a blank": ("CommercialInvoice", "CommercialInvoice ", {"ubl-BE-02": 2}),
    "two descriptions": ("Facturatie 5.21", "CreditNote", {"ubl-BE-02": 2}),
    "no mark": ("<cbc:ID>UBL.BE</cbc:ID>", "<cbc:ID>UBLBE</cbc:ID>", {"ubl-BE-03": 2}),
    "a mark elsewhere too": (PDF, "<cbc:ID>UBL.BE</cbc:ID>", {"ubl-BE-03": 2}),
    "a description missing": (
        "<cbc:DocumentDescription>Facturatie 5.21</cbc:DocumentDescription>",
        "",
        {"ubl-BE-04": 1},
    ),
    "an unknown mention": ("BELM-006", "BELM-009", {"ubl-BE-05": 1}),
    "a mention without a code": ("<cbc:ID> BELM-006 </cbc:ID>", "", {"ubl-BE-05": 1}),
    "a mention in other words": ("door de afnemer<", "door de klant<", {"ubl-BE-06": 1}),
    "a mention with a blank": ("door de afnemer<", "door de afnemer <", {"ubl-BE-06": 1}),
    "a mention without words": (
        "<cbc:SpecialTerms>Factuur uitgereikt door de afnemer</cbc:SpecialTerms>",
        "",
        {"ubl-BE-06": 1},
    ),
    "a discount of 0 %": ("Percent>2<", "Percent>0<", {"ubl-BE-07": 1}),
    "a discount of 100 %": ("Percent>2<", "Percent>100<", {"ubl-BE-07": 1}),
    "a discount of -1 %, as officially": ("Percent>2<", "Percent>-1<", {}),
    "a discount of nothing": (">2.40<", ">0.00<", {"ubl-BE-08": 1}),
    "a discount without amount": ('<cbc:Amount currencyID="EUR">2.40</cbc:Amount>', "", {"ubl-BE-08": 1}),
    "a negative discount, as officially": (">2.40<", ">-2.40<", {}),
    "a discount without a last day": (
        "<cbc:PaymentDueDate>2026-03-21</cbc:PaymentDueDate>",
        "",
        {"ubl-BE-09": 1},
    ),
    "a last day in a time zone": ("2026-03-21", "2026-03-21Z", {"ubl-BE-09": 1}),
    "a last day that no calendar has": ("2026-03-21", "2026-02-30", {"ubl-BE-09": 1}),
    "no discount at all": (DISCOUNT, "<cbc:Note>30 dagen</cbc:Note>", {}),
    "lines without VAT": (LINE_VAT, "", {"ubl-BE-14": 2}),
    "lines with VAT twice": (LINE_VAT, LINE_VAT * 2, {"ubl-BE-14": 2}),
    "an unknown category": ("<cbc:Name> 03 <", "<cbc:Name>21<", {"ubl-BE-10": 1}),
    "categories without a name": ("<cbc:Name>03</cbc:Name>", "", {"ubl-BE-10": 2, "ubl-BE-15": 2}),
    "an unknown exemption": (NAME, f"{NAME}{EXEMPTION.format('BETE-00')}", {"ubl-BE-11": 1}),
    "an exemption of EN 16931": (NAME, f"{NAME}{EXEMPTION.format('VATEX-EU-AE')}", {"ubl-BE-11": 1}),
    "an exemption with blanks": (NAME, f"{NAME}{EXEMPTION.format(' BETE-EX ')}", {}),
    "an exemption in other words": (NAME, f"{NAME}{REASON.format('Vrijgesteld')}", {"ubl-BE-12": 1}),
    "an exemption in words with blanks": (NAME, f"{NAME}{REASON.format(' Financial  discount')}", {}),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_breaks_exactly_its_rule(ublbe, what):
    old, new, expected = BROKEN[what]
    assert codes(changed(ublbe, old, new)) == expected


def test_every_rule_is_fatal_and_of_form_and_can_be_broken():
    rules = [rule for table in UBL_BE for rule in table.rules]
    assert {(rule.severity, rule.policy_class) for rule in rules} == {(Severity.FATAL, PolicyClass.FORM)}
    assert {rule.code for rule in rules} == {code for _, _, expected in BROKEN.values() for code in expected}


def test_one_of_several_texts_of_a_mention_is_enough(ublbe):
    terms = "<cbc:SpecialTerms>Factuur uitgereikt door de afnemer</cbc:SpecialTerms>"
    other = "<cbc:SpecialTerms>Zie voorwaarden</cbc:SpecialTerms>"
    assert codes(changed(ublbe, terms, other + terms)) == {}


@pytest.mark.parametrize("text", sorted(LEGAL_MENTION_TEXTS))
def test_every_listed_mention_is_taken(ublbe, text):
    assert codes(changed(ublbe, "Factuur uitgereikt door de afnemer", text)) == {}


@pytest.mark.parametrize(("code", "text"), EXEMPTIONS.items())
def test_every_listed_exemption_is_taken(ublbe, code, text):
    assert codes(changed(ublbe, NAME, f"{NAME}{EXEMPTION.format(code)}{REASON.format(text)}")) == {}


def test_two_texts_of_one_exemption_cannot_be_checked(ublbe):
    with pytest.raises(ValueError, match="several texts"):
        codes(changed(ublbe, NAME, f"{NAME}{REASON.format('Exempt') * 2}"))


def test_the_lines_of_a_credit_note_have_their_vat_too(credit_note_xml):
    assert codes(credit_note_xml.decode())["ubl-BE-14"] == 2


def test_the_official_examples_break_no_rule_and_only_such_of_en_16931_as_are_set_aside(official_documents):
    examples = [each for each in official_documents if "phive-rules-ublbe" in each.name]
    assert len(examples) == 36
    for each in examples:
        assert codes(each.content.decode()) == {}
        assert each.en16931 is not None
        assert set(each.en16931) <= SET_ASIDE
