"""Notices: trouble that runs and neighbours have, folded to one row each, and what people were told of it.

All of it is done by functions of the database's owner, as the background of the facade has no caller.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, text

_MOST_GROUPS, _MOST_NUMBERS = 5, 5


@dataclass(frozen=True, slots=True)
class EndedJob:
    """A job whose end nobody has looked at: `died` where its process was gone, `rehearsal` for a dry run.

    `part` is that of the companies that the run worked for, such as 2/4; None: all of them.
    """

    id: UUID
    flow_run_id: UUID
    flow: str
    part: str | None
    state: str
    error: str | None
    died: bool
    rehearsal: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong; its kind, subject and problem tell it from others.

    A subject is a flow, with the part of the companies where it worked for one (`process-invoices 2/4`), or a
    neighbour; `said` are words for people without personal data.
    """

    kind: str
    subject: str
    problem: str = ""
    said: str | None = None
    job_id: UUID | None = None
    flow_run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Untold:
    """Trouble, or its end, that people should be told of now.

    Attributes:
        says: `trouble` or `recovery`.
        since, ended_at: When it began and ended this time.
        times: How often it happened since people were last told, the first at `untold_since`.
        told, told_at: What people were told last, and when they were last told that it happens.
    """

    id: UUID
    says: Literal["trouble", "recovery"]
    trouble: Trouble
    since: datetime
    last_at: datetime
    ended_at: datetime | None
    times: int
    untold_since: datetime | None
    told: str
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A notice that was taken to be sent to a channel; `tries` counts this one too."""

    id: UUID
    tries: int
    channel: str
    says: str
    title: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """How notices stand: on their way, the oldest of those, given up in the last week, and troubles that go on."""

    waiting: int
    oldest_at: datetime | None
    given_up: int
    open_troubles: int


_UNNOTICED = text(
    "SELECT id, flow_run_id, flow, part, state, error, died, rehearsal FROM unnoticed_jobs(:id, :grace)"
)


def unnoticed_jobs(connection: Connection, job_id: UUID | None, grace_seconds: float) -> list[EndedJob]:
    """The ends of runs that nobody looked at, oldest first; kept from others by this transaction.

    Those are: the job that is named and what its flow did before; jobs that died; jobs that ended more than
    `grace_seconds` ago, whose own process did not come to it.
    """
    rows = connection.execute(_UNNOTICED, {"id": job_id, "grace": grace_seconds})
    return [EndedJob(*row) for row in rows]


_NOTE_JOB = text("SELECT note_job(:id, :subject, CAST(:ends AS text[]), :kind, :problem, :said)")


def note_job(
    connection: Connection, job_id: UUID, subject: str, ends: Sequence[str], found: Trouble | None
) -> None:
    """Note what a job's end means, once: it ends trouble of `subject` of these kinds, and may be trouble itself."""
    connection.execute(
        _NOTE_JOB,
        {
            "id": job_id,
            "subject": subject,
            "ends": list(ends),
            "kind": found and found.kind,
            "problem": found and found.problem,
            "said": found and found.said,
        },
    )


_NOTE_TROUBLE = text("SELECT note_trouble(:kind, :subject, :problem, :said, :job_id, :flow_run_id)")


def note_trouble(connection: Connection, found: Trouble) -> UUID:
    """Trouble happened, once more where it is known; returns its row's id."""
    noted: UUID = connection.execute(
        _NOTE_TROUBLE,
        {
            "kind": found.kind,
            "subject": found.subject,
            "problem": found.problem,
            "said": found.said,
            "job_id": found.job_id,
            "flow_run_id": found.flow_run_id,
        },
    ).scalar_one()
    return noted


def end_troubles(connection: Connection, subject: str, kinds: Sequence[str]) -> None:
    """Trouble of these kinds is over for `subject`."""
    connection.execute(
        text("SELECT end_troubles(:subject, CAST(:kinds AS text[]))"),
        {"subject": subject, "kinds": list(kinds)},
    )


def note_neighbours(connection: Connection) -> None:
    """Neighbours that are left alone are trouble, and those that are called again are none."""
    connection.execute(text("SELECT note_neighbours()"))


def end_met_needs(connection: Connection, flows: Sequence[str]) -> None:
    """People are needed no more for those of these flows whose invoices and records all came right."""
    connection.execute(text("SELECT end_met_needs(CAST(:flows AS text[]))"), {"flows": list(flows)})


_TO_TELL = text("""
SELECT id, says, since, last_at, ended_at, times, untold_since, told, told_at,
       kind, subject, problem, said, job_id, flow_run_id
FROM troubles_to_tell(:spacing)
""")


def troubles_to_tell(connection: Connection, spacing_seconds: float) -> list[Untold]:
    """What people should be told of, kept from others by this transaction.

    Of each trouble at most once in `spacing_seconds`, and once that it is over where they were told of it.
    """
    rows = connection.execute(_TO_TELL, {"spacing": spacing_seconds})
    return [Untold(row.id, row.says, Trouble(*row[9:]), *row[2:9]) for row in rows]


def who_is_needed(connection: Connection, trouble_id: UUID) -> Mapping[str, Any]:
    """For what people are needed, as the runs say that nobody was told of yet.

    `invoices` and `rejected` count; `groups` are `{"why", "code", "invoices", "numbers"}`, the largest first,
    `left_out` more of them; `counts` are the last run's.
    """
    found: Mapping[str, Any] = connection.execute(
        text("SELECT who_is_needed(:id, :groups, :numbers)"),
        {"id": trouble_id, "groups": _MOST_GROUPS, "numbers": _MOST_NUMBERS},
    ).scalar_one()
    return found


_TELL = text("SELECT tell(:trouble, :says, :title, CAST(:body AS jsonb), CAST(:channels AS text[]))")


def tell(
    connection: Connection,
    trouble_id: UUID | None,
    says: str,
    title: str,
    body: Mapping[str, Any],
    channels: Sequence[str],
) -> UUID:
    """Put a notice on its way to channels; a test is of no trouble. Returns its id."""
    told: UUID = connection.execute(
        _TELL,
        {
            "trouble": trouble_id,
            "says": says,
            "title": title,
            "body": json.dumps(body, ensure_ascii=False),
            "channels": list(channels),
        },
    ).scalar_one()
    return told


_TAKE = text("""
SELECT id, tries, channel, says, title, body
FROM take_notices(CAST(:channels AS text[]), :most, :lease, :notice)
""")


def take_notices(
    connection: Connection,
    channels: Sequence[str],
    most: int,
    lease_seconds: float,
    notice_id: UUID | None = None,
) -> list[Outgoing]:
    """What is due for these channels, oldest first, or of one notice; nobody else takes it during the lease."""
    taking = {"channels": list(channels), "most": most, "lease": lease_seconds, "notice": notice_id}
    return [Outgoing(*row) for row in connection.execute(_TAKE, taking)]


def settle_notice(
    connection: Connection,
    sent: Outgoing,
    outcome: Literal["delivered", "again", "given_up"],
    error: str | None = None,
    wait_seconds: float = 0.0,
) -> None:
    """Write down how sending ended; `error` names no address, `wait_seconds` go by before the next try."""
    connection.execute(
        text("SELECT settle_notice(:id, :tries, :outcome, :error, :wait)"),
        {"id": sent.id, "tries": sent.tries, "outcome": outcome, "error": error, "wait": wait_seconds},
    )


def give_up_notices(connection: Connection, after_seconds: float) -> None:
    """Wait no more for what is older: also where nobody has its channel in the settings any more."""
    connection.execute(text("SELECT give_up_notices(:after)"), {"after": after_seconds})


def notices_standing(connection: Connection) -> Standing:
    """How it stands now; any role of ours may ask."""
    return Standing(*connection.execute(text("SELECT * FROM notices_standing()")).one())


_NOTICES = text("""
SELECT json_build_object(
    'id', n.id, 'at', n.created_at, 'says', n.says, 'kind', t.kind, 'subject', t.subject, 'title', n.title,
    'lines', n.body -> 'lines', 'links', n.body -> 'links',
    'channels', coalesce((
        SELECT json_agg(json_build_object(
            'channel', d.channel,
            'state', CASE WHEN d.delivered_at IS NOT NULL THEN 'delivered'
                          WHEN d.given_up_at IS NOT NULL THEN 'given_up' ELSE 'waiting' END,
            'tries', d.tries, 'delivered_at', d.delivered_at, 'error', d.error) ORDER BY d.channel)
        FROM notice_delivery d WHERE d.notice_id = n.id), '[]')) AS notice
FROM notice n LEFT JOIN trouble t ON t.id = n.trouble_id
WHERE CAST(:id AS uuid) IS NULL OR n.id = :id
ORDER BY n.position DESC LIMIT CAST(:most AS integer)
""")


def notices(
    connection: Connection, most: int | None, notice_id: UUID | None = None
) -> Iterator[dict[str, Any]]:
    """What people were told, newest first, each with its channels; or one of them. As JSON objects."""
    yield from connection.execute(_NOTICES, {"most": most, "id": notice_id}).scalars()


_OPEN = text("""
SELECT json_build_object(
    'kind', kind, 'subject', subject, 'problem', problem, 'said', said, 'since', since, 'last_at', last_at,
    'untold', times, 'told_at', told_at, 'job_id', job_id, 'flow_run_id', flow_run_id)
FROM trouble WHERE ended_at IS NULL ORDER BY since, id
""")


def open_troubles(connection: Connection) -> list[dict[str, Any]]:
    """The trouble that goes on, the longest first. As JSON objects."""
    return list(connection.execute(_OPEN).scalars())
