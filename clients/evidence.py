"""What is known of an upload once it has been tried: how far it came and what the answer says."""

import re
from dataclasses import dataclass
from enum import StrEnum

from clients.graphql import NotGraphqlError, graphql_answer

_BAD_TOKEN = re.compile(
    r"\W*(unauthenticated|unauthori[sz]ed|(invalid|expired)( or (invalid|expired))? (access )?token"
    r"|(the |your )?(access )?token (is |has )?(invalid|expired)( or (invalid|expired))?)\W*",
    re.IGNORECASE,
)
_RECEIPT = re.compile(r"[A-Za-z0-9._:-]{1,100}")


class Phase(StrEnum):
    """How far the upload came."""

    NOT_SENT = "not_sent"
    NO_ANSWER = "no_answer"
    ANSWERED = "answered"


class Said(StrEnum):
    """What the body of an answer says."""

    RECEIPT = "receipt"
    ERRORS = "errors"
    BAD_TOKEN = "bad_token"  # noqa: S105 - the name of a complaint, not a token
    CONTRADICTION = "contradiction"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that an answer is judged by.

    Attributes:
        phase: How far the upload came.
        status: HTTP status; None without a usable answer.
        said: What the body says.
        receipt: The destination's id, where `said` is RECEIPT.
        errors: Messages of GraphQL errors.
        retry_after: Seconds that the destination asked to be left alone.
        text: The body as text, for what is not GraphQL.
    """

    phase: Phase
    status: int | None = None
    said: Said = Said.UNREADABLE
    receipt: str | None = None
    errors: tuple[str, ...] = ()
    retry_after: float | None = None
    text: str = ""


def evidence_of(status: int | None, body: bytes, retry_after: float | None) -> Evidence:
    """What an answer to `uploadFile` says."""
    text = body.decode("utf-8", "replace")
    try:
        answer = graphql_answer(body)
    except NotGraphqlError:
        return Evidence(Phase.ANSWERED, status, retry_after=retry_after, text=text)
    upload = answer.data.get("uploadFile")
    receipt = _receipt(upload)
    said = _said(upload, receipt, answer.errors)
    return Evidence(
        Phase.ANSWERED,
        status,
        said,
        receipt if said is Said.RECEIPT else None,
        answer.errors,
        retry_after,
        text,
    )


def _said(upload: object, receipt: str | None, errors: tuple[str, ...]) -> Said:
    if not errors:
        return Said.UNREADABLE if receipt is None else Said.RECEIPT
    if upload is not None:
        return Said.CONTRADICTION
    return Said.BAD_TOKEN if all(map(_BAD_TOKEN.fullmatch, errors)) else Said.ERRORS


def _receipt(upload: object) -> str | None:
    match upload:
        case {"uuid": str(uuid)} if _RECEIPT.fullmatch(uuid):
            return uuid
    return None
