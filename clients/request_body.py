"""The body of a request, which knows whether any of it may have left."""

from collections.abc import Iterator, Sequence

_SLICE_BYTES = 64 * 1024


class RequestBody:
    """The body of a request in slices, which remembers whether any of it was asked for."""

    def __init__(self, content: Sequence[bytes]) -> None:
        self._content = content
        self.length = sum(map(len, content))
        self.begun = False

    def __iter__(self) -> Iterator[bytes]:
        self.begun = True
        # Each slice is a write to the socket: small pieces go together, so that few are needed.
        waiting = b""
        for piece in self._content:
            for start in range(0, len(piece), _SLICE_BYTES):
                waiting += piece[start : start + _SLICE_BYTES]
                if len(waiting) >= _SLICE_BYTES:
                    yield waiting
                    waiting = b""
        if waiting:
            yield waiting
