"""Whatever lies in a drop folder, each file ends in its clear outcome, and the good ones are forwarded."""

import os

import pytest

from clients.drop_layout import key_of
from tests.hostile.conftest import GOOD_FILES
from tests.hostile.files import FILES, LEFT


def shown(hostile):
    return key_of(hostile.path)[-40:]


def by_key(rows):
    """What is known of each file, by its path in printable characters."""
    return {source_id.rpartition("#")[0]: row for source_id, row in rows.items()}


@pytest.fixture
def invoices(over_files):
    return by_key(over_files.ran.rows)


@pytest.fixture
def rejected(over_files):
    return by_key({each["source_id"]: each for each in over_files.ran.rejected})


@pytest.mark.parametrize("hostile", FILES, ids=shown)
def test_a_file_ends_in_its_outcome(over_files, invoices, rejected, hostile):
    key = key_of(hostile.path)
    if hostile.state == "left":
        assert key not in invoices | rejected
        assert os.path.lexists(over_files.folder / hostile.path)
    elif hostile.state == "rejected":
        finding = rejected[key]["finding"]
        assert finding["code"] == hostile.code
        assert hostile.says in f"{finding['message']} {finding['fix']}"
    else:
        row = invoices[key]
        assert row["state"] == hostile.state
        if hostile.code:
            finding = row["findings"][0]
            assert finding["code"] == hostile.code
            assert hostile.says in finding["message"]


@pytest.mark.parametrize("hostile", FILES, ids=shown)
def test_a_file_lies_where_its_outcome_belongs(over_files, hostile):
    folder, tray = over_files.folder, {"sent": "done", "left": "."}.get(hostile.state, "refused")
    there = folder / tray / hostile.path
    if len(os.fsencode(there.name)) > 200:
        [there] = there.parent.glob("xxxx*.xml")
    assert os.path.lexists(there)
    if tray == "refused":
        words = there.with_name(f"{there.name}.txt").read_text(encoding="utf-8")
        assert f"[{hostile.code}]" in words
        assert "What to do: " in words


def test_every_good_file_is_forwarded(invoices):
    assert {invoices[name]["state"] for name in GOOD_FILES} == {"sent"}


def test_nothing_is_taken_but_what_was_meant_to_be(over_files, invoices, rejected):
    assert len(invoices) + len(rejected) == len(FILES) - len(LEFT) + len(GOOD_FILES)
    assert len(over_files.uploads) == sum(row["state"] == "sent" for row in invoices.values())


def test_no_archive_is_opened_or_unpacked(over_files):
    names = {path.name for path in over_files.folder.rglob("*") if path.is_file()}
    assert "invoice.xml" not in names
