"""HTTP calls to one origin, each bounded in time and bytes, with errors that hold no secret."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from io import BytesIO
from time import monotonic

import httpx

from clients import content_coding
from clients.address import Address
from clients.bearer import Bearer
from clients.connecting import DeadlineTransport, proxy_to
from clients.deadline import deadline, is_past
from clients.errors import AnswerGarbled, AnswerTooLarge, ExchangeFailed, NoAnswer, NotSent
from clients.request_body import RequestBody
from clients.retry_after import retry_after
from logs.correlation import correlation_id
from logs.observing import Observed, observed
from logs.tracing import Attribute

_logger = logging.getLogger(__name__)
_USER_AGENT = f"Waybill/{version('waybill')}"
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.InvalidURL,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "no connection within {budget.connect:g} s"),
    (httpx.PoolTimeout, "no connection came free within {budget.pool:g} s"),
    (httpx.ReadTimeout, "no answer for {budget.read:g} s"),
    (httpx.WriteTimeout, "nothing was taken in for {budget.write:g} s"),
    (httpx.ConnectError, "could not connect ({reason})"),
    (httpx.ProxyError, "the proxy did not let it through"),
    (httpx.NetworkError, "the connection was lost before the whole answer had come"),
    (httpx.RemoteProtocolError, "the connection was lost before the whole answer had come"),
)

_RESULTS: dict[type[ExchangeFailed], str] = {
    NotSent: "not_sent",
    NoAnswer: "no_answer",
    AnswerTooLarge: "unusable",
    AnswerGarbled: "unusable",
}
"""What metrics call a call that had no answer, or none that can be used; of others they give the status."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How long one call may take, in seconds; `total` bounds it whole, however the others add up."""

    connect: float = 5.0
    read: float = 30.0
    write: float = 30.0
    pool: float = 30.0
    total: float = 90.0


DEFAULT_BUDGET = Budget()


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        method: HTTP method.
        target: Path from the root of the origin, and query, in ASCII.
        request_id: For X-Request-ID; that of what is being done unless given.
        content: The body in pieces, sent one after another.
        content_type: Of `content`.
        authenticated: Whether the token goes with it.
        headers: Of this call alone.
        name: Which call of its system it is, for metrics and traces: a name of this program.
        template: The path of `target` with the name of each id in place of it, for traces.
    """

    method: str
    target: str
    request_id: str = field(default_factory=correlation_id)
    content: Sequence[bytes] = field(default=(), repr=False)
    content_type: str = "application/json"
    authenticated: bool = True
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    name: str = "other"
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered, its body decompressed.

    Attributes:
        status: HTTP status.
        body: Whole for a 2xx; of another status as much as could be had.
        retry_after: Seconds that the server asked to be left alone.
        duration: Seconds from the start of the call to the end of the body.
    """

    status: int
    body: bytes = field(repr=False)
    retry_after: float | None
    duration: float


class HttpClient:
    """Calls one origin; redirects are not followed and cookies not kept, so nothing leaves for another.

    A proxy named by the environment (HTTPS_PROXY, NO_PROXY) is used, except towards this machine.
    `system` is what metrics and traces call whoever answers there.
    """

    def __init__(
        self,
        address: Address,
        bearer: Bearer,
        budget: Budget,
        *,
        max_connections: int | None = None,
        system: str = "other",
    ) -> None:
        # No call reuses another's connection: bytes left over from one answer would be taken for the next.
        limits = httpx.Limits(max_connections=max_connections, max_keepalive_connections=0)
        self.address = address
        self._bearer = bearer
        self._budget = budget
        self._system = system
        self._client = httpx.Client(
            transport=DeadlineTransport(limits, proxy_to(address)),
            timeout=httpx.Timeout(budget.read, connect=budget.connect, write=budget.write, pool=budget.pool),
            headers={"User-Agent": _USER_AGENT, "Accept-Encoding": content_coding.ACCEPTED},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    def send(self, call: Call, max_bytes: int) -> Reply:
        """The server's answer, whatever its status, with at most `max_bytes` after decompression.

        Raises:
            NotSent: The body of the call cannot have left.
            NoAnswer: It may have arrived.
            AnswerTooLarge: A 2xx with more than `max_bytes`.
            AnswerGarbled: A 2xx whose compression is broken.
        """
        with observed(self._system, call.name, _span_name(call), "client", self._attributes(call)) as about:
            return self._send(call, max_bytes, about)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def __repr__(self) -> str:
        return f"HttpClient({self.address})"

    def _send(self, call: Call, max_bytes: int, about: Observed) -> Reply:
        body = RequestBody(call.content)
        started = monotonic()
        with deadline(self._budget.total):
            try:
                reply = self._exchange(self._request(call, body, about), call, max_bytes)
            except ExchangeFailed as error:
                # Raised on at once: kept by a name, it would keep all that was read.
                about.result = _RESULTS[type(error)]
                self._log(call, type(error).__name__, monotonic() - started)
                raise
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                failure = self._failure(error, call, body)
            else:
                _note_status(about, reply.status)
                self._log(call, f"answered {reply.status}", reply.duration, reply)
                return reply
        about.result = _RESULTS[type(failure)]
        self._log(call, type(failure).__name__, monotonic() - started)
        # Raised out here because the httpx error, as its context, would carry the request and its token.
        raise failure

    def _attributes(self, call: Call) -> dict[str, Attribute]:
        """The call by OpenTelemetry's conventions for HTTP, without what a path or a query may hold."""
        told: dict[str, Attribute] = {
            "http.request.method": call.method,
            "server.address": self.address.host,
            "server.port": self.address.port,
            "peer.service": self._system,
            "waybill.call": call.name,
        }
        return told if call.template is None else {**told, "url.template": call.template}

    def _request(self, call: Call, body: "RequestBody", about: Observed) -> httpx.Request:
        at = self.address
        url = httpx.URL(scheme=at.scheme, host=at.host, port=at.port, raw_path=call.target.encode("ascii"))
        headers = {**call.headers, "X-Request-ID": call.request_id}
        if (traceparent := about.span.traceparent) is not None:
            headers["traceparent"] = traceparent
        if not call.content:
            return self._client.build_request(call.method, url, headers=headers)
        headers |= {"Content-Type": call.content_type, "Content-Length": str(body.length)}
        return self._client.build_request(call.method, url, headers=headers, content=body)

    def _exchange(self, request: httpx.Request, call: Call, max_bytes: int) -> Reply:
        started = monotonic()
        auth = self._bearer if call.authenticated else None
        response = self._client.send(request, auth=auth, stream=True)
        try:
            body = _body_of(response, max_bytes)
        finally:
            response.close()
        wait = retry_after(response.headers.get("Retry-After"))
        return Reply(response.status_code, body, wait, monotonic() - started)

    def _log(self, call: Call, outcome: str, duration: float, reply: Reply | None = None) -> None:
        """One line for each call, whatever came of it: how bad a failure is, who asked knows best."""
        about = {
            "method": call.method,
            "host": f"{self.address.host}:{self.address.port}",
            "path": call.target.partition("?")[0],
            "status": reply and reply.status,
            "bytes": reply and len(reply.body),
            "duration": round(duration, 6),
            "correlation_id": call.request_id,
        }
        _logger.info("%s %s", self._place(call), outcome, extra=about)

    def _place(self, call: Call) -> str:
        """The call without its query, which may hold what is not for a log."""
        origin = replace(self.address, path="")
        return f"{call.method} {origin}{call.target.partition('?')[0]}"

    def _failure(
        self, error: httpx.HTTPError | httpx.InvalidURL, call: Call, body: "RequestBody"
    ) -> ExchangeFailed:
        may_have_left = body.begun if body.length else not isinstance(error, _BEFORE_SENDING)
        kind = NoAnswer if may_have_left else NotSent
        return kind(f"{self._place(call)}: {_in_words(error, self._budget)}")


def _span_name(call: Call) -> str:
    return call.method if call.template is None else f"{call.method} {call.template}"


def _note_status(about: Observed, status: int) -> None:
    about.result = "429" if status == httpx.codes.TOO_MANY_REQUESTS else f"{status // 100}xx"
    about.span.note("http.response.status_code", status)
    if status >= httpx.codes.BAD_REQUEST:
        about.span.failed(str(status))


def _body_of(response: httpx.Response, max_bytes: int) -> bytes:
    body = BytesIO()
    coding = (
        "" if response.status_code == httpx.codes.NO_CONTENT else response.headers.get("Content-Encoding", "")
    )
    try:
        for piece in content_coding.decoded(response.iter_raw(), coding):
            body.write(piece)
            if body.tell() > max_bytes:
                raise AnswerTooLarge(f"the answer has more than {max_bytes:,} bytes")
    except (httpx.HTTPError, ExchangeFailed):
        # What an error says beyond its status is a courtesy: it must not hide the status.
        if response.is_success:
            raise
    return body.getvalue()[:max_bytes]


def _in_words(error: httpx.HTTPError | httpx.InvalidURL, budget: Budget) -> str:
    if is_past():
        return f"its time of {budget.total:g} s was used up"
    words = next((words for kind, words in _WORDS if isinstance(error, kind)), "HTTP cannot carry it")
    # Only what the operating system or TLS says of a connection is known to hold no header.
    reason = str(error) if isinstance(error, httpx.ConnectError) else ""
    return words.format(budget=budget, reason=reason)
