"""`waybill check --junit`: a report for build servers."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import etree

from cli.check_running import Result
from cli.junit import JUnit
from invoices.explain import Language
from invoices.findings import Checked, Finding, PolicyClass, Severity, Verdict
from tests.cli.checking import BREAKS_SCHEMA, VALID, verdicts, with_lines


@pytest.fixture
def files(settings, tmp_path):
    warned = VALID.replace(b"billing:3.0</cbc:CustomizationID>", b"other:1.0</cbc:CustomizationID>")
    contents = {"good.xml": VALID, "bad.xml": BREAKS_SCHEMA, "warned.xml": warned, "lines.xml": with_lines(3)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.usefixtures("files")
class TestReport:
    def test_has_a_case_per_file_failed_or_in_error(self, waybill, tmp_path):
        result = waybill("check", "good.xml", "bad.xml", "none.xml", "--junit", "out.xml")
        assert result.stdout.startswith("good.xml: valid\n")
        root = etree.parse(tmp_path / "out.xml").getroot()
        assert root.tag == "testsuites"
        (suite,) = root
        for each in (root, suite):
            assert [each.get(count) for count in ("tests", "failures", "errors")] == ["3", "1", "1"]
        assert {case.get("name"): [child.tag for child in case] for case in suite} == {
            "good.xml": [],
            "bad.xml": ["failure"],
            "none.xml": ["error"],
        }
        assert "[UBL-XSD]" in suite.findtext("testcase/failure")

    def test_alone_may_be_printed(self, waybill):
        result = waybill("check", "good.xml", "bad.xml", "--junit", "-")
        assert len(etree.fromstring(result.stdout.encode()).findall("testsuite/testcase")) == 2
        assert result.exit_code == 1

    def test_may_go_with_json(self, waybill, tmp_path):
        result = waybill("check", "good.xml", "--json", "--junit", "out.xml")
        assert verdicts(result) == {"good.xml": "valid"}
        assert etree.parse(tmp_path / "out.xml").getroot().get("tests") == "1"

    def test_and_json_are_not_both_printed(self, waybill):
        result = waybill("check", "good.xml", "--json", "--junit", "-")
        assert (result.exit_code, result.stdout) == (2, "")

    def test_has_every_finding_of_a_file(self, waybill, tmp_path):
        waybill("check", "lines.xml", "--junit", "out.xml", "--lang", "nl")
        text = etree.parse(tmp_path / "out.xml").getroot().findtext("testsuite/testcase/failure")
        assert "[BR-CO-10]" in text

    def test_has_the_warnings_of_a_valid_file(self, waybill, tmp_path):
        assert waybill("check", "warned.xml", "--rules", "belgium", "--junit", "out.xml").exit_code == 0
        assert etree.parse(tmp_path / "out.xml").getroot().get("failures") == "0"

    @pytest.mark.parametrize("target", ["no/such/folder/out.xml", "."])
    def test_that_cannot_be_written_ends_the_command_before_anything_is_checked(self, waybill, target):
        result = waybill("check", "good.xml", "--junit", target)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "cannot be written" in result.stderr


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(), verdict=st.sampled_from(Verdict))
def test_it_is_xml_whatever_is_in_it(tmp_path, text, verdict):
    finding = Finding(text or "X", Severity.WARNING, PolicyClass.WARNING, text, line=3, fix=text)
    report = JUnit(str(tmp_path / "out.xml"), Language.EN)
    report.add(Result(text, b"", Checked(verdict, (), (finding,))))
    report.write()
    report.close()
    (case,) = etree.parse(tmp_path / "out.xml").getroot()[0]
    assert len(case) == 1
    assert len(case.get("name")) == len(text)
