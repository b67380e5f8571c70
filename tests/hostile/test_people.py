"""Wherever text from outside reaches people or programs, it is text and nothing more.

There is no CSV: what a spreadsheet would take for a formula reaches people in a terminal, JSON and Prefect only.
"""

import json
import re

import pytest
from lxml import etree
from markdown_it import MarkdownIt
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from typer.testing import CliRunner

from cli.app import app
from cli.output import STDOUT
from clients.naming import parse_ref
from clients.notification_blocks import without_markup as as_slack_shows_it
from sandbox.faults import Fault, FaultKind
from sandbox.journal import Call
from sandbox.serve import Sandbox
from tasks.report import without_markup as as_prefect_shows_it
from tests.hostile.contents import CONTENTS, SPEAKING
from tests.hostile.files import NAMES
from tests.hostile.running import LISTED, run_job

TEXTS = [*SPEAKING.values(), "<!everyone>", "<@U1|x>", "&lt;!here&gt;", "<https://e.example>", "\u2028\u009b"]
HELD = [f"held: {name}" for name in SPEAKING]
INVISIBLE_BUT_FINE = "\n\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,119}\.xml")
SLACK_ACTS_ON = re.compile(r"<[^>]*>|[a-z]+://")


def is_only_text(output):
    """Whether a terminal has nothing to act on, nor an eye to be deceived by."""
    return all(char.isprintable() or char in INVISIBLE_BUT_FINE for char in output)


@pytest.fixture
def waybill(over_documents, monkeypatch, tmp_path):
    """Runs the command line on the ledger of the run over hostile documents."""
    for name, value in over_documents.ran.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WAYBILL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(STDOUT, "width", 300)

    def run(*arguments):
        result = CliRunner().invoke(app, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


class TestTheTerminal:
    @pytest.mark.parametrize("command", ["invoices", "rejected", "attempts", "jobs"])
    def test_a_table_holds_only_text(self, waybill, command):
        result = waybill(command)
        assert result.exit_code == 0
        assert is_only_text(result.stdout)

    def test_a_table_shows_markup_as_it_is(self, waybill):
        shown = waybill("invoices", "--state", "held").stdout
        assert "[bold red]RM-1[/] [link=http://evil.example]x[/link] :skull:" in shown
        assert "<!channel>" in shown

    def test_a_card_holds_only_text(self, waybill, over_documents):
        rows = over_documents.ran.rows
        shown = waybill("invoices", *(rows[name]["id"] for name in HELD)).stdout
        assert is_only_text(shown)
        assert shown.count("BR-CO-16") == len(HELD)

    def test_an_error_that_repeats_what_was_typed_holds_only_text(self, waybill):
        result = waybill("invoices", "\x1b[31m\u202e[bold]\\")
        assert result.exit_code == 2
        assert is_only_text(result.stderr)
        assert "[bold]" in result.stderr

    def test_a_report_of_checked_files_holds_only_text(self, waybill, files):
        result = waybill("check", str(files))
        assert is_only_text(result.stdout)
        assert "\N{REPLACEMENT CHARACTER}[31mred.xml" in result.stdout


@pytest.fixture
def files(tmp_path):
    """A folder of small hostile documents, some under hostile names."""
    folder = tmp_path / "files"
    folder.mkdir()
    for number, hostile in enumerate(CONTENTS):
        if len(content := hostile.make()) < 20_000:
            (folder / f"{number}.xml").write_bytes(content)
    for hostile in NAMES:
        (folder / hostile.path.rpartition("/")[2]).write_bytes(CONTENTS[0].make())
    return folder


class TestPrograms:
    @pytest.mark.parametrize("command", ["invoices", "rejected", "attempts", "jobs"])
    def test_json_is_one_object_a_line_with_control_characters_escaped(self, waybill, command):
        output = waybill(command, "--json").stdout
        assert output.replace("\n", "").isprintable()
        assert all(isinstance(json.loads(line), dict) for line in output.splitlines())

    def test_json_says_what_the_source_said(self, waybill, over_documents):
        output = waybill("invoices", "--json").stdout
        assert {json.loads(line)["source_id"] for line in output.splitlines()} == set(over_documents.ran.rows)

    def test_junit_is_xml_of_only_text(self, waybill, files, tmp_path):
        waybill("check", "--junit", str(tmp_path / "junit.xml"), str(files))
        root = etree.parse(tmp_path / "junit.xml").getroot()
        assert int(root.get("tests")) == len(list(files.iterdir()))
        assert all(is_only_text(text) for text in root.itertext())
        assert all(is_only_text(name) for name in root.xpath("//@name"))


class TestLogs:
    def test_a_message_is_one_line_of_only_text(self, over_documents, over_answers, over_files):
        lines = [*over_documents.ran.logged, *over_answers.logged, *over_files.ran.logged]
        assert len(lines) > 10
        assert [line for line in lines if not line.isprintable()] == []


class TestClearfacts:
    def test_a_file_is_named_so_that_it_can_lie_anywhere(self, over_documents, over_files):
        names = [each.filename for each in (*over_documents.uploads, *over_files.uploads)]
        assert [name for name in names if not FILE_NAME.fullmatch(name) or ".." in name] == []
        assert len(set(names)) == len(names)

    def test_a_comment_is_a_line_of_text_that_ends_in_our_own_reference(self, over_documents):
        for upload in over_documents.uploads:
            assert upload.comment.isprintable()
            assert len(upload.comment) < 200
            assert str(parse_ref(upload.comment)).removeprefix("Ref ").split()[0][3:] in upload.filename


def without_our_link(message):
    """The message but for its last line, which leads to the run."""
    quoted, _, link = message.rpartition("\n")
    assert re.fullmatch(r"<http://[\d.:]+/runs/flow-run/[0-9a-f-]{36}\|Run in Prefect>", link)
    return quoted


class TestSlack:
    def test_a_run_that_needs_a_person_mentions_and_links_nobody(self, over_documents):
        [message] = over_documents.messages
        assert not SLACK_ACTS_ON.search(without_our_link(message))

    @pytest.mark.usefixtures("prefect_api")
    def test_what_a_neighbour_says_mentions_and_links_nobody(self, a_database):
        said = "<!channel> <@U123> *no*\n<http://evil.example|pay here> http://evil.example"
        with Sandbox((), LISTED) as sandbox:
            sandbox.faults.add(
                Fault(call=Call.ADMINISTRATIONS, fault=FaultKind.ERRORS, message=said, times=None)
            )
            ran = run_job(a_database(), sandbox.environment)
            [message] = [each.text for each in sandbox.journal.entries(Call.MESSAGE)]
        assert ran.report.state == "failed"
        assert "&lt;!channel&gt; &lt;@U123&gt; *no*" in message
        assert not SLACK_ACTS_ON.search(without_our_link(message))
        assert message.count("\n") == 3

    @pytest.mark.parametrize("text", TEXTS)
    def test_no_text_makes_it_do_anything(self, text):
        shown = as_slack_shows_it(text)
        assert shown.replace("\N{WORD JOINER}", "").isprintable()
        assert not SLACK_ACTS_ON.search(shown)


def tokens_of(markdown):
    """Every kind of token that a page makes of it, addresses that it would make links of included."""
    parsed = MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown)
    kinds = {each.type for each in parsed} | {each.type for token in parsed for each in token.children or ()}
    return kinds | ({"link_open"} if re.search(r"(?<!\\):\/\/|www\.|(?<!\\)@", markdown) else set())


HARMFUL = {"link_open", "image", "html_inline", "html_block", "strong_open", "em_open", "code_inline"}


class TestPrefect:
    @pytest.mark.parametrize("text", TEXTS)
    def test_no_text_is_more_than_text_on_its_pages(self, text):
        shown = as_prefect_shows_it(text)
        assert shown.isprintable()
        assert tokens_of(shown).isdisjoint(HARMFUL)

    def test_the_run_shows_numbers_as_text(self, over_documents):
        of_the_run = ArtifactFilter(
            flow_run_id=ArtifactFilterFlowRunId(any_=[over_documents.ran.report.job_id])
        )
        with get_client(sync_client=True) as client:
            artifacts = {each.key: each for each in client.read_artifacts(artifact_filter=of_the_run)}
        table = json.loads(artifacts["invoices-needing-a-person"].data)
        numbers = [row["number"] for row in table if row["number"]]
        assert sum(number.endswith("(held)") for number in numbers) == len(HELD)
        for row in table:
            for name in ("number", "reason"):
                assert row[name] is None or tokens_of(row[name]).isdisjoint(HARMFUL)
