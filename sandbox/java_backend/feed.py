"""The change feed of the sandbox's Java backend: records in the order of (updatedAt, id)."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import threading
from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sandbox.errors import UnknownCursorError
from sandbox.records import SandboxRecord

_SIGNATURE_BYTES = 12
_REVISION = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Change:
    """A record's place in the feed; `revision` numbers changes as they came and never comes again."""

    updated_at: datetime
    revision: int
    record: SandboxRecord

    @property
    def position(self) -> tuple[datetime, str, int]:
        """What the feed is ordered by."""
        return (self.updated_at, self.record.source_id, self.revision)


class Feed:
    """Every change stays in the feed; a record on its own is shown as it was put last."""

    def __init__(self, records: Iterable[SandboxRecord] = ()) -> None:
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._changes: list[Change] = []
        self._by_revision: dict[int, Change] = {}
        self._latest: dict[str, Change] = {}
        self._last_revision = 0
        for record in records:
            self.put(record)

    def put(self, record: SandboxRecord) -> Change:
        """Add a change: a new record, another version of one, or the same once more.

        Without `updated_at` it comes last. A change dated before what a client has read is one it never sees.
        """
        with self._lock:
            self._last_revision += 1
            change = Change(record.updated_at or self._now(), self._last_revision, record)
            insort(self._changes, change, key=_position)
            self._by_revision[change.revision] = change
            self._latest[record.source_id] = change
            return change

    def repeat(self, source_id: str) -> Change | None:
        """Let a record come once more, unchanged; None where there is no such record."""
        change = self.latest(source_id)
        return None if change is None else self.put(replace(change.record, updated_at=None))

    def _now(self) -> datetime:
        now = datetime.now(UTC)
        if not self._changes:
            return now
        return max(now, self._changes[-1].updated_at + timedelta(microseconds=1))

    def clear(self) -> None:
        """Forget all records; cursors issued so far are unknown from now on."""
        with self._lock:
            self._key = secrets.token_bytes(32)
            self._changes, self._by_revision, self._latest = [], {}, {}

    def latest(self, source_id: str) -> Change | None:
        """The last change of one record."""
        return self._latest.get(source_id)

    def revision(self, revision: str) -> Change | None:
        """One change by its number, in decimal digits."""
        return self._by_revision.get(int(revision)) if _REVISION.fullmatch(revision) else None

    def changes(self) -> list[Change]:
        """All changes in order."""
        return list(self._changes)

    def page(self, cursor: str | None, size: int) -> tuple[list[Change], str, bool]:
        """Up to `size` changes after `cursor`, the next cursor, and whether there are more.

        Raises:
            UnknownCursorError: This feed did not issue the cursor.
        """
        with self._lock:
            start = 0 if cursor is None else self._after(cursor)
            changes = self._changes[start : start + size]
            more = start + size < len(self._changes)
        if changes:
            return changes, self._cursor(changes[-1].revision), more
        return changes, self._cursor(0) if cursor is None else cursor, more

    def _after(self, cursor: str) -> int:
        revision = self._read_cursor(cursor)
        if revision == 0:
            return 0
        if revision not in self._by_revision:
            raise UnknownCursorError
        return bisect_right(self._changes, self._by_revision[revision].position, key=_position)

    def _cursor(self, revision: int) -> str:
        """The signed cursor that stands after `revision`; 0 is the beginning."""
        payload = revision.to_bytes(8, "big")
        return base64.urlsafe_b64encode(payload + self._signature(payload)).decode("ascii")

    def _read_cursor(self, cursor: str) -> int:
        try:
            raw = base64.b64decode(cursor, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise UnknownCursorError from error
        payload, signature = raw[:8], raw[8:]
        if not hmac.compare_digest(signature, self._signature(payload)):
            raise UnknownCursorError
        return int.from_bytes(payload, "big")

    def _signature(self, payload: bytes) -> bytes:
        return hmac.new(self._key, payload, hashlib.sha256).digest()[:_SIGNATURE_BYTES]


def _position(change: Change) -> tuple[datetime, str, int]:
    return change.position
