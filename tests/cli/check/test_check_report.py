"""What people read of `waybill check`: verdicts, findings, the line of the file, in their language."""

import re

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cli.check_words import LABELS, NOT_READ
from invoices.explain import Language
from invoices.findings import Severity, Verdict
from tests.cli.checking import (
    BREAKS_SCHEMA,
    VALID,
    WRONG_TOTAL,
    reports,
    with_lines,
)


@pytest.fixture
def files(settings, tmp_path):
    contents = {
        "good.xml": VALID,
        "schema.xml": BREAKS_SCHEMA,
        "total.xml": WRONG_TOTAL,
        "lines.xml": with_lines(100, unit="NONE"),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.usefixtures("files")
class TestFinding:
    def test_says_what_is_wrong_then_where_then_what_to_do(self, waybill):
        shown = waybill("check", "schema.xml").stdout.splitlines()
        (report,) = reports(waybill("check", "--json", "schema.xml"))
        (finding,) = report["findings"]
        assert shown == [
            "schema.xml: invalid, 1 error",
            f"  error: {finding['message']} [{finding['code']}]",
            f"    line {finding['line']} of the file · {finding['term']} · {finding['location']}",
            "    │ <cbc:IssueDate>27/03/2026</cbc:IssueDate>",
            f"    {finding['fix']}",
        ]

    def test_that_is_fatal_comes_first(self, waybill):
        lines = waybill("check", "lines.xml").stdout.splitlines()
        severities = [line.split(":")[0].strip() for line in lines if re.match(r"  (error|warning): ", line)]
        assert "error" in severities
        assert severities == sorted(severities)

    def test_of_many_lines_is_shown_once_with_the_other_lines(self, waybill):
        shown = waybill("check", "lines.xml").stdout
        (report,) = reports(waybill("check", "--json", "lines.xml"))
        units = [each for each in report["findings"] if each["code"] == "BR-CL-23"]
        assert len(units) == 100
        assert shown.count("[BR-CL-23]") == 1
        lines = ", ".join(str(each["line"]) for each in units[1:13])
        assert f"and 99 more like this: lines {lines}, …" in shown

    def test_of_a_file_that_is_one_line_shows_the_part_about_it(self, waybill, tmp_path):
        one_line = b"".join(line.strip() for line in WRONG_TOTAL.splitlines())
        (tmp_path / "one.xml").write_bytes(one_line)
        shown = waybill("check", "one.xml").stdout
        assert "line 1 of the file" in shown
        assert all(len(line) < 300 for line in shown.splitlines())

    def test_of_many_lines_in_a_file_that_is_one_line_is_counted_only(self, waybill, tmp_path):
        one_line = b"".join(line.strip() for line in with_lines(5, unit="NONE").splitlines())
        (tmp_path / "one.xml").write_bytes(one_line)
        assert "    and 4 more like this\n" in waybill("check", "one.xml").stdout

    def test_that_differs_in_more_than_numbers_is_shown_by_itself(self, waybill, tmp_path):
        wrong = BREAKS_SCHEMA.replace(b"<cbc:DueDate>2026", b"<cbc:DueDate>in 2026")
        (tmp_path / "two.xml").write_bytes(wrong)
        assert waybill("check", "two.xml").stdout.count("[UBL-XSD]") == 2

    def test_shows_the_line_in_whatever_encoding_the_file_is(self, waybill, tmp_path):
        text = BREAKS_SCHEMA.decode().replace("UTF-8", "UTF-16")
        (tmp_path / "utf16.xml").write_bytes(text.encode("utf-16"))
        assert "│ <cbc:IssueDate>27/03/2026</cbc:IssueDate>" in waybill("check", "utf16.xml").stdout


class TestSummary:
    @pytest.mark.usefixtures("files")
    def test_counts_the_verdicts_of_several_files(self, waybill):
        last = waybill("check", "good.xml", "good.xml", "schema.xml", "none.xml").stdout.splitlines()[-1]
        assert last == "4 files: 2 valid, 1 invalid, 1 could not be checked."

    @pytest.mark.usefixtures("files")
    def test_is_not_made_of_one_file(self, waybill):
        assert waybill("check", "good.xml").stdout == "good.xml: valid\n"


@pytest.mark.usefixtures("files")
class TestLanguage:
    @pytest.mark.parametrize(
        ("language", "verdict", "severity", "unknown"),
        [
            ("en", "invalid", "error", "could not check"),
            ("nl", "ongeldig", "fout", "kon niet gecontroleerd worden"),
            ("fr", "non valide", "erreur", "n'a pas pu être vérifié"),
        ],
    )
    def test_is_that_which_is_asked_for(self, waybill, language, verdict, severity, unknown):
        shown = waybill("check", "total.xml", "none.xml", "--lang", language).stdout
        assert f"total.xml: {verdict}, " in shown
        assert re.search(rf"^  {severity} ?: \S", shown, re.MULTILINE)
        assert f"none.xml: {unknown}" in shown

    @pytest.mark.parametrize("language", Language)
    def test_is_shown_with_the_spaces_that_it_has(self, waybill, language):
        shown = waybill("check", "total.xml", "none.xml", "--lang", language).stdout
        assert "\N{REPLACEMENT CHARACTER}" not in shown
        assert {"en": "€461.18", "nl": "€ 461,18", "fr": "461,18 €"}[language] in shown

    def test_is_that_of_messages_for_programs_too(self, waybill):
        messages = set()
        for language in Language:
            (report,) = reports(waybill("check", "--json", "--lang", language, "total.xml"))
            (finding,) = (each for each in report["findings"] if each["code"] == "BR-CO-15")
            assert finding["message"]
            assert finding["fix"]
            messages.add(finding["message"])
        assert len(messages) == 3

    @pytest.mark.parametrize("language", Language)
    def test_has_a_word_for_everything(self, language):
        labels = LABELS[language]
        assert set(labels.verdicts) == set(labels.counted) == set(Verdict)
        assert set(labels.severities) == set(Severity)
        for text in NOT_READ.values():
            words = text.in_language(language)
            assert words.message.endswith(".")
            assert words.fix.endswith(".")


HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202e[red]x[/][link=http://x]"


class TestTerminal:
    def test_gets_no_control_characters_from_a_file_nor_its_name(self, waybill, tmp_path):
        name = f"{HOSTILE.replace('/', '')}.xml"
        hidden = "".join(f"&#{ord(char)};" for char in "\u202e[red]x[/]\u009b2J")
        content = VALID.replace(b"2026-01-12</cbc:IssueDate>", f"{hidden}</cbc:IssueDate>".encode(), 1)
        (tmp_path / name).write_bytes(
            content.replace(b"<cbc:IssueDate>", "<cbc:IssueDate>\u202e\u0085".encode(), 1)
        )
        (tmp_path / "b.xml").write_bytes(b"<a>\x1b]0;owned\x07" + VALID)
        shown = waybill("check", ".", "none\x1b[2J.xml").stdout
        assert "[red]x[" in shown
        assert all(char.isprintable() for char in shown.replace("\n", "").replace("\N{NO-BREAK SPACE}", ""))

    @hypothesis_settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(data=st.data())
    def test_gets_a_report_of_whatever_is_in_a_file(self, waybill, tmp_path, data):
        content = bytearray(WRONG_TOTAL)
        for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=5)):
            content[at] = data.draw(st.integers(0, 255))
        (tmp_path / "garbage.xml").write_bytes(content)
        result = waybill("check", "garbage.xml", "--lang", data.draw(st.sampled_from(Language)))
        assert result.exit_code in {0, 1, 2}
        assert result.stdout.startswith("garbage.xml: ")
        assert all(char.isprintable() or char == "\n" for char in result.stdout)

    def test_gets_no_emoji_for_what_looks_like_their_names(self, waybill, tmp_path):
        (tmp_path / ":warning:.xml").write_bytes(VALID)
        assert waybill("check", ":warning:.xml").stdout == ":warning:.xml: valid\n"
