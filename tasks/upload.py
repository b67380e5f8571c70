"""Upload: one invoice from its claim to its settlement; never repeated by any automatism."""

import logging
from functools import partial
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from clients.answers import Consequence, Outcome
from clients.clearfacts import Answer
from clients.clearfacts_queries import Upload
from clients.naming import Ref, upload_comment, upload_name
from db.breaker import Permission
from db.claims import Claim, ClaimUncertain, claim
from db.pace import pause, pause_left, reserve_turn
from db.settlements import Settlement, give_back, settle
from db.vault import CannotDecrypt
from db.waypoints import Waypoint, reached
from logs.observing import stage
from tasks.workbench import Workbench

_logger = logging.getLogger(__name__)
_LOOK_AT_PROBE_SECONDS = 0.1


def may_go_on(bench: Workbench) -> bool:
    """Whether another upload may begin in this run."""
    return not bench.stopping.is_set() and bench.gate.closed_because is None


def upload(bench: Workbench, invoice_id: UUID) -> bool:
    """Take one invoice through claim, upload and settlement; returns whether it was uploaded.

    What the answer was is not lost with a ledger that is away for a while: it is written down once it is back.

    Raises:
        TwinIsLive: Another invoice of its identity or record is live.
        WorkerLockLost: This worker may claim nothing any more.
        SQLAlchemyError: The ledger stayed away; a claim that may be left is settled by the next run.
    """
    _wait_for_turn(bench)
    permission = _permission(bench)
    if permission is None:
        return False
    claimed = _claim(bench, invoice_id, permission)
    if claimed is None:
        return False
    with stage("upload", 1, invoice_id=str(invoice_id)) as at_work:
        reached(Waypoint.UPLOAD_BEGINS)
        answer = bench.destination.upload(_form(claimed))
        reached(Waypoint.UPLOAD_ENDED)
        settled = _settle(bench, claimed, _settlement(answer))
        at_work.result = settled.outcome
    _heed(bench, answer, settled, permission)
    return True


def _permission(bench: Workbench) -> Permission | None:
    """Leave for one upload, or None where the run may not go on; waits while another slot makes the probe."""
    while may_go_on(bench):
        permission = bench.destination_breaker.permission()
        if permission.allowed:
            return permission
        if permission.probed_by != bench.worker:
            bench.leave_destination_alone(permission)
        bench.stopping.wait(_LOOK_AT_PROBE_SECONDS)
    return None


def _claim(bench: Workbench, invoice_id: UUID, permission: Permission) -> Claim | None:
    claimed = None
    try:
        budget = bench.settings.clearfacts_timeout_seconds
        claimed = claim(bench.ledger, bench.actor, invoice_id, bench.worker, budget)
        return claimed
    except ClaimUncertain as uncertain:
        bench.patiently(partial(give_back, bench.ledger, bench.actor, uncertain))
        return None
    except CannotDecrypt as cause:
        _logger.error("Invoice %s is not forwarded: %s.", invoice_id, cause)  # noqa: TRY400 - no fault of ours
        bench.locked.add(f"Documents could not be decrypted, so their invoices were not forwarded: {cause}.")
        return None
    finally:
        if claimed is None:
            bench.destination_breaker.put_back(permission)


def _settle(bench: Workbench, claimed: Claim, settlement: Settlement) -> Settlement:
    try:
        return bench.patiently(partial(settle, bench.ledger, bench.actor, claimed, settlement))
    except SQLAlchemyError:
        # The last place where this is known: a person who finds it need not search in the portal.
        _logger.error(  # noqa: TRY400 - the error itself is reported at the end of the run
            "Invoice %s: the upload ended as %s (receipt %s), and the ledger could not be told.",
            claimed.invoice_id,
            settlement.outcome,
            settlement.receipt,
        )
        raise


def _wait_for_turn(bench: Workbench) -> None:
    interval = bench.settings.clearfacts_min_interval_seconds
    if not interval and not bench.paused.is_set():
        return
    left = pause_left(bench.ledger)
    if left > bench.settings.retry_within_seconds:
        bench.gate.close(f"Clearfacts asked to be left alone for {left:.0f} more seconds.", by_request=True)
        return
    bench.stopping.wait(max(left, reserve_turn(bench.ledger, bench.actor, interval)))


def _form(claimed: Claim) -> Upload:
    ref = Ref.of(claimed.invoice_id, claimed.document_sha256)
    return Upload(
        company_number=claimed.company_number,
        direction=claimed.direction,
        filename=upload_name(
            ref, claimed.direction, claimed.issue_date, claimed.counterparty, claimed.number
        ),
        comment=upload_comment(ref, claimed.note or ""),
        document=claimed.document,
    )


def _settlement(answer: Answer) -> Settlement:
    return Settlement(
        outcome=answer.outcome.value,
        code=answer.code,
        message=answer.message,
        http_status=answer.status,
        receipt=answer.receipt,
        answer=answer.body,
        retry_after=answer.retry_after,
        counts_as_try=answer.consequence is not Consequence.STOP,
    )


def _heed(bench: Workbench, answer: Answer, settled: Settlement, permission: Permission) -> None:
    breaker = bench.destination_breaker
    if answer.consequence is Consequence.STOP:
        bench.gate.close(answer.message)
        _let_probe_end_well(bench, permission)
    elif answer.consequence is Consequence.WAIT:
        bench.paused.set()
        pause(bench.ledger, bench.actor, answer.retry_after or bench.settings.clearfacts_min_interval_seconds)
        _let_probe_end_well(bench, permission)
    elif answer.outcome in {Outcome.ACCEPTED, Outcome.REFUSED}:
        breaker.answered(permission)
    elif not (stands := breaker.failed(permission, _impersonal(answer))).allowed:
        failed = f"{stands.failures} calls in a row had no usable answer."
        bench.gate.close(f"{failed} {breaker.tried_again(stands)} The last: {settled.message}")


def _let_probe_end_well(bench: Workbench, permission: Permission) -> None:
    """A refused token and a 429 say nothing of the failures before, but that somebody is there again."""
    if permission.probe is not None:
        bench.destination_breaker.answered(permission)


def _impersonal(answer: Answer) -> str:
    """What went wrong without what the answer quotes, which may name people."""
    if answer.status is None:
        return answer.message
    return f"An upload was answered with {answer.status} ({answer.code})."
