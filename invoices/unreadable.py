"""Documents that cannot be read at all, and the finding that says why."""

from typing import Self

from invoices.findings import Finding, PolicyClass, Severity


class Unreadable(Exception):
    """The bytes are not a UBL invoice or credit note that can be read; `finding` says why and what to do."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding)
        self.finding = finding

    def __str__(self) -> str:
        return self.finding.message

    @classmethod
    def because(
        cls, code: str, message: str, *, fix: str, line: int | None = None, found: str | None = None
    ) -> Self:
        """Unreadable by the rule `code`; `found` is fit to be shown."""
        return cls(
            Finding(code, Severity.FATAL, PolicyClass.STRUCTURE, message, line=line, found=found, fix=fix)
        )
