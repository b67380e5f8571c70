"""Clearfacts as the destination: uploads, whose every answer is classified, and questions to it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from time import monotonic
from typing import Any

from clients.address import Address, UnusableAddressError
from clients.answers import Consequence, OperatorRow, Outcome, classified
from clients.bearer import Bearer, UnusableTokenError
from clients.clearfacts_facts import (
    Administrations,
    DeliveredDocument,
    Statistics,
    UserInfo,
    administrations_of,
    document_of,
    statistics_of,
    user_of,
)
from clients.clearfacts_queries import ADMINISTRATIONS, DOCUMENT, Upload, statistics_query, upload_form
from clients.errors import (
    DestinationRefused,
    DestinationUnavailable,
    ExchangeFailed,
    NoAnswer,
    NotSent,
    QuestionRefused,
)
from clients.evidence import Evidence, Phase, evidence_of
from clients.graphql import NotGraphqlError, graphql_answer
from clients.transport import Budget, Call, HttpClient, Reply
from invoices.legible import legible
from logs.correlation import current_id, usable_request_id

UPLOAD_BUDGET = Budget(total=120.0)
_QUESTION_BYTES = 8 * 1024 * 1024
_UPLOAD_ANSWER_BYTES = 1024 * 1024
_KEPT_BYTES = 16 * 1024
_QUOTED = 300
_ADMINISTRATIONS_AT_ONCE = 100
_MOST_PAGES = 1000
_SYSTEM = "clearfacts"
_TRY_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an upload.

    Attributes:
        outcome: Accepted, refused, provably not delivered, or unknown.
        code: Which row of the table decided; stable.
        message: What happened and what to do, in plain English.
        receipt: The destination's id, where it was accepted.
        status: HTTP status, where there was one.
        retry_after: Seconds that the destination asked to be left alone.
        consequence: What it means for the deliveries after this one.
        body: The start of what it said, without secrets.
        duration: Seconds that the upload took.
        request_id: The X-Request-ID that went with it.
    """

    outcome: Outcome
    code: str
    message: str
    receipt: str | None
    status: int | None
    retry_after: float | None
    consequence: Consequence
    body: bytes = field(repr=False)
    duration: float
    request_id: str


class Clearfacts:
    """Speaks Clearfacts' GraphQL API; safe to use from several threads.

    Args:
        url: The GraphQL endpoint itself.
        login_url: The base of `/oauth2-server/userinfo`.
        token: Personal access token or access token; it is shown nowhere.
        budget: How long one call may take.
        operator_rows: Tried before the table of `clients.answers`.

    Raises:
        DestinationRefused: An address or the token cannot be used.
    """

    def __init__(
        self,
        url: str,
        login_url: str,
        token: str,
        *,
        budget: Budget = UPLOAD_BUDGET,
        operator_rows: Sequence[OperatorRow] = (),
    ) -> None:
        try:
            self._bearer = Bearer(token)
            self._api = HttpClient(Address.parse(url), self._bearer, budget, system=_SYSTEM)
            self._login = HttpClient(Address.parse(login_url), self._bearer, budget, system=_SYSTEM)
        except (UnusableAddressError, UnusableTokenError) as error:
            raise DestinationRefused(f"Clearfacts cannot be asked: {error}.") from None
        self._operator_rows = tuple(operator_rows)

    def upload(self, upload: Upload, request_id: str | None = None) -> Answer:
        """Send one document. Whatever goes wrong outside is in the answer: nothing is raised for it."""
        body = upload_form(upload)
        name = usable_request_id(request_id or current_id())
        at = self._api.address.path
        call = Call("POST", at, name, body.pieces, body.content_type, name="upload", template=at)
        started = monotonic()
        try:
            reply = self._api.send(call, _UPLOAD_ANSWER_BYTES)
        except ExchangeFailed as error:
            return self._answer(call, started, _evidence_of_fault(error), b"", f" ({error})")
        evidence = evidence_of(reply.status, reply.body, reply.retry_after)
        return self._answer(call, started, evidence, reply.body, self._quotation(evidence))

    def document(self, receipt: str) -> DeliveredDocument | None:
        """The document that an upload of ours became, or None where Clearfacts does not show it.

        Raises:
            DestinationRefused: A token, a scope or the address is wrong, or the query is refused.
            DestinationUnavailable: No usable answer; asking again may help.
        """
        node = self._ask("document", DOCUMENT, {"id": receipt}).get("document")
        return document_of(node) if isinstance(node, dict) else None

    def administrations(self) -> Administrations:
        """All companies that the token may deliver to.

        Raises:
            DestinationRefused, DestinationUnavailable: As `document`.
        """
        rows: list[Any] = []
        for _ in range(_MOST_PAGES):
            asked = {"offset": len(rows), "first": _ADMINISTRATIONS_AT_ONCE}
            more = _rows(self._ask("administrations", ADMINISTRATIONS, asked), "administrations")
            # Not until a short page: a server may give fewer at once than it was asked for.
            if not more or more == rows[-len(more) :]:
                return administrations_of(rows)
            rows += more
        raise DestinationUnavailable(
            f"Clearfacts lists more than {len(rows):,} administrations without an end."
        )

    def statistics(self, start: date, end: date) -> Statistics:
        """How many documents were processed for each company and month; a hint, never a proof.

        Raises:
            DestinationRefused, DestinationUnavailable: As `document`.
        """
        data = self._ask("statistics", statistics_query(start, end), {})
        return statistics_of(_rows(data, "getCompanyStatistics"))

    def userinfo(self) -> UserInfo:
        """Whose token it is; that it is answered at all says that the token is good.

        Raises:
            DestinationRefused, DestinationUnavailable: As `document`.
        """
        target = self._login.address.below("/oauth2-server/userinfo")
        call = Call("GET", target, name="userinfo", template=target)
        body = self._answered(self._login, call)
        try:
            user = user_of(json.loads(body))
        except (ValueError, RecursionError, AttributeError):
            user = None
        if user is None:
            raise DestinationUnavailable("Clearfacts does not say whose token it is.")
        return user

    def close(self) -> None:
        """Give the connections back."""
        self._api.close()
        self._login.close()

    def __repr__(self) -> str:
        return f"Clearfacts({self._api.address})"

    def _answer(self, call: Call, started: float, evidence: Evidence, body: bytes, detail: str) -> Answer:
        row = classified(evidence, self._operator_rows)
        return Answer(
            outcome=row.outcome,
            code=row.code,
            message=f"{row.meaning}{detail}",
            receipt=evidence.receipt if row.outcome is Outcome.ACCEPTED else None,
            status=evidence.status,
            retry_after=evidence.retry_after,
            consequence=row.consequence,
            body=self._bearer.scrubbed(body)[:_KEPT_BYTES],
            duration=monotonic() - started,
            request_id=call.request_id,
        )

    def _quotation(self, evidence: Evidence) -> str:
        said = self._quoted(evidence.errors)
        return f" It said: {said}" if said else ""

    def _quoted(self, errors: Sequence[str]) -> str:
        # Scrubbed before it is cut, else half a token could stay.
        said = self._bearer.scrubbed("; ".join(errors).encode("utf-8", "replace"))
        return legible(said.decode(), _QUOTED)

    def _ask(self, name: str, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        content = json.dumps({"query": query, "variables": variables}).encode()
        at = self._api.address.path
        call = Call("POST", at, content=(content,), name=name, template=at)
        try:
            answer = graphql_answer(self._answered(self._api, call))
        except NotGraphqlError as error:
            raise DestinationUnavailable(f"Clearfacts' answer cannot be read: {error}.") from None
        if answer.errors:
            raise QuestionRefused(f"Clearfacts refused to answer: {self._quoted(answer.errors)}")
        return answer.data

    def _answered(self, client: HttpClient, call: Call) -> bytes:
        try:
            reply = client.send(call, _QUESTION_BYTES)
        except ExchangeFailed as error:
            raise DestinationUnavailable(f"Clearfacts gave no usable answer: {error}.") from None
        if reply.status != HTTPStatus.OK:
            raise _refusal(client, reply)
        return reply.body


def _evidence_of_fault(error: ExchangeFailed) -> Evidence:
    match error:
        case NotSent():
            return Evidence(Phase.NOT_SENT)
        case NoAnswer():
            return Evidence(Phase.NO_ANSWER)
    return Evidence(Phase.ANSWERED)


def _rows(data: Mapping[str, Any], name: str) -> list[Any]:
    rows = data.get(name)
    if not isinstance(rows, list):
        raise DestinationUnavailable(f"Clearfacts' answer cannot be read: {name} is not a list.")
    return rows


def _refusal(client: HttpClient, reply: Reply) -> DestinationRefused | DestinationUnavailable:
    where, status = client.address, reply.status
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return DestinationRefused(
            f"{where} answered {status}: the token, or one of its scopes, is not accepted."
        )
    if status in _TRY_AGAIN or not HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return DestinationUnavailable(
            f"{where} answered {status}.",
            retry_after=reply.retry_after,
            wants_fewer_calls=status == HTTPStatus.TOO_MANY_REQUESTS,
        )
    return DestinationRefused(f"{where} answered {status}: check the address that is set for it.")
