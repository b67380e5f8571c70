"""The receiver of webhooks at the ERP: takes signed messages, each once by its id, over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from time import monotonic

from clients.address import Address, UnusableAddressError
from clients.bearer import Bearer
from clients.errors import ExchangeFailed, OutsideError
from clients.transport import Budget, Call, HttpClient, Reply
from clients.webhook_signature import signed

DEFAULT_BUDGET = Budget(connect=5.0, read=15.0, write=15.0, pool=15.0, total=15.0)
_ASKS_FOR_PEACE = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_SMALL_ANSWER = 64 * 1024


class UnusableReceiver(OutsideError):
    """The receiver's address cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one message.

    Attributes:
        taken: Whether the receiver has it (2xx).
        gone: Whether the receiver wants no more of any (410).
        seconds: How long it took.
        status: HTTP status; None where there was no answer.
        error: Why it was not taken.
        retry_after: Seconds that the receiver asked to be left alone (429, 503).
    """

    taken: bool
    gone: bool
    seconds: float
    status: int | None = None
    error: str | None = None
    retry_after: float | None = None


class WebhookReceiver:
    """The endpoint at `url`; safe to use from several threads.

    Args:
        url: `http(s)://host[:port]/path`.
        keys: Each signs every message, so that the receiver can change from one to the next.
        budget: How long one call may take.

    Raises:
        UnusableReceiver: `url` cannot be used.
    """

    def __init__(self, url: str, keys: Sequence[bytes], *, budget: Budget = DEFAULT_BUDGET) -> None:
        try:
            self._address = Address.parse(url)
        except UnusableAddressError as error:
            raise UnusableReceiver(f"No webhooks can be sent: {error}.") from None
        self._keys = tuple(keys)
        self._http = HttpClient(self._address, Bearer(""), budget, system="webhooks")

    def send(self, webhook_id: str, body: bytes) -> Answer:
        """Sign `body` for this moment, send it, and say what became of it; no failure is raised."""
        headers = signed(self._keys, webhook_id, datetime.now(UTC), body)
        call = Call(
            "POST", self._address.path, content=(body,), headers=headers, authenticated=False, name="announce"
        )
        started = monotonic()
        try:
            reply = self._http.send(call, _SMALL_ANSWER)
        except ExchangeFailed as error:
            return Answer(taken=False, gone=False, seconds=monotonic() - started, error=f"{error}.")
        return self._read(reply)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def __repr__(self) -> str:
        return f"WebhookReceiver({self._address})"

    def _read(self, reply: Reply) -> Answer:
        if HTTPStatus(200) <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return Answer(taken=True, gone=False, seconds=reply.duration, status=reply.status)
        hint = " It leads elsewhere, which is not followed." if reply.status // 100 == 3 else ""
        return Answer(
            taken=False,
            gone=reply.status == HTTPStatus.GONE,
            seconds=reply.duration,
            status=reply.status,
            error=f"The receiver answered {reply.status}.{hint}",
            retry_after=reply.retry_after if reply.status in _ASKS_FOR_PEACE else None,
        )
