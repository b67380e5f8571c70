"""Documents that the Java backend gives by URL: on its own origin only, bounded one by one and together."""

from http import HTTPStatus
from threading import Lock

from clients.address import ForeignAddressError
from clients.errors import AnswerTooLarge, ExchangeFailed, NotSent
from clients.java_records import Item, document_elsewhere, document_missing, document_too_large
from clients.java_replies import TRY_AGAIN, refusal, unreachable
from clients.limits import PageLimits
from clients.transport import Call, HttpClient, Reply
from logs.correlation import current_id, usable_request_id

_TRIES = 3
_ABOUT_THE_SERVER = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})


class PageTooLargeError(Exception):
    """The page, or its documents together, pass the cap on bytes."""


class Documents:
    """Fetches the documents of one page; several threads may share it.

    `fetched` is the sum of their bytes so far.
    """

    def __init__(self, http: HttpClient, limits: PageLimits, request_id: str | None) -> None:
        self.fetched = 0
        self._http = http
        self._max_document_bytes = limits.document_bytes
        # Else a single document could pass the cap of the page, and no smaller page would help.
        self._max_page_bytes = max(limits.page_bytes, limits.document_bytes)
        self._request_id = request_id
        self._lock = Lock()

    def of(self, item: Item) -> bytes:
        """The document of `item`, from the page itself or by its URL.

        Raises:
            BadRecordError: It is missing, too large, or its URL leads elsewhere.
            PageTooLargeError: With it the documents of this page pass the cap.
            SourceRefused, SourceUnavailable: The server as a whole does not serve.
        """
        if item.inline is not None:
            return item.inline
        if item.url is None:
            raise document_missing("the record has neither a readable ubl nor a ublUrl")
        try:
            target = self._http.address.target_of(item.url)
        except ForeignAddressError as error:
            raise document_elsewhere(item.url, str(error)) from None
        self._spend(0)
        document = self._at(target)
        self._spend(len(document))
        return document

    def _spend(self, count: int) -> None:
        with self._lock:
            self.fetched += count
        if self.fetched > self._max_page_bytes:
            raise PageTooLargeError

    def _at(self, target: str) -> bytes:
        why = ""
        for _ in range(_TRIES):
            try:
                reply = self._reply(target)
            except ExchangeFailed as error:
                why = str(error)
                continue
            if reply.status == HTTPStatus.OK:
                return reply.body
            why = f"the source answered {reply.status}"
            if reply.status not in TRY_AGAIN:
                break
        raise document_missing(why)

    def _reply(self, target: str) -> Reply:
        # By a URL of the source's own making, whose path is of no known form.
        call = Call("GET", target, usable_request_id(self._request_id or current_id()), name="ubl")
        try:
            reply = self._http.send(call, self._max_document_bytes)
        except AnswerTooLarge:
            raise document_too_large(self._max_document_bytes) from None
        except NotSent as error:
            raise unreachable(error) from None
        if reply.status in _ABOUT_THE_SERVER:
            raise refusal(self._http.address, reply)
        return reply
