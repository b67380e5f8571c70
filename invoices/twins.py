"""Dedupe: what becomes of an invoice in the light of others that may be the same one."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from invoices.lifecycle import LIVE, State
from invoices.policy import Disposition
from invoices.why import Why


@dataclass(frozen=True, slots=True)
class Twin:
    """An invoice as dedupe sees it.

    `fingerprint` is of its accounting content; None where the document could not be read. `arrival` orders
    invoices as the ledger received them.
    """

    id: UUID
    arrival: int
    state: State
    document_id: UUID
    identity_key: str
    fingerprint: str | None
    source_record: tuple[str, str]
    version: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """An invoice to be decided about: checked and in scope (`received`), or on its way out (`ready`).

    `listed`: the destination lists its company. `routed`: its route is on and its date within. `released`:
    a person let it pass despite findings or route. `overridden`: a person let it pass despite a twin of other content.
    """

    twin: Twin
    disposition: Disposition
    listed: bool
    routed: bool = True
    released: bool = False
    overridden: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state that a candidate moves to (its own: it stays), why, and what stands in its way."""

    state: State
    why: Why
    blocked_by: UUID | None = None


def decide(candidate: Candidate, others: Iterable[Twin]) -> Outcome:
    """Duplicate or held because of a twin; else by policy and by the destination's list of companies."""
    twin = candidate.twin
    # A person who lets another content pass has not asked for the same content twice.
    counting = (each for each in others if not candidate.overridden or _same_content(each, twin))
    blocker = _blocker(twin, counting)
    if blocker is not None:
        return _blocked(twin, blocker)
    if candidate.disposition is Disposition.BLOCK and not candidate.released:
        blocked = State.HELD if twin.state is State.READY else State.INVALID
        return Outcome(blocked, Why.FINDINGS)
    if candidate.disposition is Disposition.HOLD and not candidate.released:
        return Outcome(State.HELD, Why.FINDINGS)
    if not candidate.routed and not candidate.released:
        return Outcome(State.HELD, Why.ROUTE_OFF)
    if not candidate.listed:
        return Outcome(State.HELD, Why.COMPANY_NOT_LISTED)
    return Outcome(State.READY, Why.CHECKED)


def _blocker(twin: Twin, others: Iterable[Twin]) -> Twin | None:
    blocking = [other for other in others if other.id != twin.id and _stands_in_the_way(other, twin)]
    return min(blocking, key=lambda other: _precedence(other, twin), default=None)


def _stands_in_the_way(other: Twin, twin: Twin) -> bool:
    if other.state in LIVE:
        return other.identity_key == twin.identity_key or other.source_record == twin.source_record
    if other.identity_key != twin.identity_key:
        return False
    if other.state is State.READY:
        return twin.state is not State.READY or other.arrival < twin.arrival
    return other.state is State.HELD and twin.state is not State.READY


def _precedence(other: Twin, twin: Twin) -> tuple[bool, bool, bool, int]:
    return (
        not _same_content(other, twin),
        other.state not in LIVE,
        other.state is not State.READY,
        other.arrival,
    )


def _same_content(other: Twin, twin: Twin) -> bool:
    if other.document_id == twin.document_id:
        return True
    return other.fingerprint is not None and other.fingerprint == twin.fingerprint


def _blocked(twin: Twin, blocker: Twin) -> Outcome:
    if blocker.document_id == twin.document_id:
        return Outcome(State.DUPLICATE, Why.SAME_BYTES, blocker.id)
    if _same_content(blocker, twin):
        return Outcome(State.DUPLICATE, Why.SAME_CONTENT, blocker.id)
    if blocker.source_record == twin.source_record:
        return Outcome(State.HELD, Why.DELIVERED_AS_OTHER_VERSION, blocker.id)
    return Outcome(State.HELD, Why.OTHER_CONTENT, blocker.id)
