"""Dedupe: what becomes of an invoice in the light of others that may be the same one."""

import itertools
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.lifecycle import LIVE, State
from invoices.policy import Disposition
from invoices.twins import Candidate, Outcome, Twin, decide
from invoices.why import Why

IN_THE_WAY = sorted({*LIVE, State.READY, State.HELD})
OUT_OF_THE_WAY = sorted(set(State) - set(IN_THE_WAY))
READY, HELD, DUPLICATE, INVALID = State.READY, State.HELD, State.DUPLICATE, State.INVALID


def twin(arrival, state=State.RECEIVED, **fields):
    """An invoice of one identity; each with bytes, content and a source record of its own unless told."""
    given = {
        "id": UUID(int=arrival),
        "document_id": UUID(int=1000 + arrival),
        "identity_key": "the same",
        "fingerprint": f"content {arrival}",
        "source_record": ("erp", f"record {arrival}"),
        "version": 1,
    }
    return Twin(arrival=arrival, state=state, **{**given, **fields})


def candidate(of, disposition=Disposition.DELIVER, **fields):
    return Candidate(of, disposition, **{"listed": True, **fields})


def decided(of, *others, **fields):
    return decide(candidate(of, **fields), others)


NEW = twin(10)


class TestByItself:
    @pytest.mark.parametrize("disposition", [Disposition.DELIVER, Disposition.DELIVER_WITH_WARNING])
    def test_what_policy_delivers_is_ready(self, disposition):
        assert decided(NEW, disposition=disposition) == Outcome(READY, Why.CHECKED)

    def test_what_policy_holds_is_held(self):
        assert decided(NEW, disposition=Disposition.HOLD) == Outcome(HELD, Why.FINDINGS)

    def test_what_policy_blocks_is_invalid(self):
        assert decided(NEW, disposition=Disposition.BLOCK) == Outcome(INVALID, Why.FINDINGS)

    def test_one_that_was_ready_already_is_held_where_policy_blocks_it_now(self):
        ready = replace(NEW, state=READY)
        assert decided(ready, disposition=Disposition.BLOCK) == Outcome(HELD, Why.FINDINGS)

    @pytest.mark.parametrize("disposition", Disposition)
    def test_one_that_a_person_released_is_ready_despite_findings_and_route(self, disposition):
        outcome = decided(NEW, disposition=disposition, released=True, routed=False)
        assert outcome == Outcome(READY, Why.CHECKED)

    def test_one_whose_route_went_off_is_held(self):
        assert decided(NEW, routed=False) == Outcome(HELD, Why.ROUTE_OFF)

    @pytest.mark.parametrize("released", [False, True])
    def test_one_of_a_company_that_is_not_listed_is_held_even_if_released(self, released):
        outcome = decided(NEW, listed=False, released=released, overridden=released)
        assert outcome == Outcome(HELD, Why.COMPANY_NOT_LISTED)


class TestTwins:
    @pytest.mark.parametrize("state", IN_THE_WAY)
    def test_the_same_bytes_are_a_duplicate(self, state):
        first = twin(1, state, document_id=NEW.document_id)
        assert decided(NEW, first) == Outcome(DUPLICATE, Why.SAME_BYTES, first.id)

    @pytest.mark.parametrize("state", IN_THE_WAY)
    def test_the_same_content_in_other_bytes_is_a_duplicate(self, state):
        first = twin(1, state, fingerprint=NEW.fingerprint)
        assert decided(NEW, first) == Outcome(DUPLICATE, Why.SAME_CONTENT, first.id)

    @pytest.mark.parametrize("state", IN_THE_WAY)
    def test_other_content_is_held(self, state):
        first = twin(1, state)
        assert decided(NEW, first) == Outcome(HELD, Why.OTHER_CONTENT, first.id)

    @pytest.mark.parametrize("state", sorted(LIVE))
    def test_another_version_of_a_live_record_is_held_also_when_its_number_changed(self, state):
        first = twin(1, state, source_record=NEW.source_record, identity_key="another number")
        assert decided(NEW, first) == Outcome(HELD, Why.DELIVERED_AS_OTHER_VERSION, first.id)

    def test_a_version_with_the_content_of_a_live_one_is_its_duplicate(self):
        first = twin(1, State.SENT, source_record=NEW.source_record, fingerprint=NEW.fingerprint)
        assert decided(NEW, first) == Outcome(DUPLICATE, Why.SAME_CONTENT, first.id)

    def test_documents_that_nobody_could_read_are_not_the_same_for_that(self):
        unread, first = replace(NEW, fingerprint=None), twin(1, State.SENT, fingerprint=None)
        assert decided(unread, first) == Outcome(HELD, Why.OTHER_CONTENT, first.id)

    def test_a_twin_weighs_more_than_policy_and_the_list_of_companies(self):
        first = twin(1, State.SENT, document_id=NEW.document_id)
        outcome = decided(
            NEW, first, disposition=Disposition.BLOCK, listed=False, routed=False, released=True
        )
        assert outcome == Outcome(DUPLICATE, Why.SAME_BYTES, first.id)

    @pytest.mark.parametrize("state", IN_THE_WAY)
    def test_a_person_may_let_it_pass_despite_its_twin(self, state):
        assert decided(NEW, twin(1, state), overridden=True) == Outcome(READY, Why.CHECKED)

    @pytest.mark.parametrize("state", IN_THE_WAY)
    def test_one_that_a_person_let_pass_is_a_duplicate_of_its_own_content_all_the_same(self, state):
        same = twin(1, state, fingerprint=NEW.fingerprint)
        outcome = decided(NEW, same, twin(2, State.SENT), overridden=True)
        assert outcome == Outcome(DUPLICATE, Why.SAME_CONTENT, same.id)


class TestNotInTheWay:
    @pytest.mark.parametrize("state", OUT_OF_THE_WAY)
    def test_one_that_failed_or_is_closed_or_not_decided(self, state):
        first = twin(1, state, document_id=NEW.document_id, source_record=NEW.source_record)
        assert decided(NEW, first) == Outcome(READY, Why.CHECKED)

    @pytest.mark.parametrize("state", IN_THE_WAY)
    def test_one_of_another_identity_and_record(self, state):
        assert decided(NEW, twin(1, state, identity_key="another")) == Outcome(READY, Why.CHECKED)

    @pytest.mark.parametrize("state", [READY, HELD])
    def test_another_version_of_the_record_that_has_not_gone_out(self, state):
        first = twin(1, state, identity_key="another", source_record=NEW.source_record)
        assert decided(NEW, first) == Outcome(READY, Why.CHECKED)

    def test_itself(self):
        ready = replace(NEW, state=READY)
        assert decided(ready, ready) == Outcome(READY, Why.CHECKED)


class TestOneThatIsReadyAlready:
    ready = replace(NEW, state=READY)

    def test_gives_way_to_a_ready_one_that_came_before(self):
        first = twin(1, READY)
        assert decided(self.ready, first) == Outcome(HELD, Why.OTHER_CONTENT, first.id)

    def test_does_not_give_way_to_a_ready_one_that_came_after(self):
        assert decided(self.ready, twin(11, READY)) == Outcome(READY, Why.CHECKED)

    def test_does_not_give_way_to_a_held_one(self):
        assert decided(self.ready, twin(1, HELD)) == Outcome(READY, Why.CHECKED)

    @pytest.mark.parametrize("state", sorted(LIVE))
    def test_gives_way_to_a_live_one_whenever_it_came(self, state):
        live = twin(11, state)
        assert decided(self.ready, live) == Outcome(HELD, Why.OTHER_CONTENT, live.id)


class TestSeveralInTheWay:
    """The blocker named is that of the same content, then a live one, then a ready one, then the first."""

    RANKED = (
        twin(6, HELD, document_id=NEW.document_id),
        twin(5, State.SENT),
        twin(4, READY),
        twin(2, HELD),
        twin(3, HELD),
    )

    @pytest.mark.parametrize(("better", "worse"), list(itertools.combinations(RANKED, 2)))
    def test_the_one_that_explains_most_is_named(self, better, worse):
        assert decided(NEW, better, worse).blocked_by == better.id
        assert decided(NEW, worse, better).blocked_by == better.id


STANDING = st.sampled_from([State.RECEIVED, State.COULD_NOT_CHECK, READY, HELD, *OUT_OF_THE_WAY])


@st.composite
def crowds(draw):
    """Candidates of one identity in order of arrival, at most one of them live."""
    size = draw(st.integers(1, 7))
    live = draw(st.none() | st.tuples(st.integers(0, size - 1), st.sampled_from(sorted(LIVE))))
    crowd = []
    for arrival in range(size):
        state = live[1] if live and live[0] == arrival else draw(STANDING)
        member = twin(
            arrival,
            state,
            document_id=UUID(int=draw(st.integers(1, 3))),
            fingerprint=draw(st.sampled_from([None, "one", "another"])),
            source_record=("erp", draw(st.sampled_from(["r1", "r2"]))),
        )
        fields = {name: draw(st.booleans()) for name in ("listed", "routed", "released", "overridden")}
        crowd.append(candidate(member, draw(st.sampled_from(Disposition)), **fields))
    return crowd


@given(crowds())
def test_of_one_identity_at_most_one_goes_out_without_a_persons_say(crowd):
    standing = {each.twin.id: each.twin for each in crowd}
    for each in crowd:
        if each.twin.state in {State.RECEIVED, State.COULD_NOT_CHECK, READY}:
            outcome = decide(each, list(standing.values()))
            standing[each.twin.id] = replace(each.twin, state=outcome.state)
    going = [each for each in crowd if standing[each.twin.id].state in {READY, *LIVE} and not each.overridden]
    assert len(going) <= 1


@given(crowds())
def test_what_is_kept_back_for_a_twin_names_one_that_stands_in_the_way(crowd):
    others = [each.twin for each in crowd[1:]]
    blocked_by = decide(crowd[0], others).blocked_by
    blockers = {other.id for other in others if other.state in IN_THE_WAY}
    assert blocked_by is None or blocked_by in blockers
