"""Rules: what a valid invoice is; each rule set is a module of its own."""

from typing import Protocol

from invoices.document import Document
from invoices.findings import Checked, RuleSetVersion


class RuleSet(Protocol):
    """A set of rules that documents are checked against."""

    @property
    def version(self) -> RuleSetVersion:
        """Its name, and a version that changes whenever its verdicts may."""

    def check(self, document: Document) -> Checked:
        """The verdict on a document, with what was found; safe to call from several threads."""
