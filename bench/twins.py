"""What a soak's source offers: made-up invoices, some of which come again, as the same record or as another."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from hashlib import sha256

from sandbox.judge import Record
from sandbox.load import load_records
from sandbox.records import SandboxRecord

# So many records later, at most, a twin comes: in the same page, in the next, or after many.
_DISTANCES = (0, 30, 300, 3_000)


@dataclass(frozen=True, slots=True)
class Offer:
    """One record of the feed, and the one whose invoice it is: itself, where it is nobody's twin."""

    record: SandboxRecord
    original: SandboxRecord

    @property
    def offered(self) -> Record:
        """The record as the judge knows it."""
        return (self.record.source_id, self.record.version, _digest(self.record))

    @property
    def same(self) -> tuple[str, str]:
        """The SHA-256 of its document, and of the one whose invoice it is."""
        return (_digest(self.record), _digest(self.original))


def offers(count: int, twins: float, seed: int) -> Iterator[Offer]:
    """`count` invoices, and for a share of them a twin; the same for the same `seed`."""
    chance = random.Random(seed)
    for record in load_records(count, seed):
        yield Offer(record, record)
        if chance.random() < twins:
            twin = chance.choice(_KINDS)(record)
            later = timedelta(seconds=chance.uniform(0, chance.choice(_DISTANCES)))
            yield Offer(replace(twin, updated_at=record.updated_at and record.updated_at + later), record)


def _digest(record: SandboxRecord) -> str:
    return sha256(record.read_document() or b"").hexdigest()


def _repeated(record: SandboxRecord) -> SandboxRecord:
    """The same once more."""
    return record


def _newer(record: SandboxRecord) -> SandboxRecord:
    """A newer version that says something else."""
    return replace(record, version=2, document=partial(_amended, record))


def _same_version(record: SandboxRecord) -> SandboxRecord:
    """Another content under the same version."""
    return replace(record, document=partial(_amended, record))


def _copied(record: SandboxRecord) -> SandboxRecord:
    """The same bytes as another record."""
    return replace(record, source_id=f"{record.source_id}-COPY")


def _issued_again(record: SandboxRecord) -> SandboxRecord:
    """Another record with other bytes that say the same."""
    return replace(record, source_id=f"{record.source_id}-AGAIN", document=partial(_rewritten, record))


def _contradicted(record: SandboxRecord) -> SandboxRecord:
    """Another record with the same number that says something else."""
    return replace(record, source_id=f"{record.source_id}-OTHER", document=partial(_amended, record))


_KINDS: tuple[Callable[[SandboxRecord], SandboxRecord], ...] = (
    _repeated,
    _newer,
    _same_version,
    _copied,
    _issued_again,
    _contradicted,
)


def _rewritten(record: SandboxRecord) -> bytes:
    return _replaced(record, b"?>", b"?>\n<!-- issued again -->")


def _amended(record: SandboxRecord) -> bytes:
    return _replaced(record, b">Levering<", b">Levering, herzien<")


def _replaced(record: SandboxRecord, old: bytes, new: bytes) -> bytes:
    document = record.read_document() or b""
    changed = document.replace(old, new, 1)
    if changed == document:
        raise ValueError(f"{record.source_id} holds no {old!r}")
    return changed
