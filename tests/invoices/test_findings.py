"""Findings and the verdict that they add up to."""

import json

from hypothesis import given
from hypothesis import strategies as st

from invoices.findings import Checked, Finding, PolicyClass, RuleSetVersion, Severity, Verdict

RULES = RuleSetVersion("UBL XSD", "2.1")

findings = st.builds(
    Finding,
    code=st.text(),
    severity=st.sampled_from(Severity),
    policy_class=st.sampled_from(PolicyClass),
    message=st.text(),
    location=st.none() | st.text(),
    line=st.none() | st.integers(min_value=1),
    term=st.none() | st.text(),
    found=st.none() | st.text(),
    expected=st.none() | st.text(),
    fix=st.none() | st.text(),
)


@given(findings)
def test_a_finding_survives_being_written_as_json_and_read_back(finding):
    again = Finding.from_json(json.loads(json.dumps(finding.as_json())))
    assert again == finding
    assert isinstance(again.severity, Severity)
    assert isinstance(again.policy_class, PolicyClass)


@given(st.lists(findings).map(tuple))
def test_a_document_is_invalid_exactly_if_a_finding_is_fatal(found):
    checked = Checked.of(RULES, found)
    fatal = [finding for finding in found if finding.severity is Severity.FATAL]
    assert checked == Checked(Verdict.INVALID if fatal else Verdict.VALID, (RULES,), found)
