"""What a delivered invoice is called: its file name, and the comment that people and reconciliation read."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Self
from uuid import UUID

from invoices.source import Direction

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SHORT_ID_LENGTH = 10
_DIGEST_LENGTH = 8
_LONGEST_COMMENT = 199
_LONGEST_PART = 40
_KINDS = {Direction.SALE: "VERKOOP", Direction.PURCHASE: "AANKOOP"}
_UNDECOMPOSED = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d"}
    | {"Đ": "D", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D", "\u0131": "i"}
)
_REF = re.compile(rf"Ref WB-([{_CROCKFORD}]{{{_SHORT_ID_LENGTH}}}) ([0-9a-f]{{{_DIGEST_LENGTH}}})(?!\w)")


def short_id(ledger_id: UUID) -> str:
    """Ten characters of Crockford's base32 (50 bits) that stand for an invoice of the ledger.

    They come from a hash: the first bits of a time-ordered UUID are the same for a whole batch.
    """
    bits = int.from_bytes(hashlib.sha256(ledger_id.bytes).digest()[:8])
    return "".join(_CROCKFORD[bits >> shift & 31] for shift in range(59, 59 - 5 * _SHORT_ID_LENGTH, -5))


@dataclass(frozen=True, slots=True)
class Ref:
    """What ties a delivered document to the ledger: the short id, and the start of its SHA-256 in hex."""

    short_id: str
    digest: str

    @classmethod
    def of(cls, ledger_id: UUID, document_sha256: str) -> Self:
        """The Ref of one invoice and its document."""
        return cls(short_id(ledger_id), document_sha256[:_DIGEST_LENGTH].lower())

    def __str__(self) -> str:
        return f"Ref WB-{self.short_id} {self.digest}"


def upload_name(
    ref: Ref, direction: Direction, issue_date: date | None, counterparty: str | None, number: str | None
) -> str:
    """A file name such as `2026-03-14_AANKOOP_Peeters_2026-0412_WB7F3K9ABCDE.xml`.

    ASCII, at most 120 characters, the same on every try and another for every invoice.
    """
    parts = (
        issue_date.isoformat() if issue_date else "zonder-datum",
        _KINDS[direction],
        _file_name_part(counterparty) or "onbekend",
        _file_name_part(number) or "zonder-nummer",
        f"WB{ref.short_id}",
    )
    return f"{'_'.join(parts)}.xml"


def upload_comment(ref: Ref, sentence: str = "") -> str:
    """`sentence`, cut where it is too long, and the Ref; under 200 characters, on one line."""
    printable = "".join(char if char.isprintable() else " " for char in sentence)
    words = " ".join(printable.split())
    room = _LONGEST_COMMENT - len(str(ref)) - 1
    if len(words) > room:
        words = words[: room - 1].rstrip() + "…"
    return f"{words} {ref}".lstrip()


def parse_ref(comment: str) -> Ref | None:
    """The Ref at the end of a comment, or None; one that the sentence before it quotes does not count."""
    found = _REF.findall(comment)
    return Ref(*found[-1]) if found else None


def _file_name_part(text: str | None) -> str:
    latin = unicodedata.normalize("NFKD", (text or "").translate(_UNDECOMPOSED))
    plain = latin.encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9.]+|\.{2,}", "-", plain)
    return re.sub(r"-+", "-", words).strip("-.")[:_LONGEST_PART].strip("-.")
