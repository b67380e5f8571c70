"""The policy table: what is done about a finding, row by row and preset by preset."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.findings import Finding, PolicyClass, Severity, Verdict
from invoices.policy import Disposition, Preset, disposition
from invoices.source import Direction

DELIVER, WARN = Disposition.DELIVER, Disposition.DELIVER_WITH_WARNING
HOLD, BLOCK = Disposition.HOLD, Disposition.BLOCK

# class of the fatal finding: (of a SALE, of a PURCHASE)
EXPECTED = {
    Preset.BALANCED: {
        PolicyClass.STRUCTURE: (BLOCK, BLOCK),
        PolicyClass.MONEY: (HOLD, HOLD),
        PolicyClass.FORM: (HOLD, WARN),
        PolicyClass.WARNING: (DELIVER, DELIVER),
    },
    Preset.STRICT: {
        PolicyClass.STRUCTURE: (BLOCK, BLOCK),
        PolicyClass.MONEY: (BLOCK, BLOCK),
        PolicyClass.FORM: (BLOCK, BLOCK),
        PolicyClass.WARNING: (DELIVER, DELIVER),
    },
    Preset.LENIENT: {
        PolicyClass.STRUCTURE: (WARN, WARN),
        PolicyClass.MONEY: (WARN, WARN),
        PolicyClass.FORM: (WARN, WARN),
        PolicyClass.WARNING: (DELIVER, DELIVER),
    },
}
ROWS = [
    (preset, policy_class, direction, expected)
    for preset, rows in EXPECTED.items()
    for policy_class, row in rows.items()
    for direction, expected in zip((Direction.SALE, Direction.PURCHASE), row, strict=True)
]
MILDEST_FIRST = [DELIVER, WARN, HOLD, BLOCK]

every = st.sampled_from


def broken(policy_class, severity=Severity.FATAL):
    return Finding("BR-01", severity, policy_class, "A rule is broken.")


findings = st.lists(st.builds(broken, every(PolicyClass), every(Severity)))


@pytest.mark.parametrize(("preset", "policy_class", "direction", "expected"), ROWS)
def test_a_fatal_finding_is_treated_as_its_row_says(preset, policy_class, direction, expected):
    assert disposition(Verdict.INVALID, [broken(policy_class)], direction, preset) is expected


def test_every_preset_class_and_direction_has_a_row():
    named = [(preset, policy_class, direction) for preset, policy_class, direction, _ in ROWS]
    assert sorted(named) == sorted(itertools.product(Preset, PolicyClass, Direction))


@given(
    every(Preset),
    every(Direction),
    st.lists(st.builds(broken, every(PolicyClass), st.just(Severity.WARNING))),
)
def test_warnings_are_delivered_whatever_their_class(preset, direction, warnings):
    assert disposition(Verdict.VALID, warnings, direction, preset) is DELIVER


@given(every(Preset), every(Direction), findings)
def test_what_could_not_be_checked_is_held_whatever_was_found_before(preset, direction, found):
    assert disposition(Verdict.COULD_NOT_CHECK, found, direction, preset) is HOLD


@pytest.mark.parametrize("preset", Preset)
@pytest.mark.parametrize("direction", Direction)
def test_an_invalid_document_without_a_fatal_finding_is_blocked(preset, direction):
    warning = broken(PolicyClass.STRUCTURE, Severity.WARNING)
    assert disposition(Verdict.INVALID, [warning], direction, preset) is BLOCK


@given(every(Preset), every(Direction), findings)
def test_the_strictest_finding_decides_in_any_order(preset, direction, found):
    fatal = [finding for finding in found if finding.severity is Severity.FATAL]
    alone = [disposition(Verdict.INVALID, [finding], direction, preset) for finding in fatal]
    expected = max(alone, key=MILDEST_FIRST.index, default=DELIVER)
    verdict = Verdict.INVALID if fatal else Verdict.VALID
    for order in (found, found[::-1]):
        assert disposition(verdict, order, direction, preset) is expected


@given(every(Direction), findings)
def test_strict_is_never_milder_than_balanced_nor_balanced_than_lenient(direction, found):
    fatal = any(finding.severity is Severity.FATAL for finding in found)
    verdict = Verdict.INVALID if fatal else Verdict.VALID
    given_by = {preset: disposition(verdict, found, direction, preset) for preset in Preset}
    order = [
        MILDEST_FIRST.index(given_by[preset]) for preset in (Preset.LENIENT, Preset.BALANCED, Preset.STRICT)
    ]
    assert order == sorted(order)
