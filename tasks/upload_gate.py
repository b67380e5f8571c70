"""The gate: whether a run may go on uploading, in the light of how its uploads ended so far."""

import threading


class UploadGate:
    """Closes for the rest of a run when the token is refused or uploads keep going wrong. Thread-safe."""

    def __init__(self, give_up_after: int) -> None:
        self._give_up_after = give_up_after
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._reason: str | None = None
        self._by_request = False

    @property
    def closed_because(self) -> str | None:
        """Why no more is uploaded in this run; None while the gate is open."""
        return self._reason

    @property
    def closed_by_request(self) -> bool:
        """Whether it closed because the destination asked for a pause, which is nobody's fault."""
        return self._by_request

    def close(self, reason: str, *, by_request: bool = False) -> None:
        """Close it; the first reason stands."""
        with self._lock:
            if self._reason is None:
                self._reason, self._by_request = reason, by_request

    def usable_answer(self) -> None:
        """An upload ended in a receipt or a refusal: the destination is there."""
        with self._lock:
            self._in_a_row = 0

    def no_usable_answer(self, message: str) -> None:
        """An upload ended in neither; after several in a row the gate closes."""
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row >= self._give_up_after:
                self._reason = self._reason or (
                    f"{self._in_a_row} uploads in a row had no usable answer; the last: {message}"
                )
