"""`waybill check --jobs`: spread over processes; what hangs or dies takes no other file with it."""

import io

import pytest
from rich.console import Console

from cli import check as command
from cli.check_running import processes
from invoices.check import Checker
from tests.cli.checking import BREAKS_SCHEMA, VALID, reports, verdicts
from tests.tasks.misbehaving import DIES, HANGS, Misbehaving


@pytest.fixture
def many(settings, tmp_path):
    """Sixty files, the odd ones invalid; and what is expected of them."""
    for number in range(60):
        (tmp_path / f"{number:02}.xml").write_bytes(BREAKS_SCHEMA if number % 2 else VALID)
    return {f"{number:02}.xml": "invalid" if number % 2 else "valid" for number in range(60)}


@pytest.mark.parametrize("jobs", [(), ("--jobs", "1"), ("--jobs", "3")], ids=" ".join)
def test_results_come_in_the_order_of_the_files(waybill, many, jobs):
    result = waybill("check", "--json", ".", "none.xml", *jobs)
    found = verdicts(result)
    assert list(found.items()) == [*many.items(), ("none.xml", "could_not_check")]
    assert result.exit_code == 2


def test_processes_say_what_this_one_says(waybill, many):
    alone = waybill("check", "--json", "00.xml", "01.xml")
    assert waybill("check", "--json", "00.xml", "01.xml", "--jobs", "2").stdout == alone.stdout


@pytest.mark.parametrize(("files", "jobs", "used"), [(1, None, 0), (50, None, 0), (1, 1, 1), (1000, 3, 3)])
def test_few_files_are_checked_here_unless_processes_are_asked_for(files, jobs, used):
    assert processes(files, jobs) == used


def test_many_files_have_a_process_per_processor(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 7)
    assert processes(51, None) == 7


@pytest.mark.parametrize("jobs", ["0", "-1", "many"])
def test_a_number_of_processes_is_one_at_least(waybill, settings, jobs):
    assert waybill("check", "x.xml", "--jobs", jobs).exit_code == 2


@pytest.mark.parametrize(
    ("culprit", "reason"),
    [(HANGS, "did not end within 3 seconds"), (DIES, "ended unexpectedly (exit code 7)")],
)
def test_the_file_that_hangs_or_kills_its_process_could_not_be_checked_and_the_others_are(
    waybill, settings, tmp_path, monkeypatch, culprit, reason
):
    monkeypatch.setattr(command, "Checker", lambda book: Misbehaving(Checker(book)))
    settings.setenv("WAYBILL_CHECK_TIMEOUT_SECONDS", "3")
    for name, content in {"a.xml": VALID, "b.xml": culprit, "c.xml": BREAKS_SCHEMA}.items():
        (tmp_path / name).write_bytes(content)
    result = waybill("check", "--json", ".", "--jobs", "1")
    assert verdicts(result) == {"a.xml": "valid", "b.xml": "could_not_check", "c.xml": "invalid"}
    (finding,) = reports(result)[1]["findings"]
    assert reason in finding["message"]
    assert result.exit_code == 2


def test_a_check_that_hangs_in_this_process_is_given_up_too(waybill, settings, tmp_path, monkeypatch):
    right = Checker.check

    def hangs(checker, content):
        while content == HANGS:
            pass
        return right(checker, content)

    monkeypatch.setattr(Checker, "check", hangs)
    settings.setenv("WAYBILL_CHECK_TIMEOUT_SECONDS", "0.5")
    for name, content in {"a.xml": VALID, "b.xml": HANGS, "c.xml": BREAKS_SCHEMA}.items():
        (tmp_path / name).write_bytes(content)
    result = waybill("check", "--json", ".")
    assert verdicts(result) == {"a.xml": "valid", "b.xml": "could_not_check", "c.xml": "invalid"}
    assert "0.5 seconds" in reports(result)[1]["findings"][0]["message"]


@pytest.mark.parametrize("jobs", [(), ("--jobs", "2")], ids=["here", "there"])
def test_a_file_that_cannot_even_be_read_for_an_unknown_reason_stops_no_other(
    waybill, many, monkeypatch, jobs
):
    def breaks(_):
        raise MemoryError

    monkeypatch.setattr("cli.check_files._read_file", breaks)
    result = waybill("check", "--json", ".", *jobs)
    assert set(verdicts(result).values()) == {"could_not_check"}
    assert len(verdicts(result)) == 60


class TestProgress:
    def test_is_shown_on_a_terminal_and_not_in_the_report(self, waybill, many, monkeypatch):
        terminal = io.StringIO()
        monkeypatch.setattr(command, "STDERR", Console(file=terminal, force_terminal=True))
        assert verdicts(waybill("check", "--json", ".")) == many
        assert "60/60" in terminal.getvalue()

    @pytest.mark.usefixtures("many")
    def test_is_not_shown_elsewhere(self, waybill):
        assert waybill("check", "--json", ".").stderr == ""

    @pytest.mark.usefixtures("many")
    def test_goes_below_the_report_where_both_are_on_one_terminal(self, waybill, monkeypatch):
        screen = Console(file=io.StringIO(), force_terminal=True, width=80)
        monkeypatch.setattr(command, "STDERR", screen)
        monkeypatch.setattr(command, "STDOUT", screen)
        assert waybill("check", ".").exit_code == 1
        assert "60/60" in screen.file.getvalue()
