"""What breaks the rules on amounts, their decimals and the totals they add up to: changes by rule."""

from tests.invoices.rules.en16931.documents import ITALIAN, STANDARD
from tests.invoices.rules.en16931.edits import after, before, drop, eur, more
from tests.invoices.rules.en16931.fragments import LINE, more_subtotal, vat
from tests.invoices.rules.en16931.violations_lines import ALLOWANCE, CHARGE, NET

TOTALS = "cac:LegalMonetaryTotal"
VAT_TOTAL = "cac:TaxTotal"
SUBTOTAL = f"{VAT_TOTAL}/cac:TaxSubtotal"
WITH_VAT, PAYABLE = f"{TOTALS}/cbc:TaxInclusiveAmount", f"{TOTALS}/cbc:PayableAmount"
CENT = "0.01"


def mills(path):
    """The same amount with three decimals."""
    return more("0.000", path)


def base_amount(path):
    return after(f"{path}/cbc:Amount", eur("cbc:BaseAmount", "100.000"))


IN_STANDARD = {
    "BR-12": [drop(f"{TOTALS}/cbc:LineExtensionAmount")],
    "BR-13": [drop(f"{TOTALS}/cbc:TaxExclusiveAmount")],
    "BR-14": [drop(WITH_VAT)],
    "BR-CO-10": [more(CENT, NET)],
    "BR-CO-11": [more(CENT, f"{ALLOWANCE}/cbc:Amount")],
    "BR-CO-12": [more(CENT, f"{CHARGE}/cbc:Amount")],
    "BR-CO-13": [more(CENT, f"{TOTALS}/cbc:TaxExclusiveAmount", WITH_VAT, PAYABLE)],
    "BR-CO-14": [more(CENT, f"{SUBTOTAL}/cbc:TaxAmount")],
    "BR-CO-15": [more(CENT, WITH_VAT, PAYABLE)],
    "BR-CO-16": [more(CENT, PAYABLE)],
    "BR-DEC-01": [mills(f"{ALLOWANCE}/cbc:Amount")],
    "BR-DEC-02": [base_amount(ALLOWANCE)],
    "BR-DEC-05": [mills(f"{CHARGE}/cbc:Amount")],
    "BR-DEC-06": [base_amount(CHARGE)],
    "BR-DEC-09": [mills(f"{TOTALS}/cbc:LineExtensionAmount")],
    "BR-DEC-10": [mills(f"{TOTALS}/cbc:AllowanceTotalAmount")],
    "BR-DEC-11": [mills(f"{TOTALS}/cbc:ChargeTotalAmount")],
    "BR-DEC-12": [mills(f"{TOTALS}/cbc:TaxExclusiveAmount")],
    "BR-DEC-14": [mills(WITH_VAT)],
    "BR-DEC-16": [before(PAYABLE, eur("cbc:PrepaidAmount", "0.000"))],
    "BR-DEC-17": [before(PAYABLE, eur("cbc:PayableRoundingAmount", "0.000"))],
    "BR-DEC-18": [mills(PAYABLE)],
    "BR-DEC-19": [mills(f"{SUBTOTAL}/cbc:TaxableAmount")],
    "BR-DEC-20": [mills(f"{SUBTOTAL}/cbc:TaxAmount")],
    "BR-DEC-23": [mills(NET)],
    "BR-DEC-24": [mills(f"{LINE}/{ALLOWANCE}/cbc:Amount")],
    "BR-DEC-25": [base_amount(f"{LINE}/{ALLOWANCE}")],
    "BR-DEC-27": [mills(f"{LINE}/{CHARGE}/cbc:Amount")],
    "BR-DEC-28": [base_amount(f"{LINE}/{CHARGE}")],
    "UBL-DT-01": [after(f"{VAT_TOTAL}/cbc:TaxAmount", eur("cbc:RoundingAmount", "0.000"))],
}
IN_ITALY = {
    "BR-45": [more_subtotal(vat("cac:TaxCategory", "B", "0"), eur("cbc:TaxAmount", "0.00"))],
    "BR-47": [more_subtotal(vat("cac:TaxCategory", "B", "0").replace("VAT", "GST"))],
    "BR-48": [more_subtotal(vat("cac:TaxCategory", "B", None))],
    "BR-CO-17": [more("2", f"{SUBTOTAL}/cbc:TaxAmount", f"{VAT_TOTAL}/cbc:TaxAmount", WITH_VAT, PAYABLE)],
    "BR-CO-18": [drop(SUBTOTAL)],
}
"""Split payment has no rules of its own on its subtotal, which others would break with these."""
VIOLATIONS = [(STANDARD, IN_STANDARD), (ITALIAN, IN_ITALY)]
