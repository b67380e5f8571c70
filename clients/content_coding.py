"""Undoing an answer's compression piece by piece, so that a gzip bomb is never inflated past a cap."""

import zlib
from collections.abc import Iterable, Iterator

from clients.errors import AnswerGarbled

ACCEPTED = "gzip"
_PIECE_BYTES = 64 * 1024
_GZIP = zlib.MAX_WBITS | 16


def decoded(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """The body in pieces that stay small however much `chunks` inflate to.

    Args:
        chunks: The body as it came over the wire.
        coding: Content-Encoding (RFC 9110, 8.4); empty where there is none.

    Raises:
        AnswerGarbled: The compression is cut off, broken or not gzip.
    """
    match coding.strip().lower():
        case "" | "identity":
            return iter(chunks)
        case "gzip" | "x-gzip":
            return _gunzipped(chunks)
    raise AnswerGarbled("the answer has a Content-Encoding other than gzip, which was not asked for")


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(_GZIP)
    try:
        for chunk in chunks:
            data = chunk
            while data:
                # A gzip file may have several members, one after another (RFC 1952, 2.2).
                member = zlib.decompressobj(_GZIP) if member.eof else member
                yield from _inflated(member, data)
                data = member.unused_data
    except zlib.error:
        raise AnswerGarbled("the answer says it is gzip and is not, or is damaged") from None
    if not member.eof:
        raise AnswerGarbled("the answer's gzip is cut off")


def _inflated(member: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    piece = member.decompress(data, _PIECE_BYTES)
    while piece:
        yield piece
        piece = member.decompress(member.unconsumed_tail, _PIECE_BYTES) if not member.eof else b""
