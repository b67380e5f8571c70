"""Report: artifacts in Prefect that show a run while it goes and what it came to."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

from invoices.legible import legible

MOST_ROWS = 200
"""Rows of the table artifact; the command line shows all."""
_LONGEST_TEXT = 1000
_MARKUP = re.compile(r"[\\`*_\[\]<>&|~!#@]|:(?=//)|(?<=www)\.", re.IGNORECASE)


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
    table = [_shown(row) for row in rows]
    await acreate_table_artifact(table, key="invoices-needing-a-person", description="They need a person.")


def summary(counts: Mapping[str, int], problems: Sequence[str]) -> str:
    """What a run came to, as markdown."""
    lines = ["| | |", "|---|---:|", *(f"| {name} | {count} |" for name, count in counts.items())]
    return "\n".join([*lines, "", *(f"- {without_markup(problem)}" for problem in problems)])


def without_markup(text: str) -> str:
    """Text from outside as markdown that shows it as it is, on one line: no links, images or HTML of its own."""
    return _MARKUP.sub(r"\\\g<0>", legible(text, _LONGEST_TEXT))


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table, in which Prefect's pages take every text for markdown."""
    said = {name: row[name] and without_markup(row[name]) for name in ("number", "reason")}
    return {name: said.get(name, row[name]) for name in ("number", "company_number", "state", "reason", "id")}
