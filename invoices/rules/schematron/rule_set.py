"""Compiled rule sets: an artefact's rules as they are kept, sent to other processes, and asked."""

import marshal
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from invoices.findings import RuleSetVersion
from invoices.rules.schematron.artefact import Check
from invoices.rules.schematron.program import FILE, CheckCrashed, Program
from invoices.rules.subject import Subject


class RuleSetRefused(ValueError):
    """The rule set has rules that could not be compiled and that nobody allowed to be left out."""


class RuleCrashed(RuntimeError):
    """A rule came to no result; the message says which, and why."""


@dataclass(frozen=True)
class CompiledRules:
    """A compiled artefact.

    Attributes:
        version: Its name and version.
        python: Code object, as `marshal` writes it for this version of Python.
        checks: The checks, by the index that the code gives them.
        uncompilable: Ids of rules that could not be compiled, each with why.
        allowed: Ids of those without which it may be used all the same.
        customizations: Beginnings of the specification identifiers (BT-24) of the documents that it is for;
            none: of all.
    """

    version: RuleSetVersion
    sha256: str
    python: bytes = field(repr=False)
    checks: tuple[Check, ...] = field(repr=False)
    uncompilable: tuple[tuple[str, str], ...] = ()
    allowed: frozenset[str] = frozenset()
    customizations: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        version: RuleSetVersion,
        sha256: str,
        source: str,
        checks: tuple[Check, ...],
        uncompilable: tuple[tuple[str, str], ...],
    ) -> "CompiledRules":
        """What the compiler made of an artefact, in the form that it is kept in."""
        code = compile(source, FILE, "exec", dont_inherit=True, optimize=0)
        return cls(version, sha256, marshal.dumps(code), checks, uncompilable)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_program"}

    @property
    def refused(self) -> tuple[tuple[str, str], ...]:
        """Rules that could not be compiled and that nobody allowed to be left out, with why."""
        return tuple(each for each in self.uncompilable if each[0] not in self.allowed)

    def is_for(self, subject: Subject) -> bool:
        """Whether a document is one that these rules are for."""
        return not self.customizations or subject.customization.startswith(self.customizations)

    def broken(self, subject: Subject) -> Iterator[tuple[Check, Any]]:
        """Every check that a document breaks, with the element that breaks it.

        Raises:
            RuleSetRefused: Some rules could not be compiled and may not be left out.
            RuleCrashed: A rule came to no result.
        """
        try:
            for index, element in self._program.fired(subject.tree):
                yield self.checks[index], element
        except CheckCrashed as crash:
            which = "a rule" if crash.index is None else f"rule {self.checks[crash.index].code}"
            raise RuleCrashed(f"{which} came to no result: {crash}") from crash

    @cached_property
    def _program(self) -> Program:
        if self.refused:
            code, why = self.refused[0]
            raise RuleSetRefused(f"{self.version.name} has a rule that could not be compiled, {code}: {why}")
        return Program(marshal.loads(self.python))  # noqa: S302 (written by ourselves)
