"""Whatever documents and records a source sends, each ends in its clear outcome, and the good ones are forwarded."""

from collections import Counter

import pytest

from invoices.lifecycle import State
from sandbox.journal import Outcome
from tests.hostile.contents import CONTENTS
from tests.hostile.documents import READING
from tests.hostile.records import RECORDS
from tests.hostile.running import GOOD

EVERY = (*READING, *CONTENTS, *RECORDS)
SMALL = 100_000


def name_of(hostile):
    return hostile.name


def said_of_rejected(ran, source_id):
    """What is said of rejected records of this id; of those whose id cannot be read where it has none."""
    return {
        (each["finding"]["code"], f"{each['finding']['message']} {each['finding']['fix']}")
        for each in ran.rejected
        if each["source_id"] == source_id
    }


def test_the_corpus_is_large_and_says_each_thing_once():
    assert len(EVERY) > 150
    assert [name for name, count in Counter(map(name_of, EVERY)).items() if count > 1] == []


def test_every_good_invoice_of_the_run_is_forwarded(over_documents):
    assert {over_documents.ran.state(each.source_id) for each in GOOD} == {"sent"}


def test_the_run_comes_to_its_end_and_has_seen_every_record(over_documents):
    report = over_documents.ran.report
    assert (report.state, report.problems) == ("needs_person", ())
    assert report.counts["fetched"] == len(EVERY) + len(GOOD)
    assert report.counts["rejected_records"] == sum(each.state == "rejected" for each in EVERY)


def test_nothing_is_left_between_two_states(over_documents):
    states = {row["state"] for row in over_documents.ran.rows.values()}
    assert states.isdisjoint({State.RECEIVED, State.READY, State.SENDING, State.OUTCOME_UNKNOWN})


@pytest.mark.parametrize("hostile", [*READING, *CONTENTS], ids=name_of)
def test_a_document_ends_in_its_outcome(over_documents, hostile):
    ran = over_documents.ran
    if hostile.state == "rejected":
        [(code, said)] = said_of_rejected(ran, hostile.name)
        assert code == hostile.code
        assert hostile.says in said
        return
    row = ran.rows[hostile.name]
    assert row["state"] == hostile.state
    assert row["reason"]
    if hostile.code:
        found = row["findings"][0]
        assert found["code"] == hostile.code
        assert hostile.says in " ".join(each["message"] for each in row["findings"])


@pytest.mark.parametrize("hostile", RECORDS, ids=name_of)
def test_a_record_ends_in_its_outcome(over_documents, hostile):
    ran = over_documents.ran
    if hostile.state == "rejected":
        source_id = None if "id" in hostile.fields else hostile.name
        found = [said for code, said in said_of_rejected(ran, source_id) if code == hostile.code]
        assert any(hostile.says in said for said in found), found
        return
    row = ran.rows[hostile.fields.get("id", hostile.name)]
    assert row["state"] == hostile.state
    if hostile.code:
        [said] = [each["message"] for each in row["findings"] if each["code"] == hostile.code]
        assert hostile.says in said


@pytest.mark.parametrize("hostile", [*READING, *CONTENTS], ids=name_of)
def test_a_document_that_is_not_forwarded_says_what_to_do(checker, hostile):
    content = hostile.make()
    if len(content) < SMALL and hostile.state in {"invalid", "held", "could_not_check"}:
        fatal = [each for each in checker.check(content).checked.findings if each.severity == "fatal"]
        assert fatal
        assert all(each.message and each.fix for each in fatal)


def test_what_is_sent_is_uploaded_once_and_nothing_else_is(over_documents):
    assert {each.outcome for each in over_documents.uploads} == {Outcome.ACCEPTED}
    sent = sum(row["state"] == "sent" for row in over_documents.ran.rows.values())
    assert len(over_documents.uploads) == sent == len(GOOD) + sum(each.state == "sent" for each in EVERY)


def test_a_homoglyph_in_a_name_changes_nothing_about_who_issued_it(over_documents):
    row = over_documents.ran.rows["supplier: Cyrillic homoglyphs"]
    assert "WB-NEAR-DUPLICATE" in {each["code"] for each in row["findings"]}
