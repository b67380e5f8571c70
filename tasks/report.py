"""Report: artifacts in Prefect that show a run while it goes and what it came to."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

MOST_ROWS = 200
"""Rows of the table artifact; the command line shows all."""


class ProgressReport:
    """A progress artifact of the run."""

    def __init__(self, artifact_id: UUID) -> None:
        self._artifact_id = artifact_id

    @classmethod
    async def begin(cls) -> "ProgressReport":
        """Show a run at its start."""
        return cls(await acreate_progress_artifact(0.0, description="Invoices checked and forwarded"))

    async def update(self, percentage: float) -> None:
        """Show how far it is."""
        await aupdate_progress_artifact(self._artifact_id, progress=percentage)


async def report_result(
    counts: Mapping[str, int], rows: Sequence[Mapping[str, Any]], problems: Sequence[str]
) -> None:
    """Write down what a run came to: a summary, and a table of the invoices that need a person."""
    await acreate_markdown_artifact(summary(counts, problems), key="run-summary")
    table = [
        {name: row[name] for name in ("number", "company_number", "state", "reason", "id")} for row in rows
    ]
    await acreate_table_artifact(table, key="invoices-needing-a-person", description="They need a person.")


def summary(counts: Mapping[str, int], problems: Sequence[str]) -> str:
    """What a run came to, as markdown."""
    lines = ["| | |", "|---|---:|", *(f"| {name} | {count} |" for name, count in counts.items())]
    return "\n".join([*lines, "", *(f"- {problem}" for problem in problems)])
