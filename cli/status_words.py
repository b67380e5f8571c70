"""The words of `waybill status` for what stands beside the invoices: time, requests, messages, runs, Prefect."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from cli.output import counted, moment

Line = tuple[str, str]

_BASIS = {"last_hour": "as in the last hour", "settings": "as set; too few were forwarded in the last hour"}
_RECONCILED = ("confirmed", "different", "not_checked", "unverified")


def utc(timestamp: str) -> str:
    """A time of the ledger for people."""
    return f"{moment(timestamp)} UTC"


def takes_in_words(time: Mapping[str, Any]) -> str:
    """How long the queue takes, and what that was taken from."""
    if time["at_least_seconds"] is None:
        return "not known: too few were forwarded in the last hour to tell, and no interval is set"
    each = f"{time['per_upload_seconds']:.2g} s" if time["per_upload_seconds"] else "no time"
    return f"at least {long(time['at_least_seconds'])}, at one every {each} ({_BASIS[time['basis']]})"


def lines_beside(found: Mapping[str, Any]) -> Iterator[Line]:
    """A line for each thing; those with nothing to tell are left out, Prefect's never."""
    if (restored := found["restored"]) is not None:
        yield "Set back", _set_back(restored)
    for job in found["last_jobs"]:
        ended = f"{job['state']} at {utc(job['ended_at'])}"
        yield "Last of each", f"{job['flow']}: {ended}, for {job['requested_by']}"
    if (last := found["last_reconciliation"]) is not None:
        counts = counted({name: last[name] for name in _RECONCILED}) or "no receipts"
        yield "Reconciled", f"until {utc(last['until'])}: {counts}"
    if (requests := found["run_requests"])["open"]:
        yield "Asked for", f"{requests['open']:,} runs, the oldest at {utc(requests['oldest_at'])}"
    yield from _messages(found)
    yield "Prefect", found["prefect"]["says"]
    for run in found["prefect"]["next_runs"]:
        yield "Next run", f"{run['deployment']} at {utc(run['at'])}"


def _set_back(restored: Mapping[str, Any]) -> str:
    at, copied_at = utc(restored["restored_at"]), utc(restored["copied_at"])
    return f"at {at} to a copy of {copied_at}; {restored['held']:,} held until `waybill restore --settle`"


def _messages(found: Mapping[str, Any]) -> Iterator[Line]:
    if (webhooks := found["webhooks"]) and (words := _webhooks(webhooks)):
        yield "Webhooks", words
    notices = found["notices"]
    if notices["waiting"] or notices["given_up"]:
        since = f", the oldest of {utc(notices['oldest_at'])}" if notices["oldest_at"] else ""
        yield (
            "Notices",
            f"{notices['waiting']:,} not delivered{since}; {notices['given_up']:,} given up in a week",
        )
    for channel in found["outbox"]:
        if channel["listens"] and channel["waiting"]:
            yield "Events", _backlog(channel)


def _backlog(channel: Mapping[str, Any]) -> str:
    why = f": {channel['error']}" if channel["error"] else ""
    oldest = utc(channel["oldest_at"])
    return f"{channel['waiting']:,} wait for {channel['channel']}, the oldest of {oldest}{why}"


def _webhooks(webhooks: Mapping[str, Any]) -> str:
    parts = []
    if webhooks["gone_at"]:
        parts.append(f"the receiver said at {utc(webhooks['gone_at'])} that it is gone")
    if webhooks["undelivered"]:
        parts.append(f"{webhooks['undelivered']:,} not delivered, the oldest of {utc(webhooks['oldest_at'])}")
    if webhooks["given_up"]:
        parts.append(f"{webhooks['given_up']:,} given up")
    return ", ".join(parts)


def long(seconds: float) -> str:
    """A length of time to two units, such as `3 h 20 min`."""
    left = int(timedelta(seconds=seconds).total_seconds())
    parts = []
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if left >= length:
            parts.append(f"{left // length} {unit}")
            left %= length
    return " ".join(parts[:2]) or "no time"
