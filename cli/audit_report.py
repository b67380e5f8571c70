"""What verification found, in words: each problem as it is found, then how much was looked at."""

from collections.abc import Sequence

from sqlalchemy import Connection

from cli.output import STDOUT, Exit, plain, print_json
from db.audit import Problem, Totals, totals, verify
from db.seals import LastSeal
from db.vault import Vault

_WORDS = {
    "event_changed": "An event was changed: it no longer has its hash.",
    "event_swapped": "An event holds what belongs in another place.",
    "event_missing": "An event is missing before this one.",
    "chain_broken": "An event does not follow from the one before: either was exchanged or rewritten.",
    "sealed_event_missing": "An event that was sealed is gone.",
    "sealed_event_changed": "An event that was sealed is another one now.",
    "seal_changed": "A seal was changed, or what it covers: it no longer has its hash.",
    "seal_swapped": "A seal holds what belongs in another place.",
    "seal_missing": "A seal is missing.",
    "seal_chain_broken": "A seal does not follow from the one before: either was exchanged or rewritten.",
    "anchor_missing": "The seal that was noted down is gone.",
    "anchor_differs": "The seal that was noted down is another one now: what it covers was rewritten.",
    "not_queued": "An event is under no seal and does not wait for one: a seal was taken away.",
    "invoice_missing": "An invoice is gone.",
    "history_missing": "An invoice has no events.",
    "state_differs": "An invoice is not in the state that its last event gave it.",
    "receipt_differs": "An invoice has not the receipt that its last event tells.",
    "record_differs": "An invoice is not of the record or the document that it came with.",
    "attempt_changed": "An attempt was changed after it was settled.",
    "attempt_missing": "An attempt is gone.",
    "attempt_unrecorded": "An attempt was added that no event tells of.",
    "answer_changed": "The answer to an attempt was replaced.",
    "decision_changed": "A decision was changed, or its reason.",
    "decision_missing": "A decision is gone.",
    "decision_unrecorded": "A decision was added that no event tells of.",
    "reason_changed": "The reason of a decision was changed.",
    "verdict_changed": "A verdict is not one that was ever acted upon.",
    "verdict_missing": "A verdict is gone.",
    "document_changed": "What is known of a document does not fit its bytes' record.",
    "bytes_changed": "Bytes no longer have their SHA-256.",
    "key_missing": "Bytes could not be verified: their key is not among those of WAYBILL_ENCRYPTION_KEYS.",
}


def print_report(
    connection: Connection, vault: Vault, anchors: Sequence[LastSeal], *, documents: bool, as_json: bool
) -> Exit:
    """Verify and print; the exit code says whether anything was found."""
    found = 0
    for found, problem in enumerate(  # noqa: B007
        verify(connection, anchors, documents=documents, vault=vault), start=1
    ):
        if as_json:
            print_json(problem.as_json())
        else:
            _print_problem(problem)
    checked = totals(connection)
    if as_json:
        print_json(_summary(checked, found))
    else:
        _print_summary(checked, found)
    return Exit.NEEDS_PERSON if found else Exit.WELL


def _print_problem(problem: Problem) -> None:
    STDOUT.print(f"[bold red]{_WORDS[problem.kind]}[/] [dim]\\[{problem.kind}][/]", soft_wrap=True)
    if problem.invoice_id:
        _print_line("invoice", str(problem.invoice_id))
    _print_line("where", problem.place)
    _print_line("found", problem.found or "nothing")
    _print_line("expected", problem.expected or "nothing")


def _print_line(name: str, value: str) -> None:
    STDOUT.print(f"  [dim]{name:10}[/]{plain(value)}", soft_wrap=True, highlight=False)


def _summary(checked: Totals, found: int) -> dict[str, object]:
    newest = checked.last_seal
    return {
        "problems": found,
        "invoices": checked.invoices,
        "events": checked.events,
        "seals": checked.seals,
        "unsealed_events": checked.unsealed_events,
        "last_seal": {"number": newest.number, "hash": newest.hash} if newest else None,
    }


def _print_summary(checked: Totals, found: int) -> None:
    STDOUT.print(
        f"{found or 'No'} {'problem' if found == 1 else 'problems'}: looked at invoices {checked.invoices:,},"
        f" events {checked.events:,} (not sealed yet: {checked.unsealed_events:,}), seals {checked.seals:,}.",
        soft_wrap=True,
        highlight=False,
    )
    if newest := checked.last_seal:
        STDOUT.print("Note this down elsewhere; it proves later that nothing before it was rewritten:")
        STDOUT.print(f"  --anchor {newest.number}:{newest.hash}", soft_wrap=True, highlight=False)
