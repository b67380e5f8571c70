"""The gate: whether a run may go on uploading; what outlasts the run is the breaker's affair."""

import threading


class UploadGate:
    """Closes for the rest of one run, when a token is refused or the destination is left alone. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reason: str | None = None
        self._by_request = False

    @property
    def closed_because(self) -> str | None:
        """Why no more is uploaded in this run; None while the gate is open."""
        return self._reason

    @property
    def closed_by_request(self) -> bool:
        """Whether it closed because the destination is to be left alone, which is no fault of this run."""
        return self._by_request

    def close(self, reason: str, *, by_request: bool = False) -> None:
        """Close it; the first reason stands."""
        with self._lock:
            if self._reason is None:
                self._reason, self._by_request = reason, by_request
