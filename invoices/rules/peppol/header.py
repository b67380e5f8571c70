"""Peppol's rules about the head of a document: its references, notes, parties and payment; and empty elements."""

from collections.abc import Iterator

from invoices.findings import PolicyClass, Severity
from invoices.rules.peppol.values import day, holds, text_in
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Leaf, Node, string_of, value_of

HEADER = Table()

FATAL, FORM = Severity.FATAL, PolicyClass.FORM

DIRECT_DEBIT = frozenset({"49", "59"})
"""Codes of payment means (BT-81) for direct debit."""
PROJECT = "50"
"""Document type code of a project reference in a credit note."""

_WHITE_SPACE = " \t\r\n"


@HEADER.rule_of_all("PEPPOL-EN16931-R008", FATAL, FORM, "/")
def no_empty_elements(_roots: list[Node], subject: Subject) -> Iterator[Broken]:
    """Every element holds text or other elements; what is found is the name of one that does not.

    Peppol BIS Billing 3.0, PEPPOL-EN16931-R008.
    """
    # An attachment's text is read too: only so can a blank one be told, and 20 MB take two milliseconds.
    for place, elements in subject.tree.places.items():
        if place.is_leaf:
            for leaf in elements:
                text = leaf.text
                if (not text or text.isspace()) and _is_empty(leaf):
                    yield Broken(leaf, found=place.name)
        else:
            for node in elements:
                if not node and _is_empty(node.element):
                    yield Broken(node, found=place.name)


@HEADER.rule("PEPPOL-EN16931-R080", FATAL, FORM, "/")
def one_project_reference(root: Node, subject: Subject) -> Broken | None:
    """A credit note refers to one project at most. Peppol BIS Billing 3.0, PEPPOL-EN16931-R080."""
    if not subject.is_credit_note:
        return None
    references = root.nodes("cac:AdditionalDocumentReference")
    projects = [each for each in references if holds(each, "cbc:DocumentTypeCode", PROJECT)]
    return Broken(projects[1], found=str(len(projects)), expected="1") if len(projects) > 1 else None


@HEADER.rule("PEPPOL-EN16931-R001", FATAL, FORM, "/")
def has_business_process(root: Node, _: Subject) -> Broken | None:
    """The business process (BT-23) is stated. Peppol BIS Billing 3.0, PEPPOL-EN16931-R001."""
    return None if "cbc:ProfileID" in root else Broken(root)


@HEADER.rule("PEPPOL-EN16931-R002", FATAL, FORM, "/")
def one_note(root: Node, subject: Subject) -> Broken | None:
    """One note (BT-22) at most, but among Germans. Peppol BIS Billing 3.0, PEPPOL-EN16931-R002."""
    notes = root.named("cbc:Note")
    if len(notes) <= 1 or subject.is_among_germans:
        return None
    return Broken(notes[1], found=str(len(notes)), expected="1")


@HEADER.rule("PEPPOL-EN16931-R003", FATAL, FORM, "/")
def has_reference(root: Node, _: Subject) -> Broken | None:
    """A buyer reference (BT-10) or an order (BT-13). Peppol BIS Billing 3.0, PEPPOL-EN16931-R003."""
    return None if "cbc:BuyerReference" in root or root.has("cac:OrderReference/cbc:ID") else Broken(root)


@HEADER.rule("PEPPOL-EN16931-R010", FATAL, FORM, "cac:AccountingCustomerParty/cac:Party")
def buyer_has_endpoint(party: Node, _: Subject) -> Broken | None:
    """The buyer has an electronic address (BT-49). Peppol BIS Billing 3.0, PEPPOL-EN16931-R010."""
    return None if "cbc:EndpointID" in party else Broken(party)


@HEADER.rule("PEPPOL-EN16931-R020", FATAL, FORM, "cac:AccountingSupplierParty/cac:Party")
def seller_has_endpoint(party: Node, _: Subject) -> Broken | None:
    """The seller has an electronic address (BT-34). Peppol BIS Billing 3.0, PEPPOL-EN16931-R020."""
    return None if "cbc:EndpointID" in party else Broken(party)


@HEADER.rule("PEPPOL-EN16931-R061", FATAL, FORM, "cac:PaymentMeans")
def direct_debit_has_mandate(means: Node, _: Subject) -> Broken | None:
    """Direct debit names its mandate (BT-89). Peppol BIS Billing 3.0, PEPPOL-EN16931-R061."""
    code = text_in(means, "cbc:PaymentMeansCode")
    if code not in DIRECT_DEBIT or means.has("cac:PaymentMandate/cbc:ID"):
        return None
    return Broken(means, found=code)


@HEADER.rule(
    "PEPPOL-EN16931-F001",
    FATAL,
    FORM,
    *("cbc:IssueDate", "cbc:DueDate", "cbc:TaxPointDate", "cbc:ActualDeliveryDate"),
    *("cbc:StartDate", "cbc:EndDate"),
)
def is_plain_date(leaf: Leaf, _: Subject) -> Broken | None:
    """Dates are YYYY-MM-DD, nothing more. Peppol BIS Billing 3.0, PEPPOL-EN16931-F001."""
    text = string_of(leaf)
    return None if len(text) == 10 and _is_date(text) else Broken(leaf, found=value_of(leaf))


def _is_empty(element: Leaf) -> bool:
    return not len(element) and not (element.text or "").strip(_WHITE_SPACE)


def _is_date(text: str) -> bool:
    try:
        day(text)
    except ValueError:
        return False
    return True
