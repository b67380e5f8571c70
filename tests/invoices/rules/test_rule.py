from invoices.document import parse
from invoices.findings import PolicyClass, Severity
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Tree

SALE = (Severity.FATAL, PolicyClass.FORM)


def found(table, document):
    subject = Subject(Tree(parse(document).root))
    return [(rule.code, broken.found) for rule, broken in table.broken(subject)]


def asked_at(document, *contexts):
    """The text of each element, and whatever holds others as its name, that a rule of these contexts is asked of."""
    table = Table()
    table.rule("R", *SALE, *contexts)(lambda element, _: Broken(element, getattr(element, "text", None)))
    return [text for _, text in found(table, document)]


def test_a_context_is_the_end_of_a_path_or_all_of_it(invoice_xml):
    assert asked_at(invoice_xml, "cac:InvoiceLine/cbc:ID") == ["1", "2"]
    assert asked_at(invoice_xml, "/cac:InvoiceLine/cbc:ID") == ["1", "2"]
    assert asked_at(invoice_xml, "/cbc:ID") == ["2026/0412"]
    assert asked_at(invoice_xml, "/cbc:Line") == []
    assert asked_at(invoice_xml, "InvoiceLine/cbc:ID") == []


def test_the_root_has_a_context_of_its_own(invoice_xml):
    assert len(asked_at(invoice_xml, "/")) == 1


def test_an_element_in_two_contexts_is_asked_once(invoice_xml):
    assert asked_at(invoice_xml, "cbc:IssueDate", "/cbc:IssueDate") == ["2026-03-14"]


def test_a_context_may_ask_for_the_value_of_an_attribute(invoice_xml):
    of_scheme = "cac:PartyLegalEntity/cbc:CompanyID[@schemeID='{}']"
    assert asked_at(invoice_xml, of_scheme.format("0208")) == ["0403019261", "0428759497"]
    assert asked_at(invoice_xml, of_scheme.format("0088")) == []
    assert asked_at(invoice_xml, of_scheme.format("0088"), "cbc:IssueDate") == ["2026-03-14"]


def test_a_rule_may_be_asked_of_all_elements_of_a_place_at_once(invoice_xml):
    table = Table()

    @table.rule_of_all("R", *SALE, "cac:InvoiceLine/cbc:ID", "/cbc:ID")
    def together(elements, _):
        yield Broken(elements[0], "+".join(each.text for each in elements))

    assert sorted(found(table, invoice_xml)) == [("R", "1+2"), ("R", "2026/0412")]


def test_a_table_is_asked_only_about_documents_that_it_is_for(invoice_xml, credit_note_xml):
    table = Table(lambda subject: subject.is_credit_note)
    table.rule("R", *SALE, "/")(lambda root, _: Broken(root))
    assert found(table, credit_note_xml) == [("R", None)]
    assert found(table, invoice_xml) == []


def test_tables_can_be_put_together(invoice_xml):
    tables = []
    for code in ("A", "B"):
        tables.append(table := Table())
        table.rule(code, *SALE, "/")(lambda root, _: Broken(root))
    assert found(Table.together(*tables), invoice_xml) == [("A", None), ("B", None)]
