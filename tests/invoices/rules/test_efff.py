from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.document import parse
from invoices.findings import PolicyClass, Severity
from invoices.rules.choosing import chosen
from invoices.rules.efff import E_FFF
from invoices.rules.subject import Subject
from invoices.rules.tree import Tree

CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
CENT = Decimal("0.01")


@pytest.fixture(scope="session", params=["invoice", "credit note", "credit note as Invoice"])
def efff(request, invoice_xml, credit_note_xml):
    """A valid e-FFF document of version 1."""
    content = credit_note_xml if request.param == "credit note" else invoice_xml
    text = content.decode().replace(CUSTOMIZATION, "1.0").replace(PROFILE, "e-fff")
    return text.replace(">380<", ">381<") if request.param == "credit note as Invoice" else text


def broken(text: str) -> list[tuple[str, str | None, str | None]]:
    subject = Subject(Tree(parse(text.encode()).root))
    assert chosen(subject).efff
    return [(rule.code, it.found, it.expected) for table in E_FFF for rule, it in table.broken(subject)]


def test_a_valid_document_breaks_no_rule(efff):
    assert broken(efff) == []


WRONG = {
    "the sum of the lines": (
        'LineExtensionAmount currencyID="EUR">120.00',
        'LineExtensionAmount currencyID="EUR">119.00',
        [
            ("WB-EFFF-LINES", "119.00 EUR", "120.00 EUR"),
            ("WB-EFFF-NET", "120.00 EUR", "119.00 EUR"),
        ],
    ),
    "the total without VAT": (
        'TaxExclusiveAmount currencyID="EUR">120.00',
        'TaxExclusiveAmount currencyID="EUR">120.005',
        [
            ("WB-EFFF-NET", "120.005 EUR", "120.00 EUR"),
            ("WB-EFFF-TOTAL", "145.20 EUR", "145.21 EUR"),
        ],
    ),
    "the rate": (
        "<cbc:Percent>21<",
        "<cbc:Percent>6<",
        [("WB-EFFF-RATE", "25.20 EUR", "7.20 EUR")],
    ),
    "the VAT of a category": (
        ">25.20</cbc:TaxAmount>\n    <cac:TaxCategory>",
        ">25.19</cbc:TaxAmount>\n    <cac:TaxCategory>",
        [("WB-EFFF-VAT", "25.20 EUR", "25.19 EUR")],
    ),
    "the total with VAT": (
        'TaxInclusiveAmount currencyID="EUR">145.20',
        'TaxInclusiveAmount currencyID="EUR">145.2',
        [],
    ),
    "what was paid": (
        'PrepaidAmount currencyID="EUR">20.00',
        'PrepaidAmount currencyID="EUR">20.02',
        [("WB-EFFF-PAYABLE", "125.20 EUR", "125.18 EUR")],
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_add_up_is_found_against_expected(efff, what):
    old, new, expected = WRONG[what]
    assert old in efff
    assert broken(efff.replace(old, new)) == expected


def test_every_rule_is_fatal_and_about_money_and_can_be_broken():
    rules = [rule for table in E_FFF for rule in table.rules]
    assert {(rule.severity, rule.policy_class) for rule in rules} == {(Severity.FATAL, PolicyClass.MONEY)}
    assert {rule.code for rule in rules} == {code for *_, each in WRONG.values() for code, *_ in each}


def test_vat_that_is_off_by_less_than_one_is_taken_for_rounding(efff):
    vat = '<cbc:TaxAmount currencyID="EUR">25.20<'
    assert "WB-EFFF-RATE" not in dict_of(broken(efff.replace(vat, vat.replace("25.20", "26.19"))))
    assert "WB-EFFF-RATE" in dict_of(broken(efff.replace(vat, vat.replace("25.20", "26.20"))))


def dict_of(findings):
    return {code: (found, expected) for code, found, expected in findings}


@pytest.mark.parametrize(
    "element",
    [
        '<cbc:LineExtensionAmount currencyID="EUR">120.00</cbc:LineExtensionAmount>',
        '<cbc:TaxExclusiveAmount currencyID="EUR">120.00</cbc:TaxExclusiveAmount>',
        '<cbc:TaxInclusiveAmount currencyID="EUR">145.20</cbc:TaxInclusiveAmount>',
        "<cbc:Percent>21</cbc:Percent>",
    ],
)
def test_what_is_left_out_is_not_missed(efff, element):
    assert element in efff
    assert broken(efff.replace(element, "")) == []


def test_allowances_without_a_total_leave_the_net_total_unchecked(efff):
    allowance = (
        "<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>"
        '<cbc:Amount currencyID="EUR">10.00</cbc:Amount></cac:AllowanceCharge><cac:TaxTotal>'
    )
    text = efff.replace("<cac:TaxTotal>", allowance, 1)
    text = text.replace("120.00</cbc:LineExtensionAmount>", "130.00</cbc:LineExtensionAmount>")
    assert "WB-EFFF-NET" not in dict_of(broken(text))
    total = '<cbc:AllowanceTotalAmount currencyID="EUR">9.00</cbc:AllowanceTotalAmount><cbc:PrepaidAmount'
    found = dict_of(broken(text.replace("<cbc:PrepaidAmount", total)))
    assert found["WB-EFFF-NET"] == ("120.00 EUR", "121.00 EUR")


def test_the_rate_may_stand_beside_its_category_as_in_ubl_2_0(efff):
    percent = "<cbc:Percent>21</cbc:Percent>"
    older = efff.replace(percent, "").replace(
        "    <cac:TaxCategory>", "    <cbc:Percent>6</cbc:Percent><cac:TaxCategory>"
    )
    assert dict_of(broken(older)) == {"WB-EFFF-RATE": ("25.20 EUR", "7.20 EUR")}


def test_each_rate_may_have_a_total_of_its_own(efff):
    total = efff[efff.index("<cac:TaxTotal>") : efff.index("</cac:TaxTotal>") + len("</cac:TaxTotal>")]
    half = total.replace("25.20", "12.60").replace("120.00", "60.00")
    assert broken(efff.replace(total, half + half)) == []


def test_vat_in_another_currency_does_not_count(efff):
    assert '"USD">27.72' in efff
    assert broken(efff.replace('"USD">27.72', '"USD">99.99')) == []


def test_what_is_no_number_cannot_be_checked(efff):
    with pytest.raises(ValueError, match="no number"):
        broken(efff.replace(">145.20<", ">veel<"))


AMOUNTS = st.decimals(Decimal(-100_000), Decimal(100_000), places=2)


@given(
    lines=st.lists(AMOUNTS, min_size=1, max_size=5),
    rate=st.sampled_from((0, 6, 12, 21)),
    allowance=AMOUNTS,
    charge=AMOUNTS,
    prepaid=AMOUNTS,
    wrong=st.sampled_from(
        ("LineExtension", "TaxExclusive", "TaxInclusive", "Payable", "AllowanceTotal", "Prepaid", "Tax")
    ),
)
def test_totals_that_add_up_pass_and_any_other_total_does_not(lines, rate, allowance, charge, prepaid, wrong):
    net = sum(lines) - allowance + charge
    vat = (net * rate / 100).quantize(CENT)
    totals = {
        "Taxable": net,
        "Tax": vat,
        "LineExtension": sum(lines),
        "TaxExclusive": net,
        "TaxInclusive": net + vat,
        "AllowanceTotal": allowance,
        "ChargeTotal": charge,
        "Prepaid": prepaid,
        "Payable": net + vat - prepaid,
    }
    assert broken(document(lines, rate, **totals)) == []
    assert broken(document(lines, rate, **totals | {wrong: totals[wrong] + CENT}))


def document(lines: list[Decimal], rate: int, **totals: Decimal) -> str:
    def amounts(*names: str) -> str:
        return "".join(
            f'<cbc:{name}Amount currencyID="EUR">{totals[name]}</cbc:{name}Amount>' for name in names
        )

    subtotal_tax = (totals["Taxable"] * rate / 100).quantize(CENT)
    return f"""<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
      xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
      xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
      <cbc:UBLVersionID>2.0</cbc:UBLVersionID><cbc:ID>1</cbc:ID>
      <cac:TaxTotal>{amounts("Tax")}<cac:TaxSubtotal>{amounts("Taxable")}
        <cbc:TaxAmount currencyID="EUR">{subtotal_tax}</cbc:TaxAmount>
        <cac:TaxCategory><cbc:Percent>{rate}</cbc:Percent></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
      <cac:LegalMonetaryTotal>{amounts("LineExtension", "TaxExclusive", "TaxInclusive")}
        {amounts("AllowanceTotal", "ChargeTotal", "Prepaid", "Payable")}</cac:LegalMonetaryTotal>
      {
        "".join(
            f'''<cac:InvoiceLine><cbc:LineExtensionAmount currencyID="EUR">{line}</cbc:LineExtensionAmount>
      </cac:InvoiceLine>'''
            for line in lines
        )
    }</Invoice>"""


AS_IN_EN_16931 = {
    "WB-EFFF-LINES": "BR-CO-10",
    "WB-EFFF-NET": "BR-CO-13",
    "WB-EFFF-VAT": "BR-CO-14",
    "WB-EFFF-TOTAL": "BR-CO-15",
    "WB-EFFF-PAYABLE": "BR-CO-16",
}


def test_what_does_not_add_up_in_damaged_invoices_does_not_for_en_16931_either(mutants):
    agreed = Counter()
    for each in mutants:
        if not each.xsd or each.en16931 is None:
            continue
        subject = Subject(Tree(parse(each.content).root))
        found = {rule.code for table in E_FFF for rule, _ in table.broken(subject)} - {"WB-EFFF-RATE"}
        official = {AS_IN_EN_16931[code] for code in found}
        assert official <= set(each.en16931), each.name
        agreed.update(official)
    assert set(agreed) == set(AS_IN_EN_16931.values())
