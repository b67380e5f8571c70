"""The drop folder as a source: what is taken, what is left, and where files go."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients import drop_files
from clients.errors import SourceRefused
from clients.folder import DropFolder
from clients.limits import PageLimits
from invoices.findings import Finding, PolicyClass, Severity
from invoices.source import Acknowledgement, Direction

COMPANY = "0123456749"
FINDING = Finding(
    "BR-CO-15", Severity.FATAL, PolicyClass.MONEY, "It does not add up.", "/Invoice", fix="Credit it."
)


@pytest.fixture
def drop(tmp_path):
    def put(relative, content=b"<Invoice/>"):
        path = tmp_path / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return put


@pytest.fixture
def folder(tmp_path):
    return DropFolder(tmp_path, settle_seconds=0)


def names(page):
    return [record.source_id.rpartition("#")[0] for record in page.records]


def codes(page):
    return [rejected.finding.code for rejected in page.rejected]


def tree(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


def read_all(folder):
    pages = [folder.page(None)]
    while pages[-1].has_more:
        pages.append(folder.page(None))
    return pages


def acknowledge(folder, record, status="failed"):
    folder.acknowledge(Acknowledgement(record.source_id, 1, status, None, (FINDING,)))


class TestTaking:
    def test_files_are_taken_with_what_their_folders_say(self, folder, drop):
        drop(f"{COMPANY}/purchase/a.xml", b"<a/>")
        drop("BE 0123.456.749/Verkoop/b.XML", b"<b/>")
        drop("c.xml", b"<c/>")
        first, second, third = folder.page(None).records
        assert (first.company_number, first.direction, first.document) == (
            COMPANY,
            Direction.PURCHASE,
            b"<a/>",
        )
        assert (second.company_number, second.direction, second.document) == (
            COMPANY,
            Direction.SALE,
            b"<b/>",
        )
        assert (third.company_number, third.direction, third.number, third.version) == (None, None, None, 1)

    def test_an_empty_file_is_a_document(self, folder, drop):
        drop("a.xml", b"")
        assert folder.page(None).records[0].document == b""

    def test_when_a_file_was_changed_is_told(self, folder, drop):
        os.utime(drop("a.xml"), (1_700_000_000, 1_700_000_000))
        assert folder.page(None).records[0].updated_at == datetime.fromtimestamp(1_700_000_000, UTC)

    def test_a_moment_that_no_calendar_has_is_none(self):
        assert drop_files.Stamp(0, 0, 0, modified=10**30, changed=0).modified_at is None

    def test_other_files_hidden_ones_links_and_pipes_are_left_alone(self, folder, drop, tmp_path):
        target = drop("a.txt")
        drop(".hidden.xml")
        drop(".hidden/b.xml")
        (tmp_path / "link.xml").symlink_to(target)
        (tmp_path / "linked").symlink_to(tmp_path / ".hidden")
        os.mkfifo(tmp_path / "pipe.xml")
        (tmp_path / "folder.xml").mkdir()
        page = folder.page(None)
        folder.stored(page)
        assert (page.records, page.rejected, page.has_more) == ((), (), False)
        assert len(tree(tmp_path)) == 5

    def test_a_pipe_or_a_link_that_took_the_place_of_a_file_is_not_read(self, drop, tmp_path):
        os.mkfifo(tmp_path / "pipe.xml")
        (tmp_path / "link.xml").symlink_to(drop("a.xml"))
        assert drop_files.content_of(tmp_path / "pipe.xml", 100) is None
        with pytest.raises(OSError, match=r"link\.xml"):
            drop_files.content_of(tmp_path / "link.xml", 100)

    def test_what_lies_in_done_and_refused_is_not_taken(self, folder, drop):
        drop("done/a.xml")
        drop("refused/b.xml")
        assert folder.page(None).records == ()

    def test_a_file_that_changed_a_moment_ago_is_left_until_it_has_settled(self, tmp_path, drop):
        drop("a.xml")
        folder = DropFolder(tmp_path, settle_seconds=0.2)
        assert folder.page(None).records == ()
        time.sleep(0.25)
        assert names(folder.page(None)) == ["a.xml"]

    def test_a_file_that_pretends_to_be_old_is_left_until_it_has_settled(self, tmp_path, drop):
        os.utime(drop("a.xml"), (1, 1))
        assert DropFolder(tmp_path, settle_seconds=3600).page(None).records == ()

    def test_a_file_that_claims_to_be_from_the_future_is_taken(self, tmp_path, drop):
        far = time.time() + 10**6
        os.utime(drop("a.xml"), (far, far))
        time.sleep(0.1)
        assert names(DropFolder(tmp_path, settle_seconds=0.05).page(None)) == ["a.xml"]

    def test_a_file_is_offered_once(self, folder, drop):
        drop("a.xml")
        assert names(folder.page(None)) == ["a.xml"]
        assert folder.page(None).records == ()

    def test_another_instance_offers_it_again(self, tmp_path, folder, drop):
        drop("a.xml")
        assert folder.page(None).records == DropFolder(tmp_path, settle_seconds=0).page(None).records

    def test_a_new_file_under_an_old_name_is_a_new_record(self, folder, drop):
        drop("a.xml", b"<one/>")
        first = folder.page(None)
        drop("a.xml", b"<two and more/>")
        second = folder.page(None)
        assert names(first) == names(second)
        assert first.records[0].source_id != second.records[0].source_id

    def test_a_folder_that_is_not_there_is_refused_with_what_to_do(self, tmp_path):
        with pytest.raises(SourceRefused, match=r"cannot be read.*Create it"):
            DropFolder(tmp_path / "none").page(None)

    def test_a_folder_that_is_a_file_is_refused(self, drop):
        with pytest.raises(SourceRefused):
            DropFolder(drop("a.xml")).page(None)

    def test_an_empty_folder_is_an_empty_page(self, folder):
        page = folder.page(None)
        assert (page.records, page.rejected, page.next_cursor, page.has_more) == ((), (), None, False)
        folder.close()


class TestPages:
    def test_pages_are_bounded_by_count(self, tmp_path, drop):
        for n in range(7):
            drop(f"{n}.xml")
        pages = read_all(DropFolder(tmp_path, settle_seconds=0, limits=PageLimits(records=3)))
        assert [names(page) for page in pages] == [
            ["0.xml", "1.xml", "2.xml"],
            ["3.xml", "4.xml", "5.xml"],
            ["6.xml"],
        ]

    def test_pages_are_bounded_by_bytes_but_hold_at_least_one(self, tmp_path, drop):
        for n, size in enumerate([60, 60, 200, 10, 10]):
            drop(f"{n}.xml", bytes(size))
        limits = PageLimits(page_bytes=100, document_bytes=300)
        pages = read_all(DropFolder(tmp_path, settle_seconds=0, limits=limits))
        assert [len(page.records) for page in pages] == [1, 1, 1, 2]

    def test_a_file_that_vanishes_or_changes_between_pages_is_passed_over(self, tmp_path, drop):
        paths = [drop(f"{n}.xml") for n in range(3)]
        folder = DropFolder(tmp_path, settle_seconds=0, limits=PageLimits(records=1))
        folder.page(None)
        paths[1].unlink()
        assert names(folder.page(None)) == ["2.xml"]

    def test_a_file_that_grows_while_it_is_read_is_not_taken(self, folder, drop, monkeypatch):
        path = drop("a.xml", b"<a/>")
        opened = os.open

        def grow_once_open(name, *arguments, **options):
            descriptor = opened(name, *arguments, **options)
            with Path(path).open("ab") as file:
                file.write(b"more")
            return descriptor

        monkeypatch.setattr(drop_files.os, "open", grow_once_open)
        assert folder.page(None).records == ()
        monkeypatch.undo()
        assert folder.page(None).records[0].document == b"<a/>more"


class TestRefusing:
    def test_a_misplaced_file_is_rejected_and_moved_with_its_reason(self, folder, drop, tmp_path):
        drop("Peeters/sale/a.xml", b"<a/>")
        drop(f"{COMPANY}/b.xml", b"<b/>")
        drop("good.xml")
        page = folder.page(None)
        assert codes(page) == ["WB-FOLDER-LAYOUT", "WB-FOLDER-COMPANY"]
        assert [rejected.raw for rejected in page.rejected] == [b"<b/>", b"<a/>"]
        folder.stored(page)
        assert tree(tmp_path) == [
            "done/good.xml",
            f"refused/{COMPANY}/b.xml",
            f"refused/{COMPANY}/b.xml.txt",
            "refused/Peeters/sale/a.xml",
            "refused/Peeters/sale/a.xml.txt",
        ]
        words = (tmp_path / "refused/Peeters/sale/a.xml.txt").read_text()
        assert "Peeters" in words
        assert "What to do: Rename the folder" in words
        assert "[WB-FOLDER-COMPANY]" in words

    def test_a_file_over_the_cap_is_rejected_without_being_read(self, tmp_path, drop):
        with drop("a.xml").open("wb") as huge:
            huge.truncate(2**40)
        folder = DropFolder(tmp_path, settle_seconds=0)
        page = folder.page(None)
        assert (codes(page), page.rejected[0].raw) == (["WB-RECORD-SIZE"], b"")
        folder.stored(page)
        assert tree(tmp_path) == ["refused/a.xml", "refused/a.xml.txt"]

    def test_a_file_that_cannot_be_read_stays_and_may_be_read_later(
        self, folder, drop, tmp_path, monkeypatch
    ):
        drop("a.xml")

        def no_permission(*_, **__):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(drop_files.os, "open", no_permission)
        page = folder.page(None)
        folder.stored(page)
        assert [(each.finding.code, each.retryable) for each in page.rejected] == [
            ("WB-RECORD-DOCUMENT", True)
        ]
        assert tree(tmp_path) == ["a.xml"]

    def test_a_directory_that_cannot_be_read_does_not_stop_the_others(
        self, folder, drop, monkeypatch, caplog
    ):
        drop("locked/sale/a.xml")
        drop("b.xml")
        scan = os.scandir

        def locked(path):
            if "locked" in str(path):
                raise PermissionError(13, "Permission denied")
            return scan(path)

        monkeypatch.setattr(drop_files.os, "scandir", locked)
        assert names(folder.page(None)) == ["b.xml"]
        assert "Permission denied" in caplog.text


class TestMoving:
    def test_stored_files_go_to_done_under_their_path(self, folder, drop, tmp_path):
        drop(f"{COMPANY}/sale/a.xml")
        folder.stored(folder.page(None))
        assert tree(tmp_path) == [f"done/{COMPANY}/sale/a.xml"]

    def test_files_stay_until_their_page_is_stored(self, folder, drop, tmp_path):
        drop("a.xml")
        folder.page(None)
        assert tree(tmp_path) == ["a.xml"]

    def test_nothing_in_done_is_overwritten(self, folder, drop, tmp_path):
        for content in (b"<one/>", b"<two/>", b"<three/>", b"<one/>"):
            drop("a.xml", content)
            folder.stored(folder.page(None))
        kept = {path.read_bytes() for path in (tmp_path / "done").iterdir()}
        assert kept == {b"<one/>", b"<two/>", b"<three/>"}
        assert (tmp_path / "done/a.xml").read_bytes() == b"<one/>"

    def test_a_file_that_took_the_place_of_a_stored_one_stays_and_is_offered(self, folder, drop, tmp_path):
        drop("a.xml", b"<one/>")
        page = folder.page(None)
        drop("a.xml", b"<another/>")
        folder.stored(page)
        assert tree(tmp_path) == ["a.xml"]
        assert folder.page(None).records[0].document == b"<another/>"

    def test_a_page_stored_twice_or_of_another_instance_moves_nothing_more(self, folder, drop, tmp_path):
        drop("a.xml")
        page = folder.page(None)
        DropFolder(tmp_path).stored(page)
        assert tree(tmp_path) == ["a.xml"]
        folder.stored(page)
        folder.stored(page)
        assert tree(tmp_path) == ["done/a.xml"]

    @pytest.mark.parametrize("tray", ["done", "refused"])
    def test_a_file_that_cannot_be_moved_stays_and_a_warning_says_so(
        self, folder, drop, tmp_path, caplog, tray
    ):
        drop(tray)
        drop("a.xml" if tray == "done" else "x/a.xml")
        folder.stored(folder.page(None))
        assert len(tree(tmp_path)) == 2
        assert "a.xml stays where it is" in caplog.text
        assert folder.page(None).records == ()

    def test_a_move_that_fails_half_way_leaves_no_empty_file(self, folder, drop, tmp_path, monkeypatch):
        drop("a.xml")
        page = folder.page(None)

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
        folder.stored(page)
        assert tree(tmp_path) == ["a.xml"]

    def test_a_second_move_that_fails_half_way_leaves_the_first_file_alone(
        self, folder, drop, tmp_path, monkeypatch
    ):
        drop("done/a.xml", b"<first/>")
        drop("a.xml")
        page = folder.page(None)

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
        folder.stored(page)
        assert tree(tmp_path) == ["a.xml", "done/a.xml"]
        assert (tmp_path / "done/a.xml").read_bytes() == b"<first/>"

    def test_reasons_are_not_written_through_a_link(self, folder, drop, tmp_path):
        secret = drop("secret")
        (tmp_path / "refused").mkdir()
        drop("x/a.xml")
        (tmp_path / "refused/x").mkdir()
        (tmp_path / "refused/x/a.xml.txt").symlink_to(secret)
        folder.stored(folder.page(None))
        assert secret.read_bytes() == b"<Invoice/>"


class TestAcknowledging:
    def test_a_failed_file_goes_from_done_to_refused_with_its_findings(self, folder, drop, tmp_path):
        drop(f"{COMPANY}/sale/a.xml")
        page = folder.page(None)
        folder.stored(page)
        acknowledge(DropFolder(tmp_path), page.records[0])
        assert tree(tmp_path) == [f"refused/{COMPANY}/sale/a.xml", f"refused/{COMPANY}/sale/a.xml.txt"]
        assert (tmp_path / f"refused/{COMPANY}/sale/a.xml.txt").read_text() == (
            "It does not add up. [BR-CO-15]\nWhere: /Invoice\nWhat to do: Credit it.\n"
        )

    @pytest.mark.parametrize(
        "status", ["sent", "duplicate", "held", "outcome_unknown", "superseded", "out_of_scope"]
    )
    def test_other_statuses_move_nothing(self, folder, drop, tmp_path, status):
        drop("a.xml")
        page = folder.page(None)
        folder.stored(page)
        acknowledge(folder, page.records[0], status)
        assert tree(tmp_path) == ["done/a.xml"]

    def test_of_two_files_of_one_name_the_right_one_is_moved(self, folder, drop, tmp_path):
        pages = []
        for content in (b"<one/>", b"<two/>"):
            drop("a.xml", content)
            pages.append(folder.page(None))
            folder.stored(pages[-1])
        acknowledge(folder, pages[1].records[0])
        assert (tmp_path / "done/a.xml").read_bytes() == b"<one/>"
        [refused] = (tmp_path / "refused").glob("*.xml")
        assert refused.read_bytes() == b"<two/>"

    def test_a_file_that_is_not_in_done_is_nothing_to_move(self, folder, drop, tmp_path):
        drop("a.xml")
        acknowledge(folder, folder.page(None).records[0])
        assert tree(tmp_path) == ["a.xml"]

    @pytest.mark.parametrize(
        "source_id", ["", "a.xml", "../../etc/passwd#0123456789ab", "x" * 115 + "#0123456789ab"]
    )
    def test_an_id_of_no_file_moves_nothing(self, folder, tmp_path, source_id):
        folder.acknowledge(Acknowledgement(source_id, 1, "failed"))
        assert tree(tmp_path) == []

    @pytest.mark.parametrize("name", ["long" * 40 + ".xml", "long" * 62 + ".xml"])
    def test_a_file_with_a_very_long_name_is_found_again(self, folder, drop, tmp_path, name):
        drop(f"{COMPANY}/sale/{name}")
        page = folder.page(None)
        folder.stored(page)
        acknowledge(DropFolder(tmp_path), page.records[0])
        [file, reason] = tree(tmp_path)
        assert file.startswith(f"refused/{COMPANY}/sale/long")
        assert reason == f"{file}.txt"


class TestOneRecord:
    def test_a_file_that_is_still_there_is_found_by_its_id(self, folder, drop):
        drop(f"{COMPANY}/sale/a.xml")
        drop(f"{COMPANY}/sale/{'long' * 40}.xml")
        for record in folder.page(None).records:
            assert folder.record(record.source_id) == record

    def test_a_misplaced_file_is_found_as_rejected(self, folder, drop):
        drop("x/a.xml")
        [rejected] = folder.page(None).rejected
        assert folder.record(rejected.source_id) == rejected

    def test_a_file_that_was_moved_changed_or_removed_is_none(self, folder, drop):
        paths = [drop("a.xml"), drop("b.xml"), drop("c.xml")]
        page = folder.page(None)
        paths[0].unlink()
        paths[1].write_bytes(b"<other/>")
        paths[2].rename(paths[2].with_suffix(".txt"))
        assert [folder.record(record.source_id) for record in page.records] == [None] * 3

    def test_no_id_leads_out_of_the_folder(self, tmp_path, drop):
        drop("outside.xml")
        inside = tmp_path / "in"
        inside.mkdir()
        (inside / "linked").symlink_to(tmp_path)
        [record] = DropFolder(tmp_path, settle_seconds=0).page(None).records
        digest = record.source_id.rpartition("#")[2]
        for key in ("../outside.xml", "%2E%2E/outside.xml", "linked/outside.xml", f"{tmp_path}/outside.xml"):
            assert DropFolder(inside).record(f"{key}#{digest}") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=240), max_size=4, unique=True))
def test_whatever_files_are_called_each_is_offered_once_and_ends_in_done(tmp_path_factory, raw_names):
    root = tmp_path_factory.mktemp("drop")
    clean = {os.fsdecode(raw.translate(None, b"/\0").lstrip(b".")) + ".xml" for raw in raw_names}
    for name in clean - {".xml"}:
        (root / name).write_bytes(os.fsencode(name))
    folder = DropFolder(root, settle_seconds=0)
    page = folder.page(None)
    assert {os.fsdecode(record.document) for record in page.records} == clean - {".xml"}
    assert len({record.source_id for record in page.records}) == len(page.records)
    folder.stored(page)
    assert folder.page(None).records == ()
    for record in page.records:
        acknowledge(folder, record)
    assert len(tree(root)) == 2 * len(page.records)
    assert all(path.startswith("refused/") for path in tree(root))
