"""The demo shows what it says it shows."""

from collections import defaultdict
from datetime import UTC, date, datetime

import pytest
from lxml import etree
from stdnum.be import vat

from invoices.source import Direction
from sandbox.demo import BROKEN_SOURCE_IDS, DEMO_ADMINISTRATIONS, DEMO_DELIVER_FROM, demo_records
from sandbox.load import load_records
from sandbox.ubl.xml import NAMESPACES

RECORDS = demo_records()
LISTED = {each.company_number for each in DEMO_ADMINISTRATIONS}
ROLES = {
    Direction.SALE: "cac:AccountingSupplierParty",
    Direction.PURCHASE: "cac:AccountingCustomerParty",
}


def parsed(record):
    return etree.fromstring(record.read_document())


def labelled(label):
    [record] = [each for each in RECORDS if each.label == label]
    return record


def our_number(record):
    return vat.compact(record.company_number)


def number_in_role(record):
    path = f"{ROLES[record.direction]}/cac:Party/cac:PartyLegalEntity/cbc:CompanyID"
    return parsed(record).findtext(path, namespaces=NAMESPACES)


def sound():
    return [record for record in RECORDS if record.source_id not in BROKEN_SOURCE_IDS]


def test_there_are_about_thirty_records_of_four_listed_companies_each_with_a_label():
    assert 30 <= len(RECORDS) <= 40
    assert len(LISTED) == 4
    assert all(record.label for record in RECORDS)
    assert {our_number(record) for record in RECORDS} > LISTED


def test_the_same_records_come_at_every_call_in_the_order_of_the_feed():
    again = demo_records()
    assert [record.read_document() for record in again] == [record.read_document() for record in RECORDS]
    moments = [record.updated_at for record in RECORDS]
    assert moments == sorted(set(moments))


def test_every_vat_category_both_kinds_and_both_directions_are_there():
    roots = [parsed(record) for record in sound()]
    categories = {
        each.text for root in roots for each in root.iterfind(".//cac:TaxCategory/cbc:ID", NAMESPACES)
    }
    rates = {
        each.text for root in roots for each in root.iterfind(".//cac:TaxCategory/cbc:Percent", NAMESPACES)
    }
    kinds = {
        (etree.QName(root).localname, record.direction) for root, record in zip(roots, sound(), strict=True)
    }
    assert categories == {"S", "Z", "E", "AE", "K", "G", "O"}
    assert rates == {"21", "12", "6", "0"}
    assert kinds == {(kind, direction) for kind in ("Invoice", "CreditNote") for direction in Direction}


def test_company_numbers_are_spelled_in_several_ways():
    shapes = {
        "".join("9" if each.isdigit() else each for each in record.company_number) for record in RECORDS
    }
    assert len(shapes) >= 4


def test_the_numbers_and_companies_of_the_records_are_those_of_their_documents():
    astray = labelled("Addressed to another company")
    for record in sound():
        assert record.number == parsed(record).findtext("cbc:ID", namespaces=NAMESPACES)
        assert (number_in_role(record) == our_number(record)) == (record is not astray)


def test_the_misdirected_invoice_is_of_a_listed_company_that_is_nowhere_on_it():
    astray = labelled("Addressed to another company")
    assert our_number(astray) in LISTED
    assert our_number(astray).encode() not in astray.read_document()


def test_one_company_is_not_listed():
    assert our_number(labelled("A company that Clearfacts does not list")) not in LISTED


def test_only_one_invoice_was_issued_before_the_start_date():
    issued = {
        record.label: date.fromisoformat(parsed(record).findtext("cbc:IssueDate", namespaces=NAMESPACES))
        for record in sound()
    }
    early = {label for label, day in issued.items() if day < DEMO_DELIVER_FROM}
    assert early == {"Issued before the start date"}
    assert max(issued.values()) < date(2026, 12, 1)


def test_one_document_is_a_sale_of_one_and_a_purchase_of_another_client():
    sale, purchase = (
        labelled("One document: the sale of one client"),
        labelled("The same document: the purchase of another"),
    )
    assert sale.read_document() == purchase.read_document()
    assert (sale.direction, purchase.direction) == (Direction.SALE, Direction.PURCHASE)
    assert {our_number(sale), our_number(purchase)} < LISTED


def test_one_document_comes_twice_under_different_ids():
    original, copy = (
        labelled("Sale with allowances and a charge"),
        labelled("The same bytes under another id"),
    )
    assert original.source_id != copy.source_id
    assert original.read_document() == copy.read_document()


def test_a_regenerated_pdf_is_all_that_differs():
    original, again = (
        labelled("Sale with an embedded PDF"),
        labelled("The same invoice with its PDF made again"),
    )
    assert original.read_document() != again.read_document()
    assert without_pdf(original) == without_pdf(again)


def without_pdf(record):
    root = parsed(record)
    root.find(".//cbc:EmbeddedDocumentBinaryObject", NAMESPACES).text = None
    return etree.tostring(root)


def test_the_same_number_comes_with_another_amount():
    first = labelled("Purchase that will come again with another amount")
    second = labelled("The same number with another amount")
    assert (first.number, our_number(first)) == (second.number, our_number(second))
    assert payable(first) != payable(second)


def payable(record):
    return parsed(record).findtext("cac:LegalMonetaryTotal/cbc:PayableAmount", namespaces=NAMESPACES)


def test_a_record_is_corrected_by_its_second_version():
    versions = defaultdict(list)
    for record in RECORDS:
        versions[record.source_id].append(record)
    [[first, second]] = [group for group in versions.values() if len(group) > 1]
    assert (first.version, second.version) == (1, 2)
    assert payable(first) != payable(second)


def test_one_document_is_not_xml():
    with pytest.raises(etree.XMLSyntaxError):
        parsed(labelled("Broken off (invalid XML)"))


def test_one_document_is_xml_but_not_ubl():
    day = parsed(labelled("A date that UBL does not allow (XSD)")).findtext(
        "cbc:IssueDate", namespaces=NAMESPACES
    )
    with pytest.raises(ValueError, match="Invalid isoformat"):
        date.fromisoformat(day)


def test_load_records_are_distinct_and_the_same_for_the_same_seed():
    def documents(seed):
        return [record.read_document() for record in load_records(300, seed)]

    assert documents(1) == documents(1)
    assert len(set(documents(1) + documents(2))) == 600


def test_load_records_are_of_listed_companies_and_have_both_kinds_and_directions():
    records = list(load_records(200))
    kinds = {etree.QName(parsed(record)).localname for record in records}
    assert {record.company_number for record in records} == LISTED
    assert all(number_in_role(record) == record.company_number for record in records)
    assert {record.direction for record in records} == set(Direction)
    assert kinds == {"Invoice", "CreditNote"}
    assert all(record.updated_at >= datetime(2026, 1, 1, tzinfo=UTC) for record in records)


def test_load_records_hold_no_documents_until_they_are_read():
    assert all(callable(record.document) for record in load_records(3))
