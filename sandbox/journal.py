"""The journal: every call that the sandbox received, in order, and what became of it."""

from collections import Counter
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class System(StrEnum):
    """Which of the outside systems was called."""

    JAVA_BACKEND = "java_backend"
    CLEARFACTS = "clearfacts"
    SLACK = "slack"


class Call(StrEnum):
    """What was asked; `unknown` where no call of the contract could be recognised."""

    PAGE = "page"
    RECORD = "record"
    UBL = "ubl"
    ACKNOWLEDGEMENT = "acknowledgement"
    HEALTH = "health"
    UPLOAD = "upload"
    DOCUMENT = "document"
    ADMINISTRATIONS = "administrations"
    STATISTICS = "statistics"
    USERINFO = "userinfo"
    MESSAGE = "message"
    WEBHOOK = "webhook"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """Whether the call was done; the caller may not have heard (see the entry's fault)."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(slots=True)
class Entry:
    """One call.

    Attributes:
        acknowledged: The status that an acknowledgement carries.
        announced: The status that a webhook of Waybill carries.
        text: What a message to Slack says.
        status: The HTTP status of the answer; None where the connection was dropped.
        reason: Why it was refused.
        fault: The fault that was applied.
        body: The uploaded file, where bodies are kept.
    """

    system: System
    kind: Call
    time: datetime = field(default_factory=lambda: datetime.now(UTC))
    outcome: Outcome = Outcome.ACCEPTED
    status: int | None = None
    company_number: str | None = None
    invoicetype: str | None = None
    filename: str | None = None
    comment: str | None = None
    sha256: str | None = None
    uuid: str | None = None
    cursor: str | None = None
    source_id: str | None = None
    version: int | None = None
    acknowledged: str | None = None
    announced: str | None = None
    webhook_id: str | None = None
    receipt: str | None = None
    text: str | None = None
    request_id: str | None = None
    traceparent: str | None = None
    reason: str | None = None
    fault: str | None = None
    body: bytes | None = field(default=None, repr=False)

    def as_json(self) -> dict[str, Any]:
        """The entry without its body and without what it does not have."""
        present = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "body"}
        present["time"] = self.time.isoformat()
        return {name: value for name, value in present.items() if value is not None}


class Journal:
    """What was received, oldest first; `keep_bodies` keeps the uploaded files too."""

    def __init__(self, *, keep_bodies: bool = False) -> None:
        self.keep_bodies = keep_bodies
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Append `entry`."""
        self._entries.append(entry)

    def entries(self, kind: Call | None = None) -> list[Entry]:
        """All entries, or those of one kind."""
        return [entry for entry in self._entries if kind is None or entry.kind is kind]

    def counts(self) -> dict[Call, dict[Outcome, int]]:
        """How many calls of each kind had which outcome."""
        counted: dict[Call, dict[Outcome, int]] = {}
        for (kind, outcome), number in Counter((each.kind, each.outcome) for each in self._entries).items():
            counted.setdefault(kind, {})[outcome] = number
        return counted

    def clear(self) -> None:
        """Forget all entries."""
        self._entries = []
