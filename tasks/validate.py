"""Validate: a verdict for each document that has none, and what it makes of each record."""

import asyncio
from collections.abc import Collection, Sequence
from uuid import UUID

from prefect import task
from prefect.cache_policies import NO_CACHE

from db.checks import Judged, Unchecked, apply_judgements, contents, store_verdicts, unchecked
from db.routes import Routes
from db.vault import CannotDecrypt
from db.waypoints import Waypoint
from invoices.check import CheckedDocument, could_not_check
from invoices.findings import Verdict
from invoices.judgement import Owner, judge, sole_owner
from logs.observing import stage
from tasks.workbench import Workbench


def validate(bench: Workbench, ids: Sequence[UUID], listed: Collection[str] | None) -> int:
    """Check and judge those of `ids` that wait for it; returns how many they were.

    `listed` is None where the destination's list of companies is not known; a record that needs it to know
    its company then waits.
    """
    with bench.ledger.reading() as connection:
        waiting = unchecked(connection, ids, bench.rules_key)
    results = _results(bench, waiting)
    routes = bench.routes()
    judged = [
        each for invoice in waiting if (each := _judge(invoice, results[invoice.document_id], routes, listed))
    ]
    with bench.ledger.transaction(bench.actor, Waypoint.JUDGED) as connection:
        apply_judgements(connection, judged, bench.rules_key)
    return len(waiting)


def _results(bench: Workbench, waiting: Sequence[Unchecked]) -> dict[UUID, CheckedDocument]:
    known = {each.document_id: CheckedDocument(each.checked, each.facts) for each in waiting if each.checked}
    missing = {each.document_id: each.size for each in waiting if each.document_id not in known}
    for batch in contents(bench.ledger, missing):
        results = bench.checks.check(
            {each: plain for each, plain in batch.items() if isinstance(plain, bytes)}
        )
        with bench.ledger.transaction(bench.actor, Waypoint.VERDICTS_STORED) as connection:
            store_verdicts(connection, results, bench.rules_key)
        known |= results
        known |= {
            each: could_not_check(str(cause))
            for each, cause in batch.items()
            if isinstance(cause, CannotDecrypt)
        }
    erased = {
        document: could_not_check("the document has been erased")
        for document in missing.keys() - known.keys()
    }
    return known | erased


def _judge(
    invoice: Unchecked, result: CheckedDocument, routes: Routes, listed: Collection[str] | None
) -> Judged | None:
    owner = _owner(invoice, result, routes, listed)
    if owner is None and result.facts is not None and listed is None:
        return None
    failed = invoice.failed_checks + (result.checked.verdict is Verdict.COULD_NOT_CHECK)
    judgement = judge(result.checked, result.facts, owner, failed, invoice.stated_number)
    return Judged(invoice, result.facts, owner, judgement)


def _owner(
    invoice: Unchecked, result: CheckedDocument, routes: Routes, listed: Collection[str] | None
) -> Owner | None:
    if invoice.company_number is not None and invoice.direction is not None:
        found = (invoice.company_number, invoice.direction)
    elif result.facts is None or (sole := sole_owner(result.facts, listed or ())) is None:
        return None
    else:
        found = sole
    return Owner(*found, routes.route(*found))


@task(name="validate", retries=2, retry_delay_seconds=2, cache_policy=NO_CACHE)
async def validate_chunk(bench: Workbench, ids: Sequence[UUID], listed: Collection[str] | None) -> int:
    """Validate a chunk; safe to repeat, because a verdict is kept and a judgement is given only once."""
    with stage("validate", len(ids)):
        return await asyncio.to_thread(bench.patiently, lambda: validate(bench, ids, listed))
