"""A drop folder as a source of invoices: files are taken once they have stopped changing, then moved."""

import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from clients.drop_files import Content, Stamp, content_held, content_of, files_below
from clients.drop_layout import (
    ARCHIVES,
    DOCUMENT,
    TRAYS,
    MisplacedError,
    digest_of,
    folder_finding,
    is_archive,
    key_of,
    path_of,
    place_of,
    source_id_of,
    split_source_id,
)
from clients.drop_trays import Trays
from clients.errors import SourceRefused
from clients.limits import DEFAULT_LIMITS, PageLimits
from invoices.findings import Finding
from invoices.legible import legible
from invoices.source import Acknowledgement, Page, Record, RejectedRecord


@dataclass(frozen=True, slots=True)
class _Offered:
    """A file that was handed over, as it then was."""

    relative: str
    stamp: Stamp
    digest: str


class DropFolder:
    """Takes `.xml` files from `<company number>/sale|purchase/`, or from the folder itself.

    Archives are refused unopened, other files left alone. A file is offered once by one instance; after
    `stored` it lies in `done/`, or in `refused/` with a `.txt` that says why. Safe to use from several threads.

    Args:
        path: The folder.
        settle_seconds: How long a file must have been unchanged.
        limits: Of a page and a document.
    """

    name = "folder"

    def __init__(
        self, path: Path, *, settle_seconds: float = 5.0, limits: PageLimits = DEFAULT_LIMITS
    ) -> None:
        self._folder = path
        self._settle_seconds = settle_seconds
        self._limits = limits
        self._waiting: deque[str] = deque()
        self._seen: set[tuple[str, Stamp]] = set()
        self._offered: dict[str, _Offered] = {}
        self._trays = Trays(path, limits.document_bytes)
        self._lock = Lock()

    def page(self, cursor: str | None) -> Page:  # noqa: ARG002 - the protocol's; a folder needs none
        """The next files that were not offered yet.

        Raises:
            SourceRefused: The folder cannot be read.
        """
        with self._lock:
            self._waiting = self._waiting or deque(self._settled())
            taken: list[Record | RejectedRecord] = []
            room = self._limits.page_bytes
            while self._waiting and len(taken) < self._limits.records:
                size = self._size(self._waiting[0])
                if taken and size > room:
                    break
                outcome = self._take(self._waiting.popleft())
                if outcome is not None:
                    taken.append(outcome)
                    room -= size
            return Page(
                tuple(each for each in taken if isinstance(each, Record)),
                tuple(each for each in taken if isinstance(each, RejectedRecord)),
                None,
                bool(self._waiting),
            )

    def record(self, source_id: str) -> Record | RejectedRecord | None:
        """The record of a file that still lies where it was dropped, or None.

        Raises:
            SourceRefused: The folder cannot be read.
        """
        key, digest = split_source_id(source_id)
        relative = self._relative_of(key)
        if relative is None:
            return None
        content = content_held(self._folder, relative, digest, self._limits.document_bytes)
        return self._judged(relative, content) if content else None

    def stored(self, page: Page) -> None:
        """Move the page's files out of the way; one that cannot be moved is offered again another time."""
        with self._lock:
            for record in page.records:
                self._put_away(record.source_id, None)
            for rejected in page.rejected:
                if rejected.source_id is not None and not rejected.retryable:
                    self._put_away(rejected.source_id, rejected.finding)

    def acknowledge(self, acknowledgement: Acknowledgement) -> None:
        """Move the file of a failed record from `done/` to `refused/`, with its findings in words."""
        if acknowledgement.status == "failed":
            key, digest = split_source_id(acknowledgement.source_id)
            self._trays.refuse_done(key, digest, acknowledgement.findings)

    def close(self) -> None:
        """Nothing is held open."""

    def _settled(self) -> list[str]:
        return sorted(relative for relative in self._files() if self._is_new(relative))

    def _files(self) -> list[str]:
        try:
            return list(files_below(self._folder, (DOCUMENT, *ARCHIVES), TRAYS))
        except OSError as error:
            raise SourceRefused(
                f"The drop folder {self._folder} cannot be read ({error.strerror}). "
                "Create it, allow reading it, or set another."
            ) from None

    def _is_new(self, relative: str) -> bool:
        stamp = Stamp.of(self._folder / relative)
        return stamp is not None and self._has_settled(stamp) and (relative, stamp) not in self._seen

    def _has_settled(self, stamp: Stamp) -> bool:
        now = time.time()
        # A moment in the future comes from another clock and says nothing.
        return all(
            abs(now - moment / 1e9) >= self._settle_seconds for moment in (stamp.modified, stamp.changed)
        )

    def _size(self, relative: str) -> int:
        stamp = Stamp.of(self._folder / relative)
        return min(stamp.size, self._limits.document_bytes) if stamp else 0

    def _take(self, relative: str) -> Record | RejectedRecord | None:
        """What is offered of the file; None where it is gone, or changing again."""
        stamp = Stamp.of(self._folder / relative)
        if stamp is None or not self._has_settled(stamp):
            return None
        self._seen.add((relative, stamp))
        if is_archive(relative):
            return self._offer(relative, stamp, stamp.digest, _unopened(relative, stamp))
        if stamp.size > self._limits.document_bytes:
            return self._offer(relative, stamp, stamp.digest, self._too_large(relative, stamp))
        try:
            content = content_of(self._folder / relative, self._limits.document_bytes)
        except OSError as error:
            return self._unreadable(relative, stamp, error)
        if content is None or content.stamp != stamp:
            return None
        return self._offer(relative, stamp, digest_of(content.data), self._judged(relative, content))

    def _offer(
        self, relative: str, stamp: Stamp, digest: str, outcome: Record | RejectedRecord
    ) -> Record | RejectedRecord:
        self._offered[source_id_of(relative, digest)] = _Offered(relative, stamp, digest)
        return outcome

    def _judged(self, relative: str, content: Content) -> Record | RejectedRecord:
        source_id = source_id_of(relative, digest_of(content.data))
        try:
            place = place_of(relative)
        except MisplacedError as error:
            return RejectedRecord(content.data, error.finding, source_id, 1)
        return Record(
            source_id,
            1,
            content.data,
            place.company_number,
            place.direction,
            updated_at=content.stamp.modified_at,
        )

    def _too_large(self, relative: str, stamp: Stamp) -> RejectedRecord:
        limit = self._limits.document_bytes
        message = f"The file has {stamp.size:,} bytes; at most {limit:,} are taken."
        fix = "Have the invoice issued with smaller attachments, or deliver it by hand."
        finding = folder_finding("WB-RECORD-SIZE", message, fix)
        return RejectedRecord(b"", finding, source_id_of(relative, stamp.digest), 1)

    def _unreadable(self, relative: str, stamp: Stamp, error: OSError) -> RejectedRecord:
        message = f"The file cannot be read: {error.strerror}."
        finding = folder_finding("WB-RECORD-DOCUMENT", message, "Allow Waybill to read it.")
        return RejectedRecord(b"", finding, source_id_of(relative, stamp.digest), 1, retryable=True)

    def _put_away(self, source_id: str, refusal: Finding | None) -> None:
        offered = self._offered.pop(source_id, None)
        if offered is None or Stamp.of(self._folder / offered.relative) != offered.stamp:
            # Another file has come in its place: that one is to be offered, not moved unseen.
            return
        if refusal is None:
            self._trays.accept(offered.relative, offered.digest)
        else:
            self._trays.refuse(offered.relative, offered.digest, (refusal,))
        if Stamp.of(self._folder / offered.relative) is None:
            self._seen.discard((offered.relative, offered.stamp))

    def _relative_of(self, key: str) -> str | None:
        """The path that `key` stands for; a cut one is looked for."""
        return path_of(key) or next((relative for relative in self._files() if key_of(relative) == key), None)


def _unopened(relative: str, stamp: Stamp) -> RejectedRecord:
    message = f"“{legible(relative)}” is an archive; archives are not opened."
    fix = "Unpack it, and put the XML files in the folder."
    finding = folder_finding("WB-FOLDER-ARCHIVE", message, fix)
    return RejectedRecord(b"", finding, source_id_of(relative, stamp.digest), 1)
