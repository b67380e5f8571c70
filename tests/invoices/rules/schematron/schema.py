"""Small Schematron schemas, compiled and asked about small documents."""

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from lxml import etree

from invoices.rules.schematron.artefact import Artefact
from invoices.rules.schematron.compilation import compile_artefact
from invoices.rules.schematron.program import FILE, Program
from invoices.rules.schematron.reading import read_artefact
from invoices.rules.tree import Tree

CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
NAMESPACES = {
    "cac": CAC,
    "cbc": CBC,
    "ubl": INVOICE,
    "cn": CREDIT_NOTE,
    "xs": "http://www.w3.org/2001/XMLSchema",
    "u": "urn:ours",
}


def schema(*patterns: Iterable[tuple[str, str]], before: str = "", title: str = "Ours") -> bytes:
    """A schema; each pattern is (context, test) pairs, whose asserts are called P1-R1, P1-R2 ..."""
    namespaces = "".join(f'<ns prefix="{prefix}" uri="{uri}"/>' for prefix, uri in NAMESPACES.items())
    body = "".join(
        f"<pattern>{''.join(_rule(p, r, *rule) for r, rule in enumerate(pattern, 1))}</pattern>"
        for p, pattern in enumerate(patterns, 1)
    )
    head = f'<schema xmlns="http://purl.oclc.org/dsdl/schematron"><title>{title}</title>'
    return f"{head}{namespaces}{before}{body}</schema>".encode()


def _rule(pattern: int, rule: int, context: str, test: str) -> str:
    code = f"P{pattern}-R{rule}"
    assertion = f'<assert id="{code}" flag="fatal" test={quoteattr(test)}>{code} says no.</assert>'
    return f"<rule context={quoteattr(context)}>{assertion}</rule>"


def document(body: str, root: str = "Invoice") -> etree._Element:
    """A document with these children of its root."""
    namespace = {"Invoice": INVOICE, "CreditNote": CREDIT_NOTE}[root]
    declared = f'xmlns="{namespace}" xmlns:cac="{CAC}" xmlns:cbc="{CBC}"'
    return etree.fromstring(f"<{root} {declared}>{body}</{root}>")


def program(content: bytes) -> tuple[Program, Artefact, dict[str, str]]:
    """A compiled schema, with what of it could not be compiled."""
    artefact = read_artefact(content)
    done = compile_artefact(artefact)
    return Program(compile(done.source, FILE, "exec")), artefact, done.uncompilable


def fired(content: bytes, root: etree._Element) -> list[str]:
    """The ids of the asserts that a document breaks, in order."""
    asked, artefact, uncompilable = program(content)
    assert uncompilable == {}
    codes = [check.code for check in artefact.checks]
    return sorted(codes[index] for index, _ in asked.fired(Tree(root)))
