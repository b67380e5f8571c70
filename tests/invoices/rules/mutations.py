"""Random damage to documents: to elements and attributes, to text, and to the bytes themselves."""

from collections.abc import Callable
from copy import deepcopy
from random import Random

from lxml import etree

from sandbox.ubl.xml import NAMESPACES

EXTENSIONS = "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2"
TEXTS = (
    *(
        "",
        " ",
        "\u00a0",
        "\n 21 \t",
        "0",
        "-0",
        "1",
        "-1",
        "+5",
        ".5",
        "5.",
        "21",
        "21.000",
        "0.005",
        "1000.00",
    ),
    *(
        "1e5",
        "1E400",
        "NaN",
        "INF",
        "-INF",
        "0x10",
        "1_000",
        "1,5",
        "1 000",
        "1\u00a05",
        "\u0661\u0662",
        "\uff11",
    ),
    *("9" * 40, "9" * 5000, "0." + "0" * 60 + "1", "-" + "8" * 400 + ".5"),
    *(
        "2026-02-29",
        "2026-02-30",
        "0000-01-01",
        "-2026-01-01",
        "99999-12-31",
        "2026-01-01Z",
        "2026-01-01+14:00",
    ),
    *(
        "true",
        "false",
        "TRUE",
        "S",
        " S",
        "AE",
        "E",
        "O",
        "K",
        "L",
        "B",
        "Z",
        "VAT",
        "vat",
        "GST",
        "EUR",
        "USD",
        "BE",
    ),
    *(
        "130",
        "50",
        "30",
        "49",
        "58",
        "59",
        "380",
        "381",
        "389",
        "#AAA#",
        "#",
        "##",
        "SEPA",
        "0208",
        "VATEX-EU-O",
    ),
    *(
        "urn:cen.eu:en16931:2017",
        "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
        "BE0999000228",
        "DK",
        "NO",
        "DE",
    ),
    *("\U0001f600", "\u2028", "\u0085", "{0}", "%s", "' or 1=1", "]]>", "<&\"'", "é" * 300, "x" * 20_000),
)
"""Texts of which some rule may think the wrong thing."""
ATTRIBUTES = (
    *(
        "currencyID",
        "schemeID",
        "unitCode",
        "listID",
        "mimeCode",
        "filename",
        "name",
        "languageID",
        "schemeName",
    ),
    *("{http://www.w3.org/XML/1998/namespace}lang", "{urn:example}other", "xyz"),
)
NAMES = (
    *("cbc:ID", "cbc:Amount", "cbc:Percent", "cbc:Note", "cbc:TaxAmount", "cbc:Nothing", "cac:Nothing"),
    *("cac:TaxTotal", "cac:TaxCategory", "cac:AllowanceCharge", "cac:InvoiceLine", "cac:CreditNoteLine"),
    *("cac:PaymentMeans", "cac:PartyTaxScheme", "cac:Item", "cac:Delivery", "cac:Price", "cac:Party"),
)

Mutation = Callable[[etree._Element, Random], None]


def mutated(document: bytes, random: Random, count: int) -> bytes:
    """The document after `count` random mutations of its tree."""
    root = etree.fromstring(document)
    for _ in range(count):
        random.choice(MUTATIONS)(root, random)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def garbled(document: bytes, random: Random) -> bytes:
    """The document with bytes lost, changed or added somewhere."""
    start = random.randrange(len(document))
    end = min(len(document), start + random.choice((0, 1, 1, 1, 20, 4000)))
    return document[:start] + random.choice(_BYTES) + document[end:]


_BYTES = (
    b"",
    b"<",
    b">",
    b"&",
    b"&x;",
    b"&#0;",
    b"\x00",
    b"\xff\xfe",
    b"\x1b",
    b"<!--",
    b"<![CDATA[",
    b"]]>",
    b"<?x?>",
)


def _delete(root: etree._Element, random: Random) -> None:
    element = _any(root, random)
    _parent(element).remove(element)


def _duplicate(root: etree._Element, random: Random) -> None:
    element = _any(root, random)
    for _ in range(random.choice((1, 1, 1, 2, 30))):
        element.addnext(deepcopy(element))


def _swap(root: etree._Element, random: Random) -> None:
    one, other = _any(root, random), _any(root, random)
    if one is other or one in other.iterancestors() or other in one.iterancestors():
        return
    one.addnext(deepcopy(other))
    other.addnext(deepcopy(one))
    _parent(one).remove(one)
    _parent(other).remove(other)


def _rename(root: etree._Element, random: Random) -> None:
    prefix, name = random.choice(NAMES).split(":")
    _any(root, random).tag = f"{{{NAMESPACES[prefix]}}}{name}"


def _copy_elsewhere(root: etree._Element, random: Random) -> None:
    _any(root, random).addnext(deepcopy(_any(root, random)))


def _retext(root: etree._Element, random: Random) -> None:
    random.choice([each for each in root.iter() if not len(each)]).text = random.choice(TEXTS)


def _exchange_texts(root: etree._Element, random: Random) -> None:
    leaves = [each for each in root.iter() if not len(each)]
    one, other = random.choice(leaves), random.choice(leaves)
    one.text, other.text = other.text, one.text


def _mix(root: etree._Element, random: Random) -> None:
    _any(root, random).tail = random.choice(TEXTS)


def _set_attribute(root: etree._Element, random: Random) -> None:
    _any(root, random).set(random.choice(ATTRIBUTES), random.choice(TEXTS))


def _change_attribute(root: etree._Element, random: Random) -> None:
    element = random.choice([each for each in root.iter() if each.attrib] or [root])
    for name in list(element.attrib):
        if random.random() < 0.5:
            del element.attrib[name]
        else:
            element.set(name, random.choice(TEXTS))


def _nest(root: etree._Element, random: Random) -> None:
    parent = _any(root, random)
    for _ in range(random.choice((1, 5, 98, 300))):
        parent = etree.SubElement(parent, parent.tag)


def _extend(root: etree._Element, random: Random) -> None:
    extended(root, deepcopy(_any(root, random)))


MUTATIONS: tuple[Mutation, ...] = (
    *(_delete, _duplicate, _swap, _rename, _copy_elsewhere, _retext, _retext, _retext, _exchange_texts),
    *(_mix, _set_attribute, _change_attribute, _nest, _extend),
)


def extended(root: etree._Element, *content: etree._Element) -> None:
    """Put an extension with this content at the head of a document."""
    extensions = etree.Element(f"{{{EXTENSIONS}}}UBLExtensions")
    inside = etree.SubElement(
        etree.SubElement(extensions, f"{{{EXTENSIONS}}}UBLExtension"), f"{{{EXTENSIONS}}}ExtensionContent"
    )
    inside.extend(content)
    root.insert(0, extensions)


def _any(root: etree._Element, random: Random) -> etree._Element:
    elements = list(root.iterdescendants())
    return random.choice(elements) if elements else etree.SubElement(root, "empty")


def _parent(element: etree._Element) -> etree._Element:
    parent = element.getparent()
    assert parent is not None
    return parent
