"""`waybill check`: files validated and explained, without a ledger."""

import json

import pytest

from sandbox.demo import demo_records

DEMO = {record.source_id: record.read_document() for record in demo_records() if record.version == 1}
FINDING_FIELDS = ["code", "severity", "location", "line", "term", "found", "expected", "message", "fix"]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A valid file, one that breaks the schema, and one that is not XML; none of them named absolutely."""
    monkeypatch.chdir(tmp_path)
    contents = {"good.xml": DEMO["ERP-1001"], "schema.xml": DEMO["ERP-1042"], "broken.xml": DEMO["ERP-1041"]}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.fixture(autouse=True)
def _no_database(settings):
    settings.setenv("WAYBILL_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nowhere")


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

    def test_is_2_where_no_file_is_named(self, waybill):
        assert waybill("check").exit_code == 2


@pytest.mark.usefixtures("files")
class TestJson:
    def test_is_one_object_a_file_in_the_documented_shape(self, waybill):
        result = waybill("check", "--json", "good.xml", "schema.xml")
        good, schema = map(json.loads, result.stdout.splitlines())
        assert list(good) == list(schema) == ["file", "verdict", "rule_sets", "findings"]
        assert (good["file"], good["verdict"], good["findings"]) == ("good.xml", "valid", [])
        assert all(list(each) == ["name", "version"] for each in good["rule_sets"])
        assert good["rule_sets"]
        assert (schema["file"], schema["verdict"]) == ("schema.xml", "invalid")
        assert schema["findings"]
        assert all(list(each) == FINDING_FIELDS for each in schema["findings"])

    def test_of_a_missing_file_says_so(self, waybill):
        (missing,) = map(json.loads, waybill("check", "--json", "missing.xml").stdout.splitlines())
        assert (missing["verdict"], missing["rule_sets"]) == ("could_not_check", [])
        (finding,) = missing["findings"]
        assert finding["code"] == "WB-FILE"
        assert finding["message"] == "The file could not be read: No such file or directory."


@pytest.mark.usefixtures("files")
class TestPeople:
    def test_read_the_verdict_of_each_file(self, waybill):
        lines = waybill("check", "good.xml", "missing.xml").stdout.splitlines()
        assert lines[0] == "good.xml: valid"
        assert lines[1] == "missing.xml: could not check"

    def test_read_what_is_wrong_where_and_what_to_do(self, waybill):
        shown = waybill("check", "schema.xml").stdout
        (report,) = map(json.loads, waybill("check", "--json", "schema.xml").stdout.splitlines())
        finding = report["findings"][0]
        assert shown.startswith("schema.xml: invalid\n")
        for part in (
            finding["message"],
            f"(line {finding['line']})",
            f"[{finding['code']}]",
            finding["location"],
        ):
            assert part in shown
        assert finding["fix"] in shown

    def test_may_pipe_a_document_in(self, waybill):
        result = waybill("check", "-", input=DEMO["ERP-1001"])
        assert (result.exit_code, result.stdout) == (0, "-: valid\n")

    def test_are_told_that_a_folder_is_no_file(self, waybill, files):
        (files / "folder").mkdir()
        result = waybill("check", "folder")
        assert result.exit_code == 2
        assert "Is a directory" in result.stdout
