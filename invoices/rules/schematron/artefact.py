"""Schematron artefacts: what a `.sch` file, or the XSLT that one was compiled to, says to check."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from invoices.findings import Severity


@dataclass(frozen=True, slots=True)
class Let:
    """A variable: its name and the XPath of its value."""

    name: str
    select: str


@dataclass(frozen=True, slots=True)
class Check:
    """An assert, which holds if its test is true; or a report, which holds if it is false."""

    code: str
    severity: Severity
    test: str
    text: str
    is_report: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """What is checked of the elements that match `context`, an XSLT pattern."""

    context: str
    lets: tuple[Let, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Rules of which only the first that matches an element is asked."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """An XSLT function: parameters with their types, variables, and the XPath of its result."""

    name: str
    parameters: tuple[tuple[str, str | None], ...]
    lets: tuple[Let, ...]
    select: str
    result: str | None


@dataclass(frozen=True, slots=True)
class Artefact:
    """All that an artefact says; `lets` are those of the schema and of its patterns."""

    sha256: str
    title: str
    namespaces: Mapping[str, str] = field(repr=False)
    lets: tuple[Let, ...] = field(repr=False)
    functions: tuple[Function, ...] = field(repr=False)
    patterns: tuple[Pattern, ...] = field(repr=False)

    @property
    def checks(self) -> Iterator[Check]:
        """Every check, in the order of the file."""
        for pattern in self.patterns:
            for rule in pattern.rules:
                yield from rule.checks
