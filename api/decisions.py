"""Decisions: what a person decides about an invoice that waits for one, with a reason."""

from typing import Self
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.exc import IntegrityError

from api.envelope import Success, documented
from api.problems import Conflict, NotFound, Problem
from api.visits import Decides, Visit
from db.decisions import Decision, DecisionRefused, Ruling, decide
from db.lookups import invoice_row
from db.requests import RunRequest, ask_for_run
from invoices.lifecycle import State
from logs.correlation import correlation_id
from tasks.read_back import NotReadBack, read_back

router = APIRouter(tags=["invoices"])


class ReceiptNotConfirmed(Problem):
    """Clearfacts does not show the invoice under the receipt: look in the portal, then say `seen` instead."""

    status = Conflict.status
    code = "receipt-not-confirmed"
    title = "The receipt could not be confirmed"


class DecisionBody(BaseModel):
    """What a person decides, in view of which state, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "decision": "release",
                    "saw_state": "held",
                    "reason": "The total is right; the supplier rounds.",
                },
                {
                    "decision": "arrived",
                    "saw_state": "outcome_unknown",
                    "seen": True,
                    "reason": "Seen in the portal.",
                },
            ]
        },
    )

    decision: Decision
    saw_state: State = Field(
        description="The state that was decided on; where it is another now, nothing happens."
    )
    reason: str = Field(
        min_length=3, max_length=1000, pattern=r"\S", description="Why; kept with the decision."
    )
    receipt: UUID | None = Field(
        None, description="With `arrived`: the document's uuid in Clearfacts, read back."
    )
    seen: bool = Field(
        False, description="With `arrived`: it was seen in the portal; recorded as unverified."
    )

    @model_validator(mode="after")
    def _says_how_it_arrived(self) -> Self:
        if self.decision is Decision.ARRIVED and (self.receipt is None) != self.seen:
            raise ValueError("`arrived` needs either `receipt` or `seen`")
        if self.decision is not Decision.ARRIVED and (self.receipt or self.seen):
            raise ValueError("`receipt` and `seen` go with `arrived` only")
        return self


class Decided(BaseModel):
    """What a decision did."""

    invoice_id: UUID
    decision: Decision
    from_state: State
    state: State
    job_id: UUID | None = Field(description="The job that forwards it now, where the decision lets it go.")


@router.post(
    "/invoices/{invoice_id}/resolve",
    operation_id="resolveInvoice",
    summary="Decide about an invoice",
    responses=documented(NotFound, Conflict, ReceiptNotConfirmed),
)
async def resolve(invoice_id: UUID, body: DecisionBody, visit: Decides) -> Success[Decided]:
    """Carry out what a person decides; it is kept with who decided, why, and the state that they saw.

    What is released or sent again goes out by a run that is asked for in the same moment.
    """
    if await visit.ask(invoice_row, invoice_id) is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    receipt = await _read_back(visit, invoice_id, body)
    ruling = Ruling(body.decision, visit.caller.actor.name, body.saw_state, body.reason, receipt)
    try:
        state = await visit.ask(decide, invoice_id, ruling)
    except DecisionRefused as refused:
        raise Conflict(str(refused)) from None
    except IntegrityError:
        raise Conflict(f"Receipt {receipt} belongs to another invoice already.") from None
    job_id = await _forward(visit, invoice_id, body.reason) if state is State.READY else None
    done = Decided(
        invoice_id=invoice_id, decision=body.decision, from_state=body.saw_state, state=state, job_id=job_id
    )
    return Success(data=done, message=f"{body.saw_state} -> {state}.")


async def _read_back(visit: Visit, invoice_id: UUID, body: DecisionBody) -> str | None:
    if body.receipt is None:
        return None
    try:
        await run_sync(read_back, visit.facade.settings, invoice_id, str(body.receipt))
    except NotReadBack as error:
        raise ReceiptNotConfirmed(f"{error} If it was seen in the portal, say `seen`.") from None
    return str(body.receipt)


async def _forward(visit: Visit, invoice_id: UUID, reason: str) -> UUID:
    request = RunRequest(
        visit.caller.actor.name, correlation_id(), visit.caller.id, reason=reason, invoice_ids=[invoice_id]
    )
    return await visit.ask(ask_for_run, request)
