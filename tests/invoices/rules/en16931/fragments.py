"""Pieces of documents that several changes add: lines, allowances and charges of nothing, which no sum notices."""

from tests.invoices.rules.en16931.edits import Edit, after, before, eur, xml

LINE = "cac:InvoiceLine"


def vat(name: str, code: str, percent: str | None) -> str:
    """A VAT category, such as `cac:TaxCategory`."""
    rate = "" if percent is None else xml("cbc:Percent", percent)
    return xml(name, xml("cbc:ID", code), rate, xml("cac:TaxScheme/cbc:ID", "VAT"))


def adjustment(is_charge: bool, *category: str) -> str:
    """An allowance or charge."""
    return xml(
        "cac:AllowanceCharge",
        xml("cbc:ChargeIndicator", "true" if is_charge else "false"),
        xml("cbc:AllowanceChargeReasonCode", "FC" if is_charge else "95"),
        eur("cbc:Amount", "0.00"),
        *category,
    )


def more_adjustment(is_charge: bool, code: str, percent: str | None) -> Edit:
    """One more allowance or charge on the document, in a VAT category."""
    return before("cac:TaxTotal", adjustment(is_charge, vat("cac:TaxCategory", code, percent)))


def more_line(code: str, percent: str) -> Edit:
    """One more line, in a VAT category."""
    category = vat("cac:ClassifiedTaxCategory", code, percent)
    return after(
        f"{LINE}[last()]",
        xml(
            LINE,
            xml("cbc:ID", "3"),
            xml("cbc:InvoicedQuantity", "0", unitCode="C62"),
            eur("cbc:LineExtensionAmount", "0.00"),
            xml("cac:Item", xml("cbc:Name", "Zak"), category),
            xml("cac:Price", eur("cbc:PriceAmount", "0")),
        ),
    )


def more_subtotal(category: str, *amounts: str) -> Edit:
    """One more subtotal of VAT; without amounts, of nothing."""
    nothing = (eur("cbc:TaxableAmount", "0.00"), eur("cbc:TaxAmount", "0.00"))
    return after("cac:TaxTotal/cac:TaxSubtotal", xml("cac:TaxSubtotal", *(amounts or nothing), category))
