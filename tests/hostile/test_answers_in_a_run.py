"""Whatever Clearfacts answers to an upload, the invoice ends in a state that is true, and the next one is sent."""

from collections import Counter

import pytest

from tests.hostile.answers import UPLOADS
from tests.hostile.running import GOOD


@pytest.mark.parametrize("hostile", UPLOADS, ids=lambda hostile: hostile.name)
def test_an_answer_ends_in_its_outcome(over_answers, hostile):
    row = over_answers.rows[hostile.name]
    attempt = over_answers.attempts[row["id"]]
    assert (row["state"], attempt["code"]) == (hostile.state, hostile.code)
    assert hostile.says in attempt["message"]
    assert len(attempt["message"]) < 1000
    assert attempt["message"].isprintable()
    assert (row["receipt"] is not None) == (hostile.state == "sent")


def test_every_good_invoice_of_the_run_is_forwarded(over_answers):
    assert {over_answers.state(each.source_id) for each in GOOD} == {"sent"}


def test_no_two_invoices_have_the_same_receipt(over_answers):
    receipts = Counter(row["receipt"] for row in over_answers.rows.values() if row["receipt"])
    assert receipts.most_common(1)[0][1] == 1


def test_the_run_comes_to_its_end_without_a_problem_of_its_own(over_answers):
    assert (over_answers.report.state, over_answers.report.problems) == ("needs_person", ())
    assert over_answers.report.waiting == 0
