"""Compare: what differs between an invoice that is held and the one with the same number."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from db.contested import DIFFERS, Contest, contests, note
from db.vault import CannotDecrypt
from db.waypoints import Waypoint
from invoices.differences import Difference, differences
from invoices.document import parse
from invoices.findings import Finding, PolicyClass, Severity
from invoices.unreadable import Unreadable
from tasks.workbench import Workbench

_AT_ONCE = 10


def compare(bench: Workbench, ids: Sequence[UUID]) -> None:
    """Put the differing fields side by side, as findings, on those of `ids` that are held for their content."""
    while True:
        with bench.ledger.reading() as connection:
            found = contests(connection, bench.ledger.vault, ids, _AT_ONCE)
        with bench.ledger.transaction(bench.actor, Waypoint.COMPARED) as connection:
            for contest in found:
                note(connection, contest.invoice_id, _findings(contest))
        if len(found) < _AT_ONCE:
            return


def _findings(contest: Contest) -> list[Finding]:
    if isinstance(contest.documents, CannotDecrypt):
        return [_finding(f"They cannot be compared: {contest.documents}.")]
    try:
        found = differences(*map(parse, contest.documents))
    except Unreadable as unreadable:
        return [_finding(f"They cannot be compared: {unreadable.finding.message}")]
    return [_difference(each) for each in found] or [
        _finding("They differ in attachments, notes or order only.")
    ]


def _difference(each: Difference) -> Finding:
    where = f"{each.term} ({each.path})" if each.term else each.path
    said = _finding(f"{where}: {each.ours or 'nothing'} here, {each.theirs or 'nothing'} there.")
    return replace(said, location=each.path, term=each.term, found=each.ours, expected=each.theirs)


def _finding(message: str) -> Finding:
    return Finding(code=DIFFERS, severity=Severity.WARNING, policy_class=PolicyClass.WARNING, message=message)
