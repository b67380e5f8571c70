"""The life of one invoice for people: what it is and where it came from, then all that happened, in order."""

from collections.abc import Iterator, Mapping
from typing import Any

from cli.card import print_findings
from cli.output import STDOUT, moment, plain, short

_WIDTH = 17
_INDENT = " " * 21


def print_life(life: Mapping[str, Any]) -> None:
    """The life as `db.lineage.life` tells it; all times in UTC."""
    name = life["invoice"]["number"] or life["record"]["source_id"]
    state = life["state"] or "not in the ledger yet"
    at = f" at {moment(life['as_of'])} UTC" if life["as_of"] else ""
    _say(f"[bold]{plain(name)}[/]: {plain(state)}{at}")
    if life["state"] is None:
        return
    for field, value in _origin(life):
        _say(f"  [dim]{field:{_WIDTH}}[/]{plain(value)}")
    print_findings(life["findings"])
    _say("")
    attempts = {each["id"]: each for each in life["attempts"]}
    for event in life["events"]:
        _print_event(event, attempts)
    for attempt in attempts.values():
        _print_attempt(attempt)


def _origin(life: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    record, document, invoice = life["record"], life["document"], life["invoice"]
    yield "record", f"{record['source_id']} version {record['version']} of {record['source']}"
    yield "arrived (UTC)", moment(record["arrived_at"])
    for other in record["other_versions"]:
        arrived = moment(other["arrived_at"])
        yield "other version", f"{other['version']}, arrived {arrived}, invoice {short(other['id'])}"
    yield "document", f"{document['size']} bytes{_erased_in_words(document)}"
    yield "SHA-256", document["sha256"]
    yield "is", _in_short(invoice)
    yield "company", f"{invoice['company_number'] or 'not known'} {invoice['direction'] or ''}"
    if receipt := life["receipt"]:
        yield "receipt", _receipt_in_words(receipt)
    for job in life["jobs"]:
        started = moment(job["started_at"])
        yield (
            "job",
            f"{short(job['job_id'])} {job['flow']}, started {started}, asked for by {job['requested_by']}",
        )
    yield "id", life["id"]


def _erased_in_words(document: Mapping[str, Any]) -> str:
    if not document["erased_at"]:
        return ""
    erased = f", erased {moment(document['erased_at'])}"
    if because := document["erased_because"]:
        years, until = because["retention_years"], because["kept_until"]
        return f"{erased} by {because['actor']}: kept for {years} years, until {until}"
    return erased


def _in_short(invoice: Mapping[str, Any]) -> str:
    if invoice["kind"] is None:
        return "not read yet"
    kind = invoice["kind"].replace("_", " ")
    parts = [f"{kind} (type {invoice['type']})" if invoice["type"] else kind]
    if invoice["issuer"]:
        parts.append(f"by {invoice['issuer']}")
    if invoice["issue_date"]:
        parts.append(f"of {invoice['issue_date']}")
    if invoice["payable_amount"] is not None:
        parts.append(f"{invoice['payable_amount']} {invoice['currency'] or 'of no currency'}")
    return ", ".join(parts)


def _receipt_in_words(receipt: Mapping[str, Any]) -> str:
    unverified = "" if receipt["verified"] else " (seen by a person, not verified)"
    return f"{receipt['receipt'] or 'none'}{unverified}"


def _print_event(event: Mapping[str, Any], attempts: dict[str, Any]) -> None:
    before = f"{event['from']} -> " if event["from"] else ""
    _say(f"{moment(event['at'])}  [bold]{plain(before)}{plain(event['to'])}[/]  {plain(event['sentence'])}")
    for line in _details(event):
        _add(line)
    if event["verdict"]:
        for finding in event["verdict"]["findings"] or ():
            _add(f"{finding['message']} [{finding['code']}]")
    if attempt := attempts.pop(event["attempt_id"], None):
        _print_attempt(attempt)


def _details(event: Mapping[str, Any]) -> Iterator[str]:
    yield _by(event)
    if verdict := event["verdict"]:
        yield _verdict_in_words(verdict, event["disposition"])
    if blocker := event["blocked_by"]:
        called = blocker["number"] or blocker["source_id"] or "an invoice that is gone"
        yield f"because of {called}, invoice {short(blocker['id'])}, version {blocker['version']}"
    if decision := event["decision"]:
        yield from _decision_in_words(decision)


def _by(event: Mapping[str, Any]) -> str:
    job = event["job"]
    if job is None:
        return f"by {event['actor']}"
    named = "" if job["job_id"] in event["actor"] else f", job {short(job['job_id'])}"
    asked = f", asked for by {job['requested_by']}" if job["requested_by"] else ""
    return f"by {event['actor']}{named}{asked}"


def _verdict_in_words(verdict: Mapping[str, Any], disposition: str | None) -> str:
    rules = ", ".join(f"{each['name']} {each['version']}" for each in verdict["rule_sets"])
    then = f"; policy: {disposition.replace('_', ' ')}" if disposition else ""
    replaced = "; checked again since, so its findings are gone" if verdict["findings"] is None else ""
    return f"verdict {verdict['verdict']} by {rules or 'no rules'}{then}{replaced}"


def _decision_in_words(decision: Mapping[str, Any]) -> Iterator[str]:
    yield f"decided: {decision['decision']}, seeing it {decision['saw_state']}, by {decision['actor']}"
    if decision["reason_erased"]:
        yield f"reason erased; its SHA-256 was {decision['reason_sha256']}"
    else:
        yield f"reason: {decision['reason']}"


def _print_attempt(attempt: Mapping[str, Any]) -> None:
    by = f", asked for by {attempt['requested_by']}" if attempt["requested_by"] else ""
    _add(f"attempt {short(attempt['id'])}: claimed {moment(attempt['claimed_at'])}{by}")
    if attempt["outcome"] is None:
        _add("not settled")
        return
    status = f", HTTP {attempt['http_status']}" if attempt["http_status"] else ""
    _add(f"settled {moment(attempt['settled_at'])}: {attempt['outcome']} ({attempt['code']}{status})")
    _add(attempt["message"])
    if attempt["receipt"]:
        _add(f"receipt {attempt['receipt']}")


def _add(line: str | None) -> None:
    if line:
        _say(f"{_INDENT}{plain(line)}")


def _say(markup: str) -> None:
    STDOUT.print(markup, soft_wrap=True, highlight=False)
