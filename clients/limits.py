"""How much a source hands over at once."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PageLimits:
    """A page holds at most `records`, and `page_bytes` of documents; a document `document_bytes`."""

    records: int = 200
    page_bytes: int = 64 * MEBIBYTE
    document_bytes: int = 40 * MEBIBYTE


DEFAULT_LIMITS = PageLimits()
