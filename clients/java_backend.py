"""The Java backend as a source of invoices, by its OpenAPI contract; nothing it says is taken on trust."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from clients.address import Address, UnusableAddressError
from clients.bearer import Bearer, UnusableTokenError
from clients.errors import AnswerTooLarge, CursorExpired, ExchangeFailed, SourceRefused, SourceUnavailable
from clients.java_documents import Documents, PageTooLargeError
from clients.java_records import BadRecordError, checked, document_too_large, is_source_id, rejected
from clients.java_replies import refusal, unavailable, unreachable
from clients.limits import DEFAULT_LIMITS, PageLimits
from clients.transport import DEFAULT_BUDGET, Budget, Call, HttpClient, Reply
from invoices.findings import Finding
from invoices.source import Acknowledgement, Page, Record, RejectedRecord
from logs.correlation import CorrelatedThreads, current_id, usable_request_id

_INVOICES = "/api/v1/invoices"
_HEALTH = "/api/v1/health"
_LONGEST_CURSOR = 512
_LONGEST_INTEGER = 20
_DOCUMENTS_AT_ONCE = 4
_SMALL_ANSWER = 64 * 1024
_NOT_IN_A_CURSOR = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Plan:
    """How much to ask for at once."""

    size: int
    inline: bool


class JavaBackend:
    """Speaks the contract below `base_url`; safe to use from several threads.

    Args:
        base_url: `http(s)://host[:port][/prefix]`.
        token: For the bearer scheme; goes to this origin only.
        limits: A page that passes them is asked for again with fewer records.
        budget: How long one call may take.
        request_id: Sent as X-Request-ID with every call; absent, the correlation id, else each call gets its own.

    Raises:
        SourceRefused: `base_url` or `token` cannot be used.
    """

    name = "java-backend"

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        limits: PageLimits = DEFAULT_LIMITS,
        budget: Budget = DEFAULT_BUDGET,
        request_id: str | None = None,
    ) -> None:
        try:
            self._address = Address.parse(base_url)
            self._http = HttpClient(self._address, Bearer(token), budget, system=self.name)
        except (UnusableAddressError, UnusableTokenError) as error:
            raise SourceRefused(f"The Java backend cannot be asked: {error}.") from None
        self._limits = limits
        self._size = limits.records
        self._request_id = request_id

    def page(self, cursor: str | None) -> Page:
        """The page behind `cursor`, its documents included; fewer records where they are large.

        Raises:
            CursorExpired: The source answers 400 to the cursor, or cannot have given it.
            SourceRefused: A token, the address or the contract is wrong.
            SourceUnavailable: No usable answer; asking again may help.
        """
        if cursor is not None and not _is_cursor(cursor):
            raise CursorExpired("The cursor is not one that the source can have given.")
        for plan in self._plans():
            try:
                return self._page(cursor, plan)
            except PageTooLargeError:
                continue
        raise SourceUnavailable(
            f"{self._address} sends more than {self._limits.page_bytes:,} bytes for a single record. "
            "Let it honour `size`, and leave documents out where `include` is absent."
        )

    def record(self, source_id: str) -> Record | RejectedRecord | None:
        """The newest version of one record, or None where the source does not know it.

        Raises:
            SourceRefused, SourceUnavailable: As `page`.
        """
        if not is_source_id(source_id):
            return None
        try:
            reply = self._read(self._target_of(source_id), "record", f"{_INVOICES}/{{id}}")
        except PageTooLargeError:
            return rejected({"id": source_id}, document_too_large(self._limits.page_bytes))
        if reply.status == HTTPStatus.NOT_FOUND:
            return None
        return self._accepted_or_rejected(self._json(reply), self._documents())

    def stored(self, page: Page) -> None:
        """Nothing: the cursor is all that this source needs."""

    def acknowledge(self, acknowledgement: Acknowledgement) -> None:
        """Tell what became of a record; a source that takes no acknowledgements (404) is left in peace.

        Raises:
            SourceUnavailable: It was not noted.
        """
        content = json.dumps(_status_body(acknowledgement)).encode()
        target = f"{self._target_of(acknowledgement.source_id)}/status"
        template = f"{_INVOICES}/{{id}}/status"
        call = Call("POST", target, self._call_id(), (content,), name="acknowledge", template=template)
        reply = self._send(call)
        if reply.status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND}:
            raise unavailable(self._address, reply)

    def health(self) -> float:
        """Seconds that the source takes to say that it is up; asked without the token.

        Raises:
            SourceRefused, SourceUnavailable: It does not say so.
        """
        call = Call(
            "GET",
            self._address.below(_HEALTH),
            self._call_id(),
            authenticated=False,
            name="health",
            template=_HEALTH,
        )
        reply = self._send(call)
        if reply.status != HTTPStatus.OK:
            raise refusal(self._address, reply)
        return reply.duration

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def __repr__(self) -> str:
        return f"JavaBackend({self._address})"

    def _plans(self) -> Iterator[_Plan]:
        size = self._size
        while size > 1:
            yield _Plan(size, inline=True)
            size //= 4
        yield _Plan(1, inline=True)
        yield _Plan(1, inline=False)

    def _page(self, cursor: str | None, plan: _Plan) -> Page:
        reply = self._page_reply(cursor, plan)
        items, next_cursor, has_more = self._page_fields(self._json(reply))
        documents = self._documents()
        with CorrelatedThreads(_DOCUMENTS_AT_ONCE) as pool:
            outcomes = list(pool.map(lambda item: self._accepted_or_rejected(item, documents), items))
        self._remember(plan, len(reply.body) + documents.fetched)
        return Page(
            tuple(outcome for outcome in outcomes if isinstance(outcome, Record)),
            tuple(outcome for outcome in outcomes if isinstance(outcome, RejectedRecord)),
            next_cursor,
            has_more,
        )

    def _page_reply(self, cursor: str | None, plan: _Plan) -> Reply:
        asked = {"cursor": cursor, "size": str(plan.size), "include": "ubl" if plan.inline else None}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        reply = self._read(f"{self._address.below(_INVOICES)}?{query}", "page", _INVOICES)
        if reply.status == HTTPStatus.BAD_REQUEST and cursor is not None:
            raise CursorExpired(f"{self._address} does not know the cursor: start from the beginning.")
        return reply

    def _page_fields(self, page: object) -> tuple[list[object], str, bool]:
        match page:
            case {"items": list(items), "next": str(cursor), "hasMore": bool(more)} if _is_cursor(cursor):
                return items, cursor, more
        raise SourceUnavailable(
            f"{self._address} answered with JSON that is no page: `items` (a list), `next` (a text of at "
            f"most {_LONGEST_CURSOR} characters) and `hasMore` (true or false) are expected."
        )

    def _remember(self, plan: _Plan, page_bytes: int) -> None:
        """Keep to a size that fitted; grow it again once there is room for four times as much."""
        roomy = page_bytes * 4 < self._limits.page_bytes
        self._size = min(self._limits.records, plan.size * 4) if roomy else plan.size

    def _accepted_or_rejected(self, item: object, documents: Documents) -> Record | RejectedRecord:
        try:
            fields = checked(item, self._limits.document_bytes)
            document = documents.of(fields)
        except BadRecordError as error:
            return rejected(item, error)
        return Record(
            fields.source_id,
            fields.version,
            document,
            fields.company_number,
            fields.direction,
            fields.number,
            fields.updated_at,
        )

    def _documents(self) -> Documents:
        return Documents(self._http, self._limits, self._request_id)

    def _target_of(self, source_id: str) -> str:
        # A server may take the segments "." and ".." for a path of their own.
        segment = quote(source_id, safe="") if source_id.strip(".") else source_id.replace(".", "%2E")
        return self._address.below(f"{_INVOICES}/{segment}")

    def _call_id(self) -> str:
        return usable_request_id(self._request_id or current_id())

    def _read(self, target: str, name: str, template: str) -> Reply:
        call = Call("GET", target, self._call_id(), name=name, template=template)
        try:
            return self._http.send(call, self._limits.page_bytes)
        except AnswerTooLarge:
            raise PageTooLargeError from None
        except ExchangeFailed as error:
            raise unreachable(error) from None

    def _send(self, call: Call) -> Reply:
        try:
            return self._http.send(call, _SMALL_ANSWER)
        except ExchangeFailed as error:
            raise unreachable(error) from None

    def _json(self, reply: Reply) -> object:
        if reply.status != HTTPStatus.OK:
            raise refusal(self._address, reply)
        try:
            # A byte that is not UTF-8 becomes a lone surrogate, which spoils its own record only.
            text = reply.body.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
            return json.loads(text, parse_int=_integer)
        except (ValueError, RecursionError):
            raise SourceUnavailable(
                f"{self._address} answered with something that is not JSON, or nests too deeply."
                " Look at its answer there."
            ) from None


def _is_cursor(text: str) -> bool:
    return len(text) <= _LONGEST_CURSOR and not _NOT_IN_A_CURSOR.search(text)


def _integer(digits: str) -> int | str:
    """The number; its text where it is absurd (Python refuses thousands of digits with an error)."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else digits


def _status_body(acknowledgement: Acknowledgement) -> dict[str, Any]:
    return {
        "status": acknowledgement.status,
        "version": acknowledgement.version,
        "receipt": acknowledgement.receipt,
        "findings": [_finding_body(finding) for finding in acknowledgement.findings],
    }


def _finding_body(finding: Finding) -> Mapping[str, str]:
    body = {"code": finding.code, "message": finding.message}
    return body if finding.location is None else {**body, "location": finding.location}
