"""Monthly counts: how many documents were forwarded against how many Clearfacts has, a hint and no proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from clients.clearfacts_facts import Statistics
from invoices.company import format_enterprise_number
from invoices.findings import Finding, PolicyClass, Severity
from tasks.receipts import as_found

Counts = Mapping[tuple[str, date], int]


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing came to: how many months of companies, and those of which Clearfacts has fewer.

    `missing` are those that Clearfacts has no count of, `malformed` its rows that cannot be read.
    """

    months: int
    missing: int
    malformed: int
    findings: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, int]:
        """The figures alone."""
        return {
            "compared": self.months,
            "fewer": len(self.findings),
            "missing": self.missing,
            "malformed": self.malformed,
        }


def compare_counts(ours: Counts, theirs: Statistics) -> Compared:
    """Ours against theirs, by company and month; theirs count every channel, so more is as it should be."""
    counted = {(each.company_number, each.month): each.documents for each in theirs.counts}
    known = {key: count for key, count in ours.items() if key in counted}
    fewer = tuple(
        _fewer(*key, ours=count, theirs=counted[key])
        for key, count in sorted(known.items())
        if count > counted[key]
    )
    return Compared(len(known), len(ours) - len(known), theirs.malformed, fewer)


def _fewer(company_number: str, month: date, *, ours: int, theirs: int) -> dict[str, Any]:
    finding = Finding(
        "WB-STATISTICS-FEWER",
        Severity.WARNING,
        PolicyClass.WARNING,
        f"{format_enterprise_number(company_number)}, {month:%m/%Y}: Clearfacts counts {theirs} documents by every"
        f" channel, fewer than the {ours} that were forwarded.",
        found=str(theirs),
        expected=str(ours),
        fix="It may not have processed all of them yet. If it stays, ask the accountant which are missing.",
    )
    return as_found(finding, company_number=company_number, month=f"{month:%Y-%m}")
