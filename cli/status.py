"""`waybill status`: on one screen, how everything stands."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import typer

from cli.configured import settings
from cli.ledger import ledger
from cli.options import Json
from cli.output import STDOUT, Exit, counted, plain, print_json
from cli.prefect_now import prefect_now
from cli.status_words import Line, lines_beside, takes_in_words, utc
from db.ledger import Ledger
from db.overview import overview
from db.queue_time import queue_time
from invoices.lifecycle import NEEDS_PERSON, State
from settings import Settings

_BREAKERS = {"closed": "called as usual", "open": "left alone", "half_open": "being tried again"}
_WIDTH = 16


def status(as_json: Json = False) -> None:
    """How everything stands: invoices, what waits and how long, who is needed, neighbours, workers, jobs, Prefect.

    Exit codes: 0 all well, 1 people are needed, 2 it could not be looked up.
    """
    found = _found(settings())
    if as_json:
        print_json(found)
    else:
        for name, words in _lines(found):
            STDOUT.print(f"[bold]{name:{_WIDTH}}[/]{plain(words)}", soft_wrap=True, highlight=False)
    if found["needs_person"] or found["rejected_records"]:
        raise typer.Exit(Exit.NEEDS_PERSON)


def _found(configured: Settings) -> dict[str, Any]:
    with ledger() as opened, opened.reading() as connection:
        found = overview(connection, (configured.source, Ledger.destination))
        waiting = queue_time(
            connection,
            found["ready"]["due"] + found["ready"]["later"],
            configured.clearfacts_min_interval_seconds,
            configured.clearfacts_timeout_seconds,
        )
    needed = {"needs_person": _needs_person(found["states"])}
    return {**needed, **found, "queue_time": asdict(waiting), "prefect": prefect_now(configured.data_dir)}


def _needs_person(states: Mapping[str, int]) -> dict[str, int]:
    return {state: states[state] for state in State if state in NEEDS_PERSON and state in states}


def _lines(found: Mapping[str, Any]) -> Iterator[Line]:
    states = {state.value: found["states"].get(state, 0) for state in State}
    yield "Invoices", _sentence(f"{sum(states.values()):,}", counted(states))
    yield "Waiting", _waiting(found["ready"])
    if found["ready"]["oldest"]:
        yield "Will take", takes_in_words(found["queue_time"])
    yield "Need a person", counted(found["needs_person"]) or "none"
    yield "Rejected", f"{found['rejected_records']:,} records"
    for each in found["neighbours"]:
        yield each["neighbour"], _neighbour(each)
    yield "Workers", "; ".join(map(_worker, found["workers"])) or "none"
    for job in found["jobs_running"]:
        yield (
            "Running",
            f"{job['flow']} since {utc(job['started_at'])}, for {job['requested_by']}{_cut_off(job)}",
        )
    if job := found["last_job"]:
        yield "Last job", _sentence(f"{job['state']} at {utc(job['ended_at'])}", _result(job))
    yield from lines_beside(found)
    yield "Not yet sealed", f"{found['unsealed']:,} invoices"


def _waiting(ready: Mapping[str, Any]) -> str:
    if not (oldest := ready["oldest"]):
        return "none"
    later = f", {ready['later']:,} later, the first at {utc(ready['next_due_at'])}" if ready["later"] else ""
    name = oldest["number"] or oldest["id"]
    return f"{ready['due']:,} due now{later}; the oldest is {name}, here since {utc(oldest['since'])}"


def _neighbour(each: Mapping[str, Any]) -> str:
    words = [_BREAKERS[each["breaker"]]]
    if each["opened_at"]:
        words.append(f"since {utc(each['opened_at'])}")
    if each["try_again_at"]:
        words.append(f"tried again from {utc(each['try_again_at'])}")
    if each["probe_worker"]:
        words.append(f"by worker {each['probe_worker']}")
    if each["paused_until"]:
        words.append(f"asked for a pause until {utc(each['paused_until'])}")
    if each["failures"]:
        words.append(f"{each['failures']} failures in a row, the last {utc(each['last_failed_at'])}")
    return _sentence(", ".join(words), each["last_error"] if each["failures"] else None)


def _worker(worker: Mapping[str, Any]) -> str:
    dead = "" if worker["alive"] else " is dead, and the next run settles them:"
    return f"{worker['worker']}{dead} {worker['open_claims']} open claims"


def _cut_off(job: Mapping[str, Any]) -> str:
    return "" if job["alive"] else "; its process is gone, and the next run closes it"


def _result(job: Mapping[str, Any]) -> str:
    return str(job["error"] or counted(job["counts"] or {}))


def _sentence(fact: str, detail: str | None) -> str:
    return f"{fact}: {detail}" if detail else fact
