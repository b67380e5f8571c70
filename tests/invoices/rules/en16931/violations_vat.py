"""What breaks the rules on each VAT category: the same changes for categories with the same demands."""

from dataclasses import replace
from decimal import Decimal

from tests.invoices.rules.en16931.documents import (
    ALLOWANCE,
    CATEGORIES,
    CHARGE,
    ITALIAN,
    full,
    in_italy,
    lines_only,
)
from tests.invoices.rules.en16931.edits import after, before, drop, more, text, twice, xml
from tests.invoices.rules.en16931.fragments import (
    LINE,
    adjustment,
    more_adjustment,
    more_line,
    more_subtotal,
    vat,
)
from tests.invoices.rules.en16931.violations_amounts import CENT, PAYABLE, SUBTOTAL, VAT_TOTAL, WITH_VAT
from tests.invoices.rules.en16931.violations_lines import ITEM
from tests.invoices.rules.en16931.violations_parties import LEGAL, SELLER, numbered

PREFIXES = {"S": "S", "L": "AF", "M": "AG", "AE": "AE", "E": "E", "G": "G", "K": "IC", "Z": "Z", "O": "O"}
"""What the ids of a category's rules begin with."""
WITH_RATE = ("S", "L", "M")
WITHOUT_VAT = ("AE", "E", "G", "K", "Z")
WITH_REASON = ("AE", "E", "G", "K", "O")

CATEGORY = f"{SUBTOTAL}/cac:TaxCategory"
REASON = f"{CATEGORY}/*[self::cbc:TaxExemptionReason or self::cbc:TaxExemptionReasonCode]"
UNNUMBERED = drop(f"{SELLER}/cac:PartyTaxScheme")
A_CENT_OF_VAT = more(CENT, f"{SUBTOTAL}/cbc:TaxAmount", f"{VAT_TOTAL}/cbc:TaxAmount", WITH_VAT, PAYABLE)
GIVEN_REASON = xml("cbc:TaxExemptionReason", "Daarom")


def of_numbers(code):
    """The seller's VAT number is missing: what 02 asks for lines, 03 for allowances, 04 for charges."""
    # BR-B-02 compares the code as it stands, so that white space lets both categories into one document.
    other = replace(CATEGORIES[code], category=f"{code} " if code == "S" else code)
    prefix = f"BR-{PREFIXES[code]}"
    yield lines_only(CATEGORIES[code]), {f"{prefix}-02": [UNNUMBERED]}
    yield in_italy(other, ALLOWANCE), {f"{prefix}-03": [UNNUMBERED]}
    yield in_italy(other, CHARGE), {f"{prefix}-04": [UNNUMBERED]}


def of_rate(code):
    """Standard rate, IGIC and IPSI: taxed at a rate, and not exempt."""
    prefix, percent = f"BR-{PREFIXES[code]}", "0" if code == "S" else "-1"
    tiny = lines_only(replace(CATEGORIES[code], percent=Decimal("0.4")))
    in_another = adjustment(True, vat("cac:TaxCategory", code, "5"))
    yield ITALIAN, {f"{prefix}-01": [after(f"{LINE}/cbc:LineExtensionAmount", in_another)]}
    yield (
        full(CATEGORIES[code]),
        {
            f"{prefix}-05": [more_line(code, percent)],
            f"{prefix}-06": [more_adjustment(False, code, percent)],
            f"{prefix}-07": [more_adjustment(True, code, percent)],
            f"{prefix}-08": [more("2", f"{SUBTOTAL}/cbc:TaxableAmount")],
            f"{prefix}-10": [after(f"{CATEGORY}/cbc:Percent", GIVEN_REASON)],
        },
    )
    # Below half a percent BR-CO-17 takes the rate for zero, and VAT below half a euro for none.
    yield (
        tiny,
        {
            f"{prefix}-09": [
                more("-3.60", f"{SUBTOTAL}/cbc:TaxAmount", f"{VAT_TOTAL}/cbc:TaxAmount", WITH_VAT, PAYABLE)
            ]
        },
    )


def of_no_vat(code):
    """Zero rated, exempt, reverse charge, intra-community and export: at zero percent."""
    prefix = f"BR-{PREFIXES[code]}"
    yield (
        full(CATEGORIES[code]),
        {
            f"{prefix}-01": [twice(SUBTOTAL)],
            f"{prefix}-05": [text(f"{ITEM}/cac:ClassifiedTaxCategory/cbc:Percent", "6")],
            f"{prefix}-06": [text("cac:AllowanceCharge[1]/cac:TaxCategory/cbc:Percent", "6")],
            f"{prefix}-07": [text("cac:AllowanceCharge[2]/cac:TaxCategory/cbc:Percent", "6")],
            f"{prefix}-08": [more(CENT, f"{SUBTOTAL}/cbc:TaxableAmount")],
            f"{prefix}-09": [A_CENT_OF_VAT],
            f"{prefix}-10": [
                drop(REASON) if code in WITH_REASON else after(f"{CATEGORY}/cbc:Percent", GIVEN_REASON)
            ],
        },
    )


OUTSIDE = CATEGORIES["O"]
NUMBERED = before(f"{SELLER}/{LEGAL}", numbered("BE0999000228"))
OF_OUTSIDE_LINES = {
    "BR-O-02": [NUMBERED],
    "BR-O-03": [NUMBERED, more_adjustment(False, "O", None)],
    "BR-O-04": [NUMBERED, more_adjustment(True, "O", None)],
}
IN_OUTSIDE = {
    "BR-O-01": [twice(SUBTOTAL)],
    "BR-O-05": [after(f"{ITEM}/cac:ClassifiedTaxCategory/cbc:ID", xml("cbc:Percent", "0"))],
    "BR-O-06": [after("cac:AllowanceCharge[1]/cac:TaxCategory/cbc:ID", xml("cbc:Percent", "0"))],
    "BR-O-07": [after("cac:AllowanceCharge[2]/cac:TaxCategory/cbc:ID", xml("cbc:Percent", "0"))],
    "BR-O-08": [more(CENT, f"{SUBTOTAL}/cbc:TaxableAmount")],
    "BR-O-09": [A_CENT_OF_VAT],
    "BR-O-10": [drop(REASON)],
    "BR-O-11": [more_subtotal(vat("cac:TaxCategory", "B", "22"))],
    "BR-O-12": [more_line("B", "22")],
    "BR-O-13": [more_adjustment(False, "B", "22")],
    "BR-O-14": [more_adjustment(True, "B", "22")],
}
IN_ITALY = {
    "BR-B-02": [more_line("S", "22"), more_subtotal(vat("cac:TaxCategory", "S", "22"))],
}
IN_INTRA_COMMUNITY = {
    "BR-IC-11": [drop("cac:Delivery/cbc:ActualDeliveryDate")],
    "BR-IC-12": [drop("cac:Delivery/cac:DeliveryLocation")],
}
VIOLATIONS = [
    *(each for code in (*WITH_RATE, *WITHOUT_VAT) for each in of_numbers(code)),
    *(each for code in WITH_RATE for each in of_rate(code)),
    *(each for code in WITHOUT_VAT for each in of_no_vat(code)),
    (lines_only(OUTSIDE), OF_OUTSIDE_LINES),
    (full(OUTSIDE), IN_OUTSIDE),
    (ITALIAN, IN_ITALY),
    (full(CATEGORIES["K"]), IN_INTRA_COMMUNITY),
]
