"""Artifacts in Prefect of what a reconciliation found."""

from collections.abc import Mapping
from typing import Any

from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact

from db.reconciliations import Reconciliation
from tasks.report import without_markup


async def show(report: Reconciliation, problems: tuple[str, ...]) -> None:
    """Write down what a reconciliation came to: a summary, and a table of what was found."""
    await acreate_markdown_artifact(summary(report, problems), key="reconciliation")
    await acreate_table_artifact(
        [_row(each) for each in report.findings],
        key="reconciliation-findings",
        description="What Clearfacts shows otherwise, or what could not be checked.",
    )


def summary(report: Reconciliation, problems: tuple[str, ...]) -> str:
    """What a reconciliation came to, as markdown."""
    counts = {
        "receipts": report.receipts,
        "confirmed": report.confirmed,
        "different": report.different,
        "not checked": report.not_checked,
        "unverified": report.unverified,
        **{f"months: {name}": count for name, count in (report.statistics or {}).items()},
    }
    rows = [f"| {name} | {count} |" for name, count in counts.items()]
    said = [*problems, *report.notes]
    if report.findings_left_out:
        said.append(f"{report.findings_left_out} more findings are not listed.")
    return "\n".join(["| | |", "|---|---:|", *rows, "", *(f"- {without_markup(each)}" for each in said)])


def _row(found: Mapping[str, Any]) -> dict[str, Any]:
    """In Prefect's pages every text of a table is markdown."""
    told = {name: without_markup(found[name]) for name in ("message", "fix")}
    return {
        "code": found["code"],
        **told,
        "company_number": found["company_number"],
        "id": found["invoice_id"],
    }
