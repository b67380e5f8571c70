"""Events: what happens to invoices, as those outside hear of it, and which states are told at all."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from invoices.lifecycle import State

TOLD = tuple(state for state in State if state is not State.SENDING)
"""The states that have an event; a claim is a matter of seconds, and how it ended is told."""

OUTCOMES = (
    State.SENT,
    State.FAILED,
    State.INVALID,
    State.HELD,
    State.DUPLICATE,
    State.OUTCOME_UNKNOWN,
    State.SUPERSEDED,
    State.DISMISSED,
)
"""Those in which a matter came to an end or to a person; not the steps before, nor what is out of scope."""


@dataclass(frozen=True, slots=True)
class InvoiceEvent:
    """An event that waits to be published.

    Attributes:
        position: Its place in the outbox of a channel.
        id: The same for each channel and each try: whoever knows it may pass over it.
        sequence: Counts what happened to the invoice; it grows, with gaps.
        type: `invoice.` and the state that it came to.
        at: When that was.
        body: A JSON object, as `docs/events.md` describes it.
        flow_run_id: The run of Prefect in which it happened, if it was in one.
    """

    position: int
    id: UUID
    invoice_id: UUID
    sequence: int
    type: str
    at: datetime
    body: str
    flow_run_id: UUID | None
