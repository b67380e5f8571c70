"""The states of an invoice and the only transitions between them."""

from enum import StrEnum


class State(StrEnum):
    """Where an invoice stands."""

    RECEIVED = "received"
    COULD_NOT_CHECK = "could_not_check"
    INVALID = "invalid"
    OUT_OF_SCOPE = "out_of_scope"
    READY = "ready"
    DUPLICATE = "duplicate"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    OUTCOME_UNKNOWN = "outcome_unknown"
    SUPERSEDED = "superseded"
    DISMISSED = "dismissed"


S = State

TRANSITIONS: dict[State, frozenset[State]] = {
    S.RECEIVED: frozenset(
        {S.READY, S.HELD, S.INVALID, S.COULD_NOT_CHECK, S.DUPLICATE, S.OUT_OF_SCOPE, S.SUPERSEDED}
    ),
    S.COULD_NOT_CHECK: frozenset({S.READY, S.HELD, S.INVALID, S.DUPLICATE, S.OUT_OF_SCOPE, S.SUPERSEDED}),
    S.INVALID: frozenset({S.READY, S.RECEIVED, S.SUPERSEDED, S.DISMISSED}),
    S.OUT_OF_SCOPE: frozenset({S.READY, S.SUPERSEDED}),
    S.READY: frozenset({S.SENDING, S.DUPLICATE, S.HELD, S.SUPERSEDED}),
    S.DUPLICATE: frozenset({S.READY, S.SUPERSEDED}),
    S.HELD: frozenset({S.READY, S.DUPLICATE, S.DISMISSED, S.SUPERSEDED}),
    S.SENDING: frozenset({S.SENT, S.FAILED, S.READY, S.OUTCOME_UNKNOWN}),
    S.SENT: frozenset(),
    S.FAILED: frozenset({S.READY, S.DISMISSED, S.SUPERSEDED}),
    S.OUTCOME_UNKNOWN: frozenset({S.SENT, S.READY, S.DISMISSED}),
    S.SUPERSEDED: frozenset(),
    S.DISMISSED: frozenset(),
}
"""From each state, those that it may move on to. `received` again means: to be checked again."""

ENTRY_STATES = frozenset({S.RECEIVED, S.SUPERSEDED})
"""A version that arrives after a newer one enters as superseded."""

LIVE = frozenset({S.SENDING, S.SENT, S.OUTCOME_UNKNOWN})
"""It has reached the destination, may have, or may be about to."""

SUPERSEDABLE = frozenset(state for state, onward in TRANSITIONS.items() if S.SUPERSEDED in onward)
"""What a newer version of the same record takes the place of."""

NEEDS_PERSON = frozenset({S.HELD, S.INVALID, S.FAILED, S.OUTCOME_UNKNOWN, S.COULD_NOT_CHECK})
"""A run that leaves an invoice in one of these says so in its exit code."""

ACKNOWLEDGED: dict[State, str] = {
    S.SENT: "sent",
    S.FAILED: "failed",
    S.INVALID: "failed",
    S.DUPLICATE: "duplicate",
    S.HELD: "held",
    S.OUTCOME_UNKNOWN: "outcome_unknown",
    S.SUPERSEDED: "superseded",
    S.OUT_OF_SCOPE: "out_of_scope",
}
"""The outward names that the source's contract accepts; other states are not acknowledged."""


def allowed(before: State, after: State) -> bool:
    """Whether an invoice may move from `before` to `after`."""
    return after in TRANSITIONS[before]
