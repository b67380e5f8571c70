"""The judge finds each way in which Clearfacts and the ledger can disagree, and nothing else."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.journal import Call, Entry, Journal, Outcome, System
from sandbox.judge import ON_THE_WAY, Tally, judge

COMPANY = "0999000129"


@dataclass
class Case:
    """What a source offered, what Clearfacts took and what the ledger says."""

    offered: list[tuple[str, int, str]] = field(default_factory=list)
    journal: Journal = field(default_factory=Journal)
    ledger: list[dict[str, Any]] = field(default_factory=list)

    def record(self, source_id: str, state: str | None = "sent", version: int = 1, **columns: Any) -> None:
        """Offer a record, and keep it as an invoice in `state`; None: keep nothing."""
        sha256 = columns.pop("sha256", f"{source_id}/{version}")
        self.offered.append((source_id, version, sha256))
        row = {
            "id": f"{source_id} {version} {sha256}",
            "source_id": source_id,
            "version": version,
            "document_sha256": sha256,
            "company_number": COMPANY,
            "direction": "SALE",
            "state": state,
            "blocked_by": None,
            "receipt": f"receipt of {sha256}" if state == "sent" else None,
        }
        if state is not None:
            self.ledger.append(row | columns)

    def upload(self, sha256: str, uuid: str | None = None, **entry: Any) -> None:
        """Let Clearfacts take a document, under the receipt that `record` has for it."""
        given = {"company_number": COMPANY, "invoicetype": "SALE", "filename": f"{sha256}.xml"} | entry
        receipt = uuid or f"receipt of {sha256}"
        self.journal.add(Entry(System.CLEARFACTS, Call.UPLOAD, sha256=sha256, uuid=receipt, **given))

    def judged(self, **more: Any) -> Tally:
        return judge(self.offered, self.journal, self.ledger, **more)


@pytest.fixture
def case():
    """One invoice that arrived, as it should."""
    case = Case()
    case.record("A")
    case.upload("A/1")
    return case


def test_an_invoice_that_arrived_is_accepted_and_sent(case):
    assert case.judged() == Tally(accepted=1, sent=1, unknown=0, lost=0, twice=0, faults=())


def test_an_upload_that_was_refused_or_dropped_counts_for_nothing(case):
    case.record("B", "failed")
    case.upload("B/1", outcome=Outcome.REFUSED)
    case.upload("A/1", outcome=Outcome.DROPPED)
    assert case.judged().accepted == 1
    assert case.judged().faults == ()


def test_a_record_that_is_nowhere_is_lost(case):
    case.record("B", state=None)
    tally = case.judged()
    assert tally.lost == 1
    assert tally.faults == ("record B version 1 (B/1) is nowhere in the ledger",)


def test_another_document_under_the_same_version_is_a_record_of_its_own(case):
    case.record("A", state=None, sha256="changed")
    assert case.judged().lost == 1


def test_a_record_that_the_ledger_rejected_is_not_lost(case):
    case.record("B", state=None)
    assert case.judged(rejected=[("B", 1)]).faults == ()
    assert case.judged(rejected=[("B", 2)]).lost == 1


def test_a_record_that_comes_twice_is_one(case):
    case.offered *= 2
    assert case.judged().faults == ()


@pytest.mark.parametrize("state", sorted(ON_THE_WAY))
def test_an_invoice_left_on_its_way_is_lost(case, state):
    case.record("B", state)
    tally = case.judged()
    assert tally.lost == 1
    assert tally.faults == (f"record B version 1 is left as {state}",)


@pytest.mark.parametrize(
    "state", ["invalid", "held", "failed", "outcome_unknown", "out_of_scope", "dismissed"]
)
def test_an_invoice_that_waits_for_a_person_is_not_lost(case, state):
    case.record("B", state)
    assert case.judged().faults == ()


@pytest.mark.parametrize("state", ["sent", "held", "outcome_unknown"])
def test_a_duplicate_of_what_may_reach_the_books_is_not_lost(case, state):
    case.record("B", state, id="first")
    if state == "sent":
        case.upload("B/1")
    case.record("C", "duplicate", blocked_by="first")
    case.record("D", "duplicate")
    assert case.judged().faults == ()


@pytest.mark.parametrize("state", ["failed", "invalid", "superseded", "dismissed"])
def test_a_duplicate_of_what_never_reaches_the_books_is_lost(case, state):
    case.record("B", state, id="first")
    case.record("B", "held", version=2)
    case.record("C", "duplicate", blocked_by="first")
    tally = case.judged()
    assert tally.lost == 1
    assert tally.faults == (f"record C version 1 is left as duplicate of first, which is {state}",)


def test_a_version_is_superseded_by_a_newer_one_only(case):
    case.record("B", "superseded", version=1)
    case.record("B", "held", version=2)
    assert case.judged().faults == ()
    case.record("C", "superseded", version=2)
    case.record("C", "held", version=1)
    assert case.judged().faults == (
        "record C version 2 is left as superseded, and there is no newer version",
    )


def test_a_document_taken_twice_is_found_however_the_ledger_tells_it(case):
    case.upload("A/1", uuid="another receipt")
    tally = case.judged()
    assert (tally.accepted, tally.twice) == (2, 1)
    assert f"Clearfacts took A/1 of {COMPANY} (SALE) 2 times" in tally.faults


def test_each_time_too_many_counts(case):
    case.upload("A/1", uuid="second")
    case.upload("A/1", uuid="third")
    assert case.judged().twice == 2


def test_what_a_person_had_sent_again_may_arrive_once_more(case):
    case.ledger[0]["id"] = "sent again"
    case.upload("A/1", uuid="second")
    assert case.judged(sent_again=["sent again"]).twice == 0
    case.upload("A/1", uuid="third")
    assert case.judged(sent_again=["sent again"]).twice == 1


def test_a_sale_of_one_is_a_purchase_of_another(case):
    case.record("B", sha256="A/1", direction="PURCHASE", receipt="second")
    case.upload("A/1", uuid="second", invoicetype="PURCHASE")
    case.record("C", sha256="A/1", company_number="0999000228", receipt="third")
    case.upload("A/1", uuid="third", company_number="0999000228")
    assert case.judged().faults == ()


def test_two_documents_that_are_one_invoice_may_arrive_once(case):
    case.record("B")
    case.upload("B/1")
    assert case.judged().twice == 0
    tally = case.judged(same={"B/1": "A/1"})
    assert tally.twice == 1
    assert tally.faults == (f"Clearfacts took A/1 of {COMPANY} (SALE) 2 times",)


def test_a_document_that_the_source_never_gave_is_found(case):
    case.offered = [("A", 1, "other bytes")]
    case.ledger[0]["document_sha256"] = "other bytes"
    assert "Clearfacts took A/1, which is not what the source gave" in case.judged().faults


@pytest.mark.parametrize("state", ["ready", "failed", "held", "duplicate"])
def test_an_upload_that_the_ledger_knows_nothing_of_is_found(case, state):
    case.record("B", state)
    case.upload("B/1")
    assert (
        "Clearfacts took B/1.xml as receipt of B/1, and the ledger knows nothing of it"
        in case.judged().faults
    )


@pytest.mark.parametrize(
    ("state", "receipt"), [("outcome_unknown", None), ("dismissed", None), ("sent", None)]
)
def test_an_upload_that_a_person_was_asked_about_is_known(case, state, receipt):
    case.record("B", state, receipt=receipt)
    case.upload("B/1")
    assert case.judged().faults == ()


@pytest.mark.parametrize("taken", [{}, {"company_number": "0999000228"}, {"invoicetype": "PURCHASE"}])
def test_an_invoice_called_sent_for_another_document_or_nothing_is_found(case, taken):
    case.record("B")
    if taken:
        case.upload("B/1", **taken)
    assert case.judged().faults == (
        "record B version 1 is called sent as receipt of B/1, which Clearfacts never gave for it",
    )


def test_a_receipt_that_stands_on_two_invoices_is_found(case):
    case.record("B", sha256="A/1")
    assert case.judged().faults == ("2 invoices have the receipt receipt of A/1",)


FATES = ("sent", "outcome_unknown", "arrived", "failed", "held", "duplicate", "superseded")
"""How an invoice may end; `arrived`: its outcome is unknown, and it arrived."""


def consistent(fates: list[str]) -> Case:
    case = Case()
    for number, fate in enumerate(fates):
        source_id = str(number)
        case.record(source_id, "outcome_unknown" if fate == "arrived" else fate)
        if fate == "superseded":
            case.record(source_id, "held", version=2)
        if fate in {"sent", "arrived"}:
            case.upload(f"{source_id}/1")
    return case


@given(st.lists(st.sampled_from(FATES)))
def test_a_ledger_that_agrees_is_without_fault(fates):
    tally = consistent(fates).judged()
    assert tally.faults == ()
    assert tally.accepted == fates.count("sent") + fates.count("arrived")
    assert 0 <= tally.accepted - tally.sent <= tally.unknown


@given(st.lists(st.sampled_from(FATES), min_size=1), st.data())
def test_no_invoice_can_vanish_from_the_ledger(fates, data):
    case = consistent(fates)
    gone = case.ledger.pop(data.draw(st.integers(0, len(case.ledger) - 1)))
    assert any(f"record {gone['source_id']} version" in fault for fault in case.judged().faults)


@given(st.lists(st.sampled_from(FATES)), st.data())
def test_no_upload_can_be_repeated(fates, data):
    case = consistent(["sent", *fates])
    uploads = case.journal.entries()
    case.journal.add(data.draw(st.sampled_from(uploads)))
    assert case.judged().twice == 1


@given(st.lists(st.sampled_from(FATES)), st.data())
def test_no_accepted_upload_can_be_forgotten(fates, data):
    case = consistent(["sent", *fates])
    sent = [row for row in case.ledger if row["state"] == "sent"]
    row = data.draw(st.sampled_from(sent))
    row |= {"state": data.draw(st.sampled_from(["held", "failed", "ready"])), "receipt": None}
    assert any(f"{row['document_sha256']}.xml" in fault for fault in case.judged().faults)
