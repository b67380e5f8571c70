"""The rule book: which rules a document is asked, and what a finding tells of the one that it breaks."""

from datetime import date

import pytest

from invoices.document import parse
from invoices.findings import PolicyClass, Severity, Verdict
from invoices.policy import Disposition, Preset, disposition
from invoices.rules.choosing import EN_16931, PEPPOL_BILLING, PEPPOL_SELF_BILLING
from invoices.rules.reporting import MOST_PER_RULE
from invoices.source import Direction
from sandbox.demo.companies import CLIENTS, MILL
from sandbox.demo.draft import draft, line
from sandbox.ubl.document import ubl
from sandbox.ubl.model import S21

BILLING = PEPPOL_BILLING.encode()
UBL_BE = f"{EN_16931}#conformant#urn:UBL.BE:1.0.0.20180214".encode()
XRECHNUNG = f"{EN_16931}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0".encode()


def invoice(lines=1):
    priced = (line(f"Levering {number}", "1", "100.00", S21) for number in range(lines))
    return ubl(draft("2026/0412", date(2026, 3, 14), CLIENTS[0], MILL, *priced))


VALID = invoice()
TOTAL = b">121.00</cbc:TaxInclusiveAmount>"


def asked(checked):
    return [rule_set.name for rule_set in checked.rule_sets]


def codes(checked, severity=None):
    return [each.code for each in checked.findings if severity in {None, each.severity}]


@pytest.mark.parametrize(
    ("customization", "names"),
    [
        (
            BILLING,
            ["EN 16931", "Peppol BIS Billing", "Peppol BIS Billing, national rules", "Belgian practice"],
        ),
        (PEPPOL_SELF_BILLING.encode(), ["EN 16931", "Peppol BIS Self-Billing", "Belgian practice"]),
        (UBL_BE, ["EN 16931", "UBL.BE", "Belgian practice"]),
        (EN_16931.encode(), ["EN 16931", "Belgian practice"]),
        (XRECHNUNG, ["EN 16931", "Belgian practice"]),
        (b"urn:e-fff", ["e-FFF arithmetic", "Belgian practice"]),
        (b"urn:something-else", ["EN 16931", "Belgian practice"]),
    ],
)
def test_a_document_is_asked_the_rules_of_the_specification_that_it_names(rule_book, customization, names):
    checked = rule_book.check(parse(VALID.replace(BILLING, customization)))
    assert asked(checked) == ["UBL 2.1 XSD", "Waybill choice of rules", *names]


def test_another_countrys_specification_is_a_warning_and_an_unknown_one_a_finding(rule_book):
    of_germany = rule_book.check(parse(VALID.replace(BILLING, XRECHNUNG)))
    assert codes(of_germany) == ["WB-CIUS"]
    assert of_germany.verdict is Verdict.VALID
    unknown = rule_book.check(parse(VALID.replace(BILLING, b"urn:something-else")))
    assert codes(unknown, Severity.FATAL) == ["WB-SPECIFICATION"]
    assert unknown.findings[0].found == "urn:something-else"


def test_a_wrong_total_says_which_it_is_where_it_stands_and_what_it_should_be(rule_book):
    checked = rule_book.check(parse(VALID.replace(TOTAL, b">121.10</cbc:TaxInclusiveAmount>")))
    finding = next(each for each in checked.findings if each.code == "BR-CO-15")
    assert (finding.severity, finding.policy_class) == (Severity.FATAL, PolicyClass.MONEY)
    assert (finding.found, finding.expected) == ("121.10 EUR", "121.00 EUR")
    assert finding.location == "/Invoice/cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"
    assert finding.term == "BT-112"
    shown = VALID.splitlines()[finding.line - 1]
    assert b"TaxInclusiveAmount" in shown
    assert "121.00" in finding.message
    assert finding.fix


def test_what_is_missing_is_named_by_its_business_term(rule_book):
    checked = rule_book.check(
        parse(VALID.replace(b"<cbc:BuyerReference>REF 2026/0412</cbc:BuyerReference>", b""))
    )
    assert codes(checked) == ["PEPPOL-EN16931-R003"]
    (finding,) = checked.findings
    assert finding.policy_class is PolicyClass.FORM
    assert disposition(checked.verdict, checked.findings, Direction.PURCHASE, Preset.BALANCED) is (
        Disposition.DELIVER_WITH_WARNING
    )


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (TOTAL, b">112.00</cbc:TaxInclusiveAmount>"),
        (b">380</cbc:InvoiceTypeCode>", b">381</cbc:InvoiceTypeCode>"),
        (b">21.00</cbc:TaxAmount>", b">20.00</cbc:TaxAmount>"),
    ],
)
@pytest.mark.parametrize("direction", Direction)
def test_what_would_be_entered_wrongly_is_held_in_both_directions(rule_book, right, wrong, direction):
    assert right in VALID
    checked = rule_book.check(parse(VALID.replace(right, wrong)))
    assert checked.verdict is Verdict.INVALID
    assert disposition(checked.verdict, checked.findings, direction, Preset.BALANCED) is Disposition.HOLD


def test_ubl_be_leaves_out_what_its_own_artefact_leaves_out(rule_book):
    broken = VALID.replace(b">100.00</cbc:LineExtensionAmount>", b">90.00</cbc:LineExtensionAmount>", 1)
    in_peppol = rule_book.check(parse(broken))
    in_ubl_be = rule_book.check(parse(broken.replace(BILLING, UBL_BE)))
    assert "BR-CO-10" in codes(in_peppol)
    assert "BR-CO-10" not in codes(in_ubl_be)


def test_a_rule_that_a_thousand_lines_break_is_reported_so_often_and_then_counted(rule_book):
    broken = invoice(1_000).replace(
        b'<cbc:PriceAmount currencyID="EUR">', b'<cbc:PriceAmount currencyID="EUR">-'
    )
    checked = rule_book.check(parse(broken))
    assert codes(checked).count("BR-27") == MOST_PER_RULE
    more = [each for each in checked.findings if each.code == "WB-MORE"]
    assert any("BR-27" in (each.found or "") and "900" in (each.found or "") for each in more)
    last = [each for each in checked.findings if each.code == "BR-27"][-1]
    assert last.location == f"/Invoice/cac:InvoiceLine[{MOST_PER_RULE}]/cac:Price/cbc:PriceAmount"


def test_rules_of_a_rule_set_that_was_not_asked_are_never_a_pass(rule_book, monkeypatch):
    monkeypatch.setattr(type(rule_book.en16931), "broken", lambda *_: 1 / 0)
    checked = rule_book.check(parse(VALID))
    assert checked.verdict is Verdict.COULD_NOT_CHECK
    assert codes(checked) == ["WB-CHECK-FAILED"]
    assert "EN 16931: ZeroDivisionError" in checked.findings[0].message
