"""Waypoints: the moments of a run at which it matters that a process may be killed, each with its name.

Every commit to the ledger is one, and so are the moments before and after each effect outside that cannot be
taken back. Whoever listens may stop the process there and see what becomes of the invoices.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum


class Waypoint(StrEnum):
    """A moment of a run; those in the past tense follow a commit, but for the ends of outside effects."""

    JOB_STARTED = "job_started"
    CLAIMS_SWEPT = "claims_swept"
    MADE_DUE = "made_due"
    FORCED = "forced"
    FREED = "freed"
    COUNTED_AS_TOUCHED = "counted_as_touched"
    FEED_RESTARTED = "feed_restarted"
    DOCUMENTS_STORED = "documents_stored"
    PAGE_STORED = "page_stored"
    RECORDS_STORED = "records_stored"
    STORED_FILES_MOVE = "stored_files_move"
    STORED_FILES_MOVED = "stored_files_moved"
    VERDICTS_STORED = "verdicts_stored"
    JUDGED = "judged"
    DEDUPED = "deduped"
    COMPARED = "compared"
    TURN_RESERVED = "turn_reserved"
    CLAIMED = "claimed"
    UPLOAD_BEGINS = "upload_begins"
    UPLOAD_ENDED = "upload_ended"
    SETTLED = "settled"
    PAUSE_NOTED = "pause_noted"
    FAILURE_NOTED = "failure_noted"
    PROBE_TAKEN = "probe_taken"
    PROBE_PUT_BACK = "probe_put_back"
    BREAKER_CLOSED = "breaker_closed"
    ACKNOWLEDGEMENT_BEGINS = "acknowledgement_begins"
    ACKNOWLEDGEMENT_ENDED = "acknowledgement_ended"
    ACKNOWLEDGED = "acknowledged"
    DECIDED = "decided"
    RUN_REQUESTED = "run_requested"
    RUN_ASKED_FOR = "run_asked_for"
    REQUESTS_TAKEN = "requests_taken"
    REQUESTS_DONE = "requests_done"
    ACCOUNT_CHANGED = "account_changed"
    CALLER_NOTED = "caller_noted"
    SIGNED_IN = "signed_in"
    WEBHOOK_RECEIVED = "webhook_received"
    ANNOUNCING_SET = "announcing_set"
    WEBHOOKS_TAKEN = "webhooks_taken"
    WEBHOOK_BEGINS = "webhook_begins"
    WEBHOOK_ENDED = "webhook_ended"
    WEBHOOKS_SETTLED = "webhooks_settled"
    PUBLISHING_SET = "publishing_set"
    EVENTS_BEGIN = "events_begin"
    EVENTS_ENDED = "events_ended"
    EVENTS_SETTLED = "events_settled"
    TROUBLE_NOTED = "trouble_noted"
    PEOPLE_TOLD = "people_told"
    NOTICES_TAKEN = "notices_taken"
    NOTICE_BEGINS = "notice_begins"
    NOTICE_ENDED = "notice_ended"
    NOTICES_SETTLED = "notices_settled"
    ROUTE_CHANGED = "route_changed"
    RECONCILED = "reconciled"
    ERASED = "erased"
    PRUNED = "pruned"
    HOLD_CHANGED = "hold_changed"
    RESTORED = "restored"
    RESTORATION_SETTLED = "restoration_settled"
    REENCRYPTED = "reencrypted"
    SEALED = "sealed"
    JOB_ENDED = "job_ended"


Listener = Callable[[Waypoint], None]

_listeners: list[Listener] = []


def reached(waypoint: Waypoint) -> None:
    """Tell those who listen; what they raise ends the run there."""
    for listener in tuple(_listeners):
        listener(waypoint)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let `listener` hear of every waypoint that any thread of this process reaches inside the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
