"""Checks: the verdict of all rule sets on a document, and the facts of it; what worker processes do."""

from collections.abc import Sequence
from dataclasses import dataclass

from invoices.document import LIMITS, parse
from invoices.facts import Facts
from invoices.findings import Checked, Finding, RuleSetVersion, Verdict
from invoices.legible import legible
from invoices.rules.book import RuleBook, check_failed
from invoices.unreadable import Unreadable

READING = RuleSetVersion("Waybill reading", "1")
"""What makes a document unreadable: the first thing checked."""


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """What the rules say of a document, and its facts; None where it cannot be read."""

    checked: Checked
    facts: Facts | None


@dataclass(frozen=True)
class Checker:
    """Checks documents by a rule book; goes to other processes as it is."""

    book: RuleBook

    @property
    def key(self) -> str:
        """Names and versions of all rule sets in force: a verdict under another key is out of date."""
        versions = (READING, *self.book.versions)
        return "; ".join(f"{version.name} {version.version}" for version in versions)

    def __call__(self, contents: Sequence[bytes]) -> list[CheckedDocument]:
        """Check several documents, in their order."""
        return [self.check(content) for content in contents]

    def check(self, content: bytes) -> CheckedDocument:
        """Read a document and ask the rule sets; never raises, and never passes what it could not check."""
        facts = None
        try:
            document = parse(content)
            facts = Facts.of(document)
            checked = self.book.check(document)
        except Unreadable as error:
            return CheckedDocument(_unreadable(error.finding), None)
        except Exception as error:
            return CheckedDocument(_failed(legible(f"{type(error).__name__}: {error}", 200)), facts)
        return CheckedDocument(
            Checked(checked.verdict, (READING, *checked.rule_sets), checked.findings), facts
        )


def could_not_check(reason: str) -> CheckedDocument:
    """The result for a document whose check did not come to an end; `reason` is half a sentence."""
    return CheckedDocument(_failed(reason), None)


def _unreadable(finding: Finding) -> Checked:
    if finding.code in LIMITS:  # nobody knows what its rules would have said
        return Checked(Verdict.COULD_NOT_CHECK, (READING,), (finding,))
    return Checked.of(READING, (finding,))


def _failed(reason: str) -> Checked:
    return Checked(Verdict.COULD_NOT_CHECK, (), (check_failed(reason),))
