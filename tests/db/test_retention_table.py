"""docs/retention.md says of every table for how long its rows are kept."""

import re
from pathlib import Path

import pytest

from db.models import METADATA
from db.retention import PRUNED

TABLE = (Path(__file__).parents[2] / "docs" / "retention.md").read_text().partition("## Everything else")[2]
NAMED = {
    name
    for line in TABLE.splitlines()
    if line.startswith("| `")
    for name in re.findall(r"`(\w+)`", line.split(" | ")[0])
}


@pytest.mark.parametrize("table", sorted(METADATA.tables))
def test_every_table_is_named(table):
    assert table in NAMED


def test_no_other_is_named():
    assert set(METADATA.tables) >= NAMED


@pytest.mark.parametrize("table", PRUNED)
def test_what_is_pruned_has_a_term(table):
    (line,) = [
        line for line in TABLE.splitlines() if line.startswith("| `") and f"`{table}`" in line.split(" | ")[0]
    ]
    assert re.search(r"\b(90 days|400 days|11 years|a day)\b", line)
