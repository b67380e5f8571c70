"""UBL.BE: the rules that the Belgian extension of EN 16931 adds to it, and those that it sets aside.

Ids, severities and verdicts are those of UBL.BE 1.31; its ubl-BE-13 can never fail and is left out.
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal

from invoices.findings import PolicyClass, Severity
from invoices.rules.rule import Broken, Table
from invoices.rules.subject import Subject
from invoices.rules.tree import Node, string_of, value_of

SET_ASIDE = frozenset(
    (
        *(
            "BR-AE-08",
            "BR-G-08",
            "BR-IC-08",
            "BR-O-08",
            "BR-Z-08",
            "BR-S-08",
            "BR-S-09",
            "BR-E-01",
            "BR-E-08",
        ),
        *("BR-B-01", "BR-B-02", "BR-CL-22", "BR-CO-10", "BR-CO-17", "BR-DEC-23", "BR-IC-01", "BR-IC-12"),
        *("BR-O-02", "UBL-DT-01", "UBL-CR-119", "UBL-CR-202", "UBL-CR-406", "UBL-CR-456", "UBL-CR-459"),
        *("UBL-CR-463", "UBL-CR-477", "UBL-CR-498", "UBL-CR-504", "UBL-CR-561", "UBL-CR-597", "UBL-CR-600"),
        *("UBL-CR-601", "UBL-CR-656", "UBL-CR-657", "UBL-CR-672", "UBL-CR-681", "UBL-CR-682", "UBL-SR-51"),
        *("UBL-SR-52", "UBL-SR-53", "UBL-SR-54", "UBL-SR-55", "UBL-SR-56"),
    )
)
"""Rules of EN 16931 that UBL.BE leaves out, or has in a laxer form: it is an extension, and its own examples
break some of them (VAT on each line, cash discount, Belgian exemption codes)."""

LEGAL_MENTIONS = frozenset(f"BELM-00{number}" for number in range(1, 9))
"""Codes of the Belgian legal mentions (BELM)."""

LEGAL_MENTION_TEXTS = frozenset(
    {
        "Special ruling - travelagencies",
        "Bijzondere regeling - reisbureaus",
        "Special ruling - used goods",
        "Bijzondere regeling - gebruikte goederen",
        " Special ruling - art objects",  # the space is in the official list
        "Bijzondere regeling - kunstvoorwerpen",
        "Special ruling - antiques",
        "Bijzondere regeling - antiquiteiten",
        "Small company under exempt from taxes ruling",
        "Kleine onderneming onderworpen aan de vrijstellingsregeling van belasting",
        "Invoice issued by the receiver",
        "Factuur uitgereikt door de afnemer",
        "Copy issued at request from the customer",
        "Dubbel uitgereikt op vraag van de klant",
        "VAT to be refunded to the state to the extent that it was deducted",
        "BTW terug te storten aan de staat in de mate waarin ze oorspronkelijk in aftrek werd gebracht",
    }
)
"""Texts of the Belgian legal mentions, letter for letter."""

TAX_CATEGORIES = frozenset(
    (
        *("00", "01", "02", "03", "45", "NA", "FD", "SC", "00/44", "03/SE", "MA", "46/GO", "46/TR", "44"),
        *("47/TO", "47/AS", "47/DI", "47/SE", "47/EX", "47/EI", "47/EE", "NS", "OSS-S", "OSS-G", "OSS-I"),
    )
)
"""Belgian VAT categories (BTCC)."""

EXEMPTIONS = {
    "BETE-45": "Reverse charge - Contractor",
    "BETE-EX": "Exempt",
    "BETE-FD": "Financial discount",
    "BETE-SC": "Small company",
    "BETE-00/44": "0% Clause 44",
    "BETE-03/SE": "Standard exchange",
    "BETE-MA": "Margin",
    "BETE-46/GO": "Intra-community supply - Goods",
    "BETE-47/TO": "Intra-community supply - Manufacturing cost",
    "BETE-47/AS": "Intra-community supply - Assembly",
    "BETE-47/DI": "Intra-community supply - Distance",
    "BETE-47/SE": "Intra-community supply - Services",
    "BETE-44": "Intra-community supply - Services B2B",
    "BETE-46/TR": "Intra-community supply - Triangle a-B-c",
    "BETE-47/EX": "Export non E.U.",
    "BETE-47/EI": "Indirect export",
    "BETE-47/EE": "Export via E.U.",
    "BETE-NS": "Not subject to VAT",
}
"""Belgian exemption reasons (BVERC): the texts by the codes; a text need not be that of the code beside"
" it."""

_EXEMPTION_TEXTS = frozenset(EXEMPTIONS.values())
_DESCRIPTION, _DISCOUNT = "cbc:DocumentDescription", "cbc:SettlementDiscountPercent"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_TABLE = Table()
UBL_BE: tuple[Table, ...] = (_TABLE,)
"""What UBL.BE asks of its documents beyond EN 16931."""


@_TABLE.rule("ubl-BE-01", Severity.FATAL, PolicyClass.FORM, "/")
def has_two_references(root: Node, _subject: Subject) -> Broken | None:
    """The PDF and the invoicing program have an AdditionalDocumentReference each (ubl-BE-01)."""
    references = len(root.named("cac:AdditionalDocumentReference"))
    return None if references >= 2 else Broken(root, str(references), "2")


@_TABLE.rule_of_all("ubl-BE-02", Severity.FATAL, PolicyClass.FORM, "cac:AdditionalDocumentReference")
def describe_one_pdf(references: list[Node], subject: Subject) -> Iterator[Broken]:
    """One description in the document is CommercialInvoice or CreditNote; each reference says so (ubl-BE-02)."""
    return _unless_once(references, _count(subject, _DESCRIPTION, {"CommercialInvoice", "CreditNote"}))


@_TABLE.rule_of_all("ubl-BE-03", Severity.FATAL, PolicyClass.FORM, "cac:AdditionalDocumentReference")
def mark_one_program(references: list[Node], subject: Subject) -> Iterator[Broken]:
    """One identifier in the document is UBL.BE; each reference says so (ubl-BE-03)."""
    return _unless_once(references, _count(subject, "cbc:ID", {"UBL.BE"}))


@_TABLE.rule("ubl-BE-04", Severity.FATAL, PolicyClass.FORM, "cac:AdditionalDocumentReference")
def describes_a_reference(reference: Node, _subject: Subject) -> Broken | None:
    """A reference with an identifier has one description (ubl-BE-04)."""
    identifiers = reference.named("cbc:ID")
    if not identifiers or len(reference.named(_DESCRIPTION)) == 1:
        return None
    return Broken(identifiers[0], value_of(identifiers[0]))


@_TABLE.rule("ubl-BE-05", Severity.FATAL, PolicyClass.FORM, "cac:Delivery/cac:DeliveryTerms")
def codes_a_legal_mention(terms: Node, _subject: Subject) -> Broken | None:
    """The code of a legal mention is of the list BELM (ubl-BE-05)."""
    return _unlisted(terms, "cbc:ID", LEGAL_MENTIONS)


@_TABLE.rule("ubl-BE-06", Severity.FATAL, PolicyClass.FORM, "cac:Delivery/cac:DeliveryTerms")
def words_a_legal_mention(terms: Node, _subject: Subject) -> Broken | None:
    """The text of a legal mention is of the list, letter for letter (ubl-BE-06)."""
    texts = terms.named("cbc:SpecialTerms")
    if any(string_of(text) in LEGAL_MENTION_TEXTS for text in texts):
        return None
    return Broken(texts[0], value_of(texts[0])) if texts else Broken(terms)


@_TABLE.rule("ubl-BE-07", Severity.FATAL, PolicyClass.FORM, "cac:PaymentTerms")
def discount_is_a_percentage(terms: Node, _subject: Subject) -> Broken | None:
    """A cash discount is between 0 and 100 %, both excluded; the official rule lets -1 pass (ubl-BE-07)."""
    if _DISCOUNT not in terms:
        return None
    percent = Decimal(terms.value(_DISCOUNT))
    return None if 0 < percent < 100 or percent == -1 else Broken(terms.leaves(_DISCOUNT)[0], str(percent))


@_TABLE.rule("ubl-BE-08", Severity.FATAL, PolicyClass.FORM, "cac:PaymentTerms")
def discount_has_an_amount(terms: Node, _subject: Subject) -> Broken | None:
    """A cash discount comes with its amount, which is not 0 (ubl-BE-08)."""
    if _DISCOUNT not in terms or ("cbc:Amount" in terms and Decimal(terms.value("cbc:Amount"))):
        return None
    return Broken(terms)


@_TABLE.rule("ubl-BE-09", Severity.FATAL, PolicyClass.FORM, "cac:PaymentTerms")
def discount_has_a_last_day(terms: Node, _subject: Subject) -> Broken | None:
    """A cash discount comes with the last day on which it is given, without a time zone (ubl-BE-09)."""
    if _DISCOUNT not in terms:
        return None
    day = terms.first("cbc:PaymentDueDate")
    if day is None:
        return Broken(terms)
    return None if _is_date(string_of(day)) else Broken(day, value_of(day))


@_TABLE.rule("ubl-BE-14", Severity.FATAL, PolicyClass.FORM, "cac:InvoiceLine", "cac:CreditNoteLine")
def line_has_its_vat(line: Node, _subject: Subject) -> Broken | None:
    """Each line says what VAT is due on it, once (ubl-BE-14)."""
    total = line.get("cac:TaxTotal")
    return Broken(line) if total is None or type(total) is list else None


@_TABLE.rule("ubl-BE-10", Severity.FATAL, PolicyClass.FORM, "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory")
def names_a_belgian_category(category: Node, _subject: Subject) -> Broken | None:
    """The name of a VAT category is of the list BTCC (ubl-BE-10)."""
    return _unlisted(category, "cbc:Name", TAX_CATEGORIES)


@_TABLE.rule("ubl-BE-11", Severity.FATAL, PolicyClass.FORM, "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory")
def codes_a_belgian_exemption(category: Node, _subject: Subject) -> Broken | None:
    """The code of an exemption reason, where there is one, is of the list BVERC (ubl-BE-11)."""
    if "cbc:TaxExemptionReasonCode" not in category:
        return None
    return _unlisted(category, "cbc:TaxExemptionReasonCode", EXEMPTIONS.keys())


@_TABLE.rule("ubl-BE-12", Severity.FATAL, PolicyClass.FORM, "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory")
def words_a_belgian_exemption(category: Node, _subject: Subject) -> Broken | None:
    """The text of an exemption reason, where there is one, is of the list (ubl-BE-12).

    Raises:
        ValueError: There are several texts; the official rule can read only one.
    """
    reasons = category.named("cbc:TaxExemptionReason")
    if len(reasons) > 1:
        raise ValueError("A VAT category has several texts of an exemption reason; UBL.BE can read one.")
    return _unlisted(category, "cbc:TaxExemptionReason", _EXEMPTION_TEXTS) if reasons else None


@_TABLE.rule("ubl-BE-15", Severity.FATAL, PolicyClass.FORM, "cac:ClassifiedTaxCategory")
def names_the_category_of_a_line(category: Node, _subject: Subject) -> Broken | None:
    """The VAT category of a line has a name (ubl-BE-15)."""
    name = category.get("cbc:Name")
    return Broken(category) if name is None or type(name) is list else None


def _unlisted(node: Node, name: str, listed: AbstractSet[str]) -> Broken | None:
    value = node.value(name)
    if value in listed:
        return None
    elements = node.named(name)
    return Broken(elements[0] if elements else node, value or None)


def _unless_once(references: list[Node], times: int) -> Iterator[Broken]:
    return (Broken(reference, str(times), "1") for reference in references if times != 1)


def _count(subject: Subject, name: str, texts: set[str]) -> int:
    places = subject.tree.places
    return sum(string_of(each) in texts for place in places if place.name == name for each in places[place])


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
