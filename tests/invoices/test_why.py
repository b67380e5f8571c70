"""Every reason has its sentence."""

import pytest

from invoices.why import SENTENCES, Why


@pytest.mark.parametrize("why", Why)
def test_every_reason_has_a_sentence_for_people(why):
    sentence = SENTENCES[why]
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert "  " not in sentence


def test_no_sentence_says_booked_of_an_invoice_that_was_forwarded():
    assert [
        why for why in Why if "booked" in SENTENCES[why] and why is not Why.DELIVERED_AS_OTHER_VERSION
    ] == []


def test_no_two_reasons_read_the_same():
    assert len(set(SENTENCES.values())) == len(Why)
