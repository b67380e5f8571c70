import pytest
from lxml import etree

from invoices import ubl
from invoices.document import Kind
from invoices.rules.structure import schema_file
from invoices.terms import TERMS, is_used, term_at

XS = "{http://www.w3.org/2001/XMLSchema}"


@pytest.mark.parametrize(
    ("location", "term"),
    [
        ("/Invoice/cbc:ID", "BT-1"),
        ("/Invoice/cac:InvoiceLine[12]/cbc:ID", "BT-126"),
        ("/CreditNote/cac:CreditNoteLine[2]/cbc:CreditedQuantity/@unitCode", "BT-130"),
        ("/CreditNote/cbc:CreditNoteTypeCode", "BT-3"),
        (
            "/Invoice/cac:AccountingSupplierParty/cac:Party/cac:PostalAddress/cac:AddressLine/cbc:Line",
            "BT-162",
        ),
        ("/Invoice/cac:AllowanceCharge[2]/cbc:Amount", None),
        ("/Invoice", None),
    ],
)
def test_a_place_in_a_document_has_a_business_term(location, term):
    assert term_at(location) == term


def test_what_en_16931_has_a_use_for_includes_groups_and_what_needs_more_than_a_path():
    assert is_used("/Invoice/cac:OrderReference")
    assert is_used("/CreditNote/cac:CreditNoteLine[3]/cac:Item/cac:ClassifiedTaxCategory/cac:TaxScheme")
    assert is_used("/Invoice/cac:AllowanceCharge/cbc:Amount")
    assert not is_used("/Invoice/cbc:CopyIndicator")


def test_every_path_exists_in_the_schema():
    unknown = [path for path in TERMS if not exists(path)]
    assert unknown == []


def exists(path: str) -> bool:
    parent = "InvoiceType"
    for step in path.split("/"):
        if step.startswith("@"):
            continue
        children = CHILDREN.get(parent, set())
        if step not in children:
            return False
        parent = TYPES[step.partition(":")[2]] if step.startswith("cac:") else ""
    return True


def _schema_parts():
    main = schema_file(Kind.INVOICE)
    aggregates = main.parent.parent / "common" / "UBL-CommonAggregateComponents-2.1.xsd"
    children, types = {}, {}
    for file in (main, aggregates):
        root = etree.parse(str(file)).getroot()
        for each in root.iterfind(f"{XS}complexType"):
            children[each.get("name")] = {element.get("ref") for element in each.iter(f"{XS}element")}
        for each in root.iterfind(f"{XS}element"):
            types[each.get("name")] = each.get("type")
    return children, types


CHILDREN, TYPES = _schema_parts()


def test_names_carry_the_usual_prefixes_and_unknown_namespaces_none():
    assert ubl.usual_name(f"{{{ubl.INVOICE}}}Invoice") == "Invoice"
    assert ubl.usual_name(ubl.tags("cbc:ID")[0]) == "cbc:ID"
    assert ubl.usual_names(f"'{{urn:x}}a' and '{ubl.tags('cbc:ID')[0]}'") == "'a' and 'cbc:ID'"
