"""Compiled rules are kept, and never trusted: whatever is wrong with a file of them, they are compiled anew."""

import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artefacts import kept
from artefacts.kept import KeptRules
from invoices.findings import RuleSetVersion, Severity
from invoices.rules.schematron.reading import NotSchematron
from sandbox.load import load_records

HOUSE = RuleSetVersion("house", "1")


@pytest.fixture
def content(schema):
    return schema({"H-1": "cbc:ID", "H-2": "count(cac:InvoiceLine) &gt; 0", "H-3": "no-such-function(.)"})


@pytest.fixture
def never_compile(monkeypatch):
    def refuse(*_):
        raise AssertionError("these rules should not have been compiled")

    monkeypatch.setattr(kept, "compiled", refuse)


def only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_rules_are_compiled_once_and_then_read(tmp_path, content, request):
    first = KeptRules(tmp_path).compiled(content, HOUSE)
    request.getfixturevalue("never_compile")
    again = KeptRules(tmp_path).compiled(content, HOUSE)
    assert again == first
    assert [(check.code, check.severity) for check in again.checks] == [
        ("H-1", Severity.FATAL),
        ("H-2", Severity.FATAL),
        ("H-3", Severity.FATAL),
    ]
    assert [code for code, _ in again.uncompilable] == ["H-3"]


def test_the_version_is_that_which_is_asked_for(tmp_path, content):
    KeptRules(tmp_path).compiled(content, HOUSE)
    later = RuleSetVersion("house", "2")
    assert KeptRules(tmp_path).compiled(content, later).version == later


def test_other_content_and_another_compiler_have_files_of_their_own(tmp_path, content, monkeypatch):
    KeptRules(tmp_path).compiled(content, HOUSE)
    KeptRules(tmp_path).compiled(content + b"\n", HOUSE)
    monkeypatch.setattr(kept, "VERSION", "another")
    KeptRules(tmp_path).compiled(content, HOUSE)
    assert len(list(tmp_path.iterdir())) == 3


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_compiled_anew(tmp_path_factory, content, data):
    folder = tmp_path_factory.mktemp("kept")
    right = KeptRules(folder).compiled(content, HOUSE)
    file = only_file(folder)
    whole = file.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    damaged = data.draw(
        st.sampled_from(
            [whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], b"", whole + b"x"]
        )
    )
    file.write_bytes(damaged)
    assert KeptRules(folder).compiled(content, HOUSE) == right
    assert file.read_bytes() == whole


def test_a_file_of_other_rules_is_not_taken_for_these(tmp_path, content, schema):
    right = KeptRules(tmp_path).compiled(content, HOUSE)
    file = only_file(tmp_path)
    KeptRules(tmp_path).compiled(schema({"OTHER": "true()"}), HOUSE)
    (other,) = set(tmp_path.iterdir()) - {file}
    other.replace(file)
    assert KeptRules(tmp_path).compiled(content, HOUSE) == right


@pytest.mark.parametrize("in_the_way", ["a file", "a folder for the rules"])
def test_where_nothing_can_be_kept_the_rules_are_compiled_and_a_warning_says_so(
    tmp_path, content, caplog, in_the_way
):
    (tmp_path / "folder").write_text("not a folder")
    with caplog.at_level(logging.WARNING):
        rules = KeptRules(tmp_path / "folder" / in_the_way).compiled(content, HOUSE)
    assert [check.code for check in rules.checks] == ["H-1", "H-2", "H-3"]
    assert "cannot be kept" in caplog.text


def test_a_file_that_cannot_be_put_in_its_place_leaves_nothing_behind(tmp_path, content, monkeypatch):
    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fails)
    assert KeptRules(tmp_path).compiled(content, HOUSE).checks
    assert list(tmp_path.iterdir()) == []


def test_several_at_once_have_the_same_rules_and_keep_one_file(tmp_path, content):
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda _: KeptRules(tmp_path).compiled(content, HOUSE), range(8)))
    assert all(each == results[0] for each in results)
    assert only_file(tmp_path)


def test_several_processes_at_once_are_fine_too(tmp_path):
    script = "import sys; from pathlib import Path; from artefacts.shelf import Shelf; Shelf(Path(sys.argv[1])).book()"
    command = [sys.executable, "-c", script, str(tmp_path)]
    started = [subprocess.Popen(command) for _ in range(2)]
    assert [each.wait(60) for each in started] == [0, 0]
    assert only_file(tmp_path / "rules" / "compiled")


def test_what_is_no_artefact_is_refused_and_not_kept(tmp_path):
    with pytest.raises(NotSchematron):
        KeptRules(tmp_path / "kept").compiled(b"<Invoice/>", HOUSE)
    assert not (tmp_path / "kept").exists()


SCRIPT = """
import sys
from pathlib import Path
from artefacts.shelf import Shelf
from invoices.check import Checker
Checker(Shelf(Path(sys.argv[1])).book()).check(Path(sys.argv[2]).read_bytes())
print("elementpath" in sys.modules)
"""


def test_the_xpath_parser_is_imported_only_to_compile(tmp_path):
    (tmp_path / "invoice.xml").write_bytes(next(iter(load_records(1))).read_document())
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "data"), str(tmp_path / "invoice.xml")]
    told = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() for _ in range(2)
    ]
    assert told == ["True", "False"]
