"""A drop folder as the source: files go in, invoices go out, and files say what became of them."""

from pathlib import Path

import pytest

from sandbox.demo import demo_records

DEMO = {record.source_id: record for record in demo_records()}


@pytest.fixture
def folder(tmp_path: Path, environment: dict[str, str]) -> Path:
    """The drop folder that the settings name."""
    path = tmp_path / "drop"
    path.mkdir()
    environment |= {
        "WAYBILL_SOURCE": "folder",
        "WAYBILL_FOLDER_PATH": str(path),
        "WAYBILL_FOLDER_SETTLE_SECONDS": "0",
    }
    return path


def put(path: Path, content: bytes | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content or b"")


def test_files_are_forwarded_and_moved_away(folder, run_json, taken):
    sale = DEMO["ERP-1001"]
    put(folder / "0999.000.129" / "sale" / "one.xml", sale.read_document())

    code, report = run_json()

    assert (code, report["counts"]["sent"]) == (0, 1)
    assert len(taken()) == 1
    assert [path.name for path in folder.rglob("*.xml")] == ["one.xml"]
    assert list((folder / "done").rglob("one.xml"))


def test_a_broken_file_is_refused_with_the_reason_beside_it(folder, run_json):
    put(folder / "0999000129" / "sale" / "broken.xml", b"<Invoice>")

    code, report = run_json()

    assert (code, report["counts"]["invalid"]) == (1, 1)
    (why,) = (folder / "refused").rglob("*.txt")
    assert "WB-XML" in why.read_text()


def test_a_file_without_a_folder_goes_to_the_one_company_that_it_names(folder, run_json, invoices):
    put(folder / "loose.xml", DEMO["ERP-1001"].read_document())

    code, _ = run_json()

    assert code == 0
    (row,) = invoices()
    assert (row["company_number"], row["direction"], row["state"]) == ("0999000129", "SALE", "sent")


def test_the_same_file_dropped_again_is_not_forwarded_again(folder, run_json, taken):
    for name in ("one.xml", "copy of one.xml"):
        put(folder / "0999000129" / "sale" / name, DEMO["ERP-1001"].read_document())
        run_json()

    assert len(taken()) == 1
