"""What notices say: complete in each language, and without a value of any invoice."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.explain import TEXTS, Language
from invoices.lifecycle import NEEDS_PERSON
from invoices.notice_words import RECOVERIES, SENTENCES, TITLES, WHYS
from invoices.notices import Happening, problem_of, reason, told, without_details
from invoices.why import Why

AT = datetime(2026, 11, 21, 9, 10, tzinfo=UTC)
FAILED = Happening("trouble", "run_failed", "process-invoices", "It did not answer.", 1, False, AT, AT)
GROUP = {
    "why": "findings",
    "code": "BR-CO-17",
    "invoices": 3,
    "numbers": ["2026/0412", "2026/0413", "2026/0414"],
}
NEEDED = {"invoices": 3, "rejected": 0, "left_out": 0, "groups": [GROUP], "counts": {}}
LANGUAGES = list(Language)
TIMES, NUMBERS = "\N{MULTIPLICATION SIGN}", "2026/0412, 2026/0413, 2026/0414"


@pytest.mark.parametrize("words", [TITLES, RECOVERIES, SENTENCES, WHYS])
def test_each_language_says_it_all(words):
    names = {language: set(words[language]) for language in Language}
    assert names[Language.NL] == names[Language.FR] == names[Language.EN]
    for name in names[Language.EN]:
        holes = [set(re.findall(r"\{\w+\}", words[language][name])) for language in Language]
        assert holes[0] == holes[1] == holes[2]


def test_every_reason_for_which_somebody_is_needed_has_words():
    by_itself = {"arrived", "arrived_late", "newer_version", "repeats_previous_version", "route_off", "before_start",
                 "same_bytes", "same_content", "checked", "no_longer_blocked", "check_again", "claimed", "accepted",
                 "not_delivered", "late_answer", "released", "send_again", "arrived_seen", "already_booked",
                 "dismissed"}  # fmt: skip
    assert set(WHYS[Language.EN]) == set(Why) - by_itself
    assert NEEDS_PERSON


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", TEXTS)
def test_the_words_of_a_rule_need_no_value(code, language):
    words = reason("findings", code, language)
    assert re.fullmatch(rf"[^{{}}]{{10,}}[^.] \[{re.escape(code)}\]", words), words


def test_a_rule_without_words_is_named():
    assert reason("findings", "MY-RULE-1", Language.EN) == "[MY-RULE-1]"


class TestMessages:
    def test_trouble_says_what_why_and_what_next(self):
        message = told(FAILED, Language.EN, "`waybill status`")
        assert message.title == "process-invoices failed"
        assert message.lines == ("It did not answer.", "Next: `waybill status`")

    def test_what_happened_several_times_is_counted(self):
        several = replace(FAILED, times=14)
        assert told(several, Language.EN).lines[1] == "14 times since 2026-11-21 09:10 UTC."
        assert told(replace(several, again=True), Language.EN).lines[1] == (
            "Again 14 times since 2026-11-21 09:10 UTC."
        )

    def test_invoices_are_grouped_by_reason(self):
        needed = Happening(
            "trouble", "people_needed", "process-invoices", None, 1, False, AT, AT, None, NEEDED
        )
        assert told(needed, Language.EN).lines == (
            "3 invoices wait for a person:",
            f"3 {TIMES} A VAT amount is not its rate times its taxable amount [BR-CO-17]: {NUMBERS}",
        )

    def test_what_there_is_no_room_for_is_counted(self):
        many = {**NEEDED, "invoices": 1, "rejected": 1, "left_out": 4, "groups": [{**GROUP, "invoices": 90}]}
        needed = Happening("trouble", "people_needed", "process-invoices", None, 1, False, AT, AT, None, many)
        one, group, more, rejected = told(needed, Language.EN).lines
        assert one == "1 invoice waits for a person:"
        assert group.endswith("2026/0414 and 87 more")
        assert more == "and 4 more reasons"
        assert rejected.startswith("1 record of the source")

    def test_the_end_says_how_long_it_was(self):
        ended = replace(FAILED, says="recovery", times=2, ended_at=AT.replace(hour=11))
        assert told(ended, Language.EN).lines == (
            "From 2026-11-21 09:10 UTC until 2026-11-21 11:10 UTC.",
            "It happened 2 more times from 2026-11-21 09:10 UTC on.",
        )

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("kind", TITLES[Language.EN])
    def test_each_kind_can_be_told_in_each_language(self, kind, language):
        for says in ("trouble", "recovery"):
            message = told(replace(FAILED, kind=kind, says=says), language, "`waybill status`")
            assert "{" not in message.title + "".join(message.lines)
            assert FAILED.subject in message.title

    @given(st.text(max_size=300))
    def test_whatever_a_number_is_its_line_stays_one(self, number):
        needed = {**NEEDED, "groups": [{**GROUP, "numbers": [number]}]}
        happening = Happening("trouble", "people_needed", "x", None, 1, False, AT, AT, None, needed)
        assert all(line.isprintable() for line in told(happening, Language.EN).lines)


class TestProblems:
    def test_the_same_problem_with_other_numbers_is_the_same(self):
        first, second = (f"Clearfacts did not answer within {each} s: {each} times." for each in (5, 17))
        assert problem_of(first) == problem_of(second) == "clearfacts did not answer"

    def test_no_words_are_a_problem_too(self):
        assert problem_of(None) == problem_of("") == ""

    @pytest.mark.parametrize(
        ("said", "told_of_it"),
        [
            ("KeyError: 'Jan Peeters'", "KeyError"),
            ("sqlalchemy.exc.DataError: (psycopg) 1234.56", "sqlalchemy.exc.DataError"),
            ("Clearfacts is left alone: it failed.", "Clearfacts is left alone: it failed."),
            (None, None),
        ],
    )
    def test_of_an_exception_its_name_is_told(self, said, told_of_it):
        assert without_details(said) == told_of_it
