"""`waybill check`: files validated and explained, without a ledger."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.checking import BREAKS_SCHEMA, NOT_XML, VALID, codes, reports, verdicts

FINDING_FIELDS = ["code", "severity", "location", "line", "term", "found", "expected", "message", "fix"]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def files(settings, tmp_path):
    """A valid file, one that breaks the schema, and one that is not XML; none of them named absolutely."""
    contents = {"good.xml": VALID, "schema.xml": BREAKS_SCHEMA, "broken.xml": NOT_XML}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.usefixtures("files")
class TestExitCode:
    @pytest.mark.parametrize(
        ("names", "code"),
        [
            (["good.xml"], 0),
            (["schema.xml"], 1),
            (["broken.xml"], 1),
            (["missing.xml"], 2),
            (["good.xml", "schema.xml"], 1),
            (["missing.xml", "good.xml", "schema.xml"], 2),
        ],
    )
    def test_is_that_of_the_worst_file(self, waybill, names, code):
        assert waybill("check", *names).exit_code == code
        assert waybill("check", "--json", *names).exit_code == code
        assert waybill("check", "--junit", "-", *names).exit_code == code

    def test_is_2_where_no_file_is_named(self, waybill):
        assert waybill("check").exit_code == 2

    @pytest.mark.parametrize("language", ["de", ""])
    def test_is_2_for_another_language(self, waybill, language):
        assert waybill("check", "good.xml", "--lang", language).exit_code == 2


@pytest.mark.usefixtures("files")
class TestJson:
    def test_is_one_object_a_file_in_the_documented_shape(self, waybill):
        good, schema = reports(waybill("check", "--json", "good.xml", "schema.xml"))
        assert list(good) == list(schema) == ["file", "verdict", "rule_sets", "findings"]
        assert (good["file"], good["verdict"], good["findings"]) == ("good.xml", "valid", [])
        assert all(list(each) == ["name", "version"] for each in good["rule_sets"])
        assert {"EN 16931", "Peppol BIS Billing"} <= {each["name"] for each in good["rule_sets"]}
        assert (schema["file"], schema["verdict"]) == ("schema.xml", "invalid")
        assert schema["findings"]
        assert all(list(each) == FINDING_FIELDS for each in schema["findings"])

    def test_of_a_missing_file_says_so(self, waybill):
        (missing,) = reports(waybill("check", "--json", "missing.xml"))
        assert (missing["verdict"], missing["rule_sets"]) == ("could_not_check", [])
        (finding,) = missing["findings"]
        assert finding["code"] == "WB-FILE"
        assert "No such file or directory" in finding["message"]


class TestNames:
    def test_a_folder_stands_for_the_xml_files_in_it_and_below(self, waybill, files):
        (files / "sub" / "deep").mkdir(parents=True)
        (files / "sub" / "deep" / "UPPER.XML").write_bytes(VALID)
        (files / "sub" / "notes.txt").write_bytes(VALID)
        (files / "sub" / "folder.xml").mkdir()
        (files / "sub" / "dangling.xml").symlink_to("nowhere.xml")
        result = waybill("check", "--json", ".")
        assert list(verdicts(result)) == ["broken.xml", "good.xml", "schema.xml", "sub/deep/UPPER.XML"]
        assert result.exit_code == 1

    def test_a_pattern_in_quotes_is_expanded(self, waybill, files):
        (files / "sub").mkdir()
        (files / "sub" / "good.xml").write_bytes(VALID)
        assert list(verdicts(waybill("check", "--json", "**/goo?.xml"))) == ["good.xml", "sub/good.xml"]

    def test_a_file_whose_name_looks_like_a_pattern_is_that_file(self, waybill, files):
        (files / "inv[1].xml").write_bytes(VALID)
        assert verdicts(waybill("check", "--json", "inv[1].xml")) == {"inv[1].xml": "valid"}

    @pytest.mark.parametrize("name", ["nothing*.xml", "empty"])
    def test_what_stands_for_no_file_could_not_be_checked(self, waybill, files, name):
        (files / "empty").mkdir()
        result = waybill("check", "--json", name)
        (report,) = reports(result)
        assert (report["file"], report["verdict"], codes(report)) == (name, "could_not_check", ["WB-NOTHING"])
        assert result.exit_code == 2

    def test_a_folder_that_may_not_be_entered_could_not_be_checked(self, waybill, monkeypatch):
        def refuse(folder, onerror):
            onerror(PermissionError(13, "Permission denied", "locked"))
            return iter(())

        monkeypatch.setattr(os, "walk", refuse)
        assert verdicts(waybill("check", "--json", ".")) == {"locked": "could_not_check"}

    def test_a_document_may_be_piped_in(self, waybill):
        result = waybill("check", "-", input=VALID)
        assert (result.exit_code, result.stdout) == (0, "-: valid\n")

    def test_a_name_that_is_not_text_is_shown_all_the_same(self, waybill, files):
        (files / os.fsdecode(b"caf\xe9.xml")).write_bytes(VALID)
        assert verdicts(waybill("check", "--json", "caf*.xml")) == {
            "caf\N{REPLACEMENT CHARACTER}.xml": "valid"
        }


class TestSize:
    @pytest.mark.usefixtures("files")
    def test_of_a_file_that_is_too_large_no_more_is_read_and_it_could_not_be_checked(
        self, waybill, monkeypatch
    ):
        monkeypatch.setattr("cli.check_reading.MAX_BYTES", len(VALID) - 1)
        (report,) = reports(waybill("check", "--json", "good.xml"))
        assert (report["verdict"], codes(report)) == ("could_not_check", ["WB-SIZE"])

    def test_endless_input_is_given_up(self, waybill):
        (report,) = reports(waybill("check", "--json", "/dev/zero"))
        assert (report["verdict"], codes(report)) == ("could_not_check", ["WB-SIZE"])


class TestSettings:
    @pytest.mark.parametrize("timeout", ["soon", "0", "-1", "nan", "inf"])
    def test_that_are_not_usable_end_the_command(self, waybill, settings, timeout):
        settings.setenv("WAYBILL_CHECK_TIMEOUT_SECONDS", timeout)
        result = waybill("check", "good.xml")
        assert result.exit_code == 2
        assert "WAYBILL_CHECK_TIMEOUT_SECONDS" in result.stderr

    @pytest.mark.usefixtures("files")
    def test_without_a_folder_to_write_to_files_are_checked_all_the_same(self, waybill, settings):
        settings.setenv("WAYBILL_DATA_DIR", "/proc/no/such/folder")
        assert waybill("check", "good.xml").exit_code == 0


SCRIPT = """
import sys
from cli import main
sys.argv = ["waybill", "check", "good.xml"]
try:
    main()
finally:
    print(*sys.modules)
"""


def test_checking_a_file_imports_nothing_of_the_pipeline(waybill, files):
    assert waybill("check", "good.xml").exit_code == 0
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        env={
            **{name: value for name, value in os.environ.items() if name != "WAYBILL_DATABASE_URL"},
            "PYTHONPATH": str(ROOT),
        },
        check=True,
    )
    imported = set(done.stdout.split())
    assert done.stdout.startswith("good.xml: valid\n")
    assert not imported & {
        "prefect",
        "sqlalchemy",
        "alembic",
        "httpx",
        "elementpath",
        "tasks",
    }
