"""What people do to the ledger, and time: decisions, force, routes, acknowledgements, clocks that jump."""

from datetime import date

from hypothesis import strategies as st
from hypothesis.stateful import rule

from db.decisions import Decision, DecisionRefused, Ruling, decide, force
from db.ledger import Actor
from db.waiting import make_due, mark_acknowledged, unacknowledged
from db.waypoints import Waypoint
from invoices.lifecycle import State
from invoices.policy import Preset
from tests.db.machine.base import PERSON, LedgerBase, pick, picks, worker_index
from tests.db.machine.invariants import FORCED
from tests.db.machine.world import SOURCE

WAIT_FOR_A_PERSON = ("held", "invalid", "out_of_scope", "failed", "outcome_unknown")
FITTING = {
    "held": [Decision.RELEASE, Decision.RELEASE, Decision.ALREADY_BOOKED, Decision.DISMISS],
    "outcome_unknown": [Decision.SEND_AGAIN, Decision.SEND_AGAIN, Decision.ARRIVED, Decision.DISMISS],
}
RELEASABLE = [Decision.RELEASE, Decision.RELEASE, Decision.DISMISS]


class Deciding(LedgerBase):
    """Rules of what does not come from a run."""

    @rule(which=pick, choice=pick)
    def a_person_decides_what_fits(self, which, choice):
        for row in map(self.by_id().get, self.chosen([which], *WAIT_FOR_A_PERSON)):
            fitting = FITTING.get(row.state, RELEASABLE)
            self.decide(row, fitting[choice % len(fitting)], State(row.state))

    @rule(which=pick, decision=st.sampled_from(Decision), saw=st.none() | st.sampled_from(State))
    def a_person_decides_anything(self, which, decision, saw):
        row = self.by_id()[self.chosen([which])[0]]
        self.decide(row, decision, saw or State(row.state))

    def decide(self, row, decision, saw):
        """A ruling by someone who looked into Clearfacts first."""
        receipt = self.outside.receipt_of(row.id) if decision is Decision.ARRIVED else None
        ruling = Ruling(decision, PERSON, saw, "I looked.", receipt)
        try:
            with self.ledger.transaction(Actor(PERSON), Waypoint.DECIDED) as connection:
                decide(connection, row.id, ruling)
        except DecisionRefused:
            return
        assert saw == row.state, "a decision in view of another state was carried out"
        self.outside.decide(row, decision)

    @rule(wanted=st.none() | picks)
    def invalid_and_failed_ones_are_forced(self, wanted):
        with self.ledger.transaction(Actor(FORCED), Waypoint.FORCED) as connection:
            force(connection, None if wanted is None else self.chosen(wanted))

    @rule(
        enabled=st.sampled_from([True, True, False]),
        deliver_from=st.sampled_from([date(2026, 1, 1), date(2026, 6, 1)]),
        preset=st.sampled_from(Preset),
    )
    def routes_change(self, enabled, deliver_from, preset):
        self._route(enabled=enabled, deliver_from=deliver_from, preset=preset)

    @rule(index=worker_index, wanted=picks)
    def invoices_are_made_due(self, index, wanted):
        with self.ledger.transaction(self.actors[index], Waypoint.MADE_DUE) as connection:
            make_due(connection, self.chosen(wanted))

    @rule(hours=st.sampled_from([-25, -1, 1, 1, 25]))
    def the_clock_jumps(self, hours):
        """Forwards, or back: what was written down with the old time stays."""
        self._as_owner(
            "UPDATE invoice SET next_attempt_at = next_attempt_at - make_interval(hours => :hours)",
            hours=hours,
        )
        self._as_owner(
            "UPDATE attempt SET budget_ends_at = budget_ends_at - make_interval(hours => :hours)", hours=hours
        )

    @rule(index=worker_index)
    def the_source_is_told(self, index):
        with self.ledger.transaction(self.actors[index], Waypoint.ACKNOWLEDGED) as connection:
            news = unacknowledged(connection, SOURCE, 100)
            mark_acknowledged(connection, [(invoice_id, state) for invoice_id, state, _ in news])
            assert unacknowledged(connection, SOURCE, 100) == []
