"""What an answer to an upload means: one table, tried from top to bottom, that operators may extend."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clients.evidence import Evidence, Phase, Said


class Outcome(StrEnum):
    """What became of an upload, as far as its answer tells."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_DELIVERED = "not_delivered"
    """Provably not: it may be sent again."""
    UNKNOWN = "unknown"
    """It may have arrived: only a person may have it sent again."""


class Consequence(StrEnum):
    """What it means for the deliveries after this one."""

    CONTINUE = "continue"
    WAIT = "wait"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Row:
    """A kind of answer, and what it means; `None` fits everything."""

    code: str
    outcome: Outcome
    meaning: str
    phase: Phase = Phase.ANSWERED
    statuses: Collection[int] | None = None
    said: Said | None = None
    consequence: Consequence = Consequence.CONTINUE

    def fits(self, evidence: Evidence) -> bool:
        """Whether `evidence` is of this kind."""
        return (
            self.phase is evidence.phase
            and (self.statuses is None or evidence.status in self.statuses)
            and (self.said is None or self.said is evidence.said)
        )


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """An operator's own row, tried before the table, for answers without a receipt only.

    Attributes:
        outcome: What it is to mean; never ACCEPTED.
        status: The HTTP status that it is for.
        message: Found in an error's message, or in the body of an answer that is not GraphQL.
        retry_after: Whether the answer must have a Retry-After, or must have none.

    Raises:
        ValueError: It says ACCEPTED, or fits every answer.
    """

    outcome: Outcome
    status: int | None = None
    message: re.Pattern[str] | None = None
    retry_after: bool | None = None

    def __post_init__(self) -> None:
        if self.outcome is Outcome.ACCEPTED:
            raise ValueError("Only a receipt can say that an upload was accepted.")
        if self.status is None and self.message is None and self.retry_after is None:
            raise ValueError("A row needs a status, a message or a retry_after to tell answers apart.")

    def fits(self, evidence: Evidence) -> bool:
        """Whether `evidence` is an answer of this kind."""
        return (
            evidence.phase is Phase.ANSWERED
            and evidence.said not in {Said.RECEIPT, Said.CONTRADICTION}
            and self.status in {None, evidence.status}
            and self.retry_after in {None, evidence.retry_after is not None}
            and (self.message is None or any(map(self.message.search, evidence.errors or (evidence.text,))))
        )

    def as_row(self, evidence: Evidence) -> Row:
        """What it makes of `evidence`, which fits it."""
        wait = self.outcome is Outcome.NOT_DELIVERED and evidence.retry_after is not None
        consequence = Consequence.WAIT if wait else Consequence.CONTINUE
        return Row("operator", self.outcome, "A row of your own table says so.", consequence=consequence)


_OTHER_THAN_OK = frozenset({*range(100, 200), *range(201, 600)})
_CLIENT_ERRORS = range(400, 500)
_TOKEN_MEANING = "Clearfacts does not accept the token. Replace it; nothing was delivered."  # noqa: S105 - words

ROWS: tuple[Row, ...] = (
    Row(
        "not_sent",
        Outcome.NOT_DELIVERED,
        "Clearfacts could not be reached, and nothing was sent. It is tried again.",
        phase=Phase.NOT_SENT,
    ),
    Row(
        "no_answer",
        Outcome.UNKNOWN,
        "Receipt uncertain: no answer came. Look for the invoice in Clearfacts and confirm.",
        phase=Phase.NO_ANSWER,
    ),
    Row(
        "contradictory",
        Outcome.UNKNOWN,
        "Receipt uncertain: the answer holds errors and a document. Look for it in Clearfacts and confirm.",
        said=Said.CONTRADICTION,
    ),
    Row(
        "contradictory",
        Outcome.UNKNOWN,
        "Receipt uncertain: a failure that names a document. Look for it in Clearfacts and confirm.",
        statuses=_OTHER_THAN_OK,
        said=Said.RECEIPT,
    ),
    Row("accepted", Outcome.ACCEPTED, "Clearfacts took it.", statuses={200}, said=Said.RECEIPT),
    Row("token", Outcome.NOT_DELIVERED, _TOKEN_MEANING, statuses={401, 403}, consequence=Consequence.STOP),
    Row(
        "rate_limited",
        Outcome.NOT_DELIVERED,
        "Clearfacts asks to slow down. It is tried again later.",
        statuses={429},
        consequence=Consequence.WAIT,
    ),
    Row(
        "token",
        Outcome.NOT_DELIVERED,
        _TOKEN_MEANING,
        statuses={200},
        said=Said.BAD_TOKEN,
        consequence=Consequence.STOP,
    ),
    Row(
        "graphql_errors",
        Outcome.REFUSED,
        "Clearfacts refused it. Mend what it names, then release the invoice.",
        statuses={200},
        said=Said.ERRORS,
    ),
    Row(
        "moved",
        Outcome.REFUSED,
        "The address of Clearfacts has moved. Set the new one, then release the invoice.",
        statuses=range(300, 400),
    ),
    Row(
        "request_timeout",
        Outcome.UNKNOWN,
        "Receipt uncertain: Clearfacts gave up waiting. Look for the invoice there and confirm.",
        statuses={408},
    ),
    Row(
        "too_large",
        Outcome.REFUSED,
        "The document is too large for Clearfacts. Deliver it by hand, or have it issued smaller.",
        statuses={413},
    ),
    Row(
        "token",
        Outcome.NOT_DELIVERED,
        _TOKEN_MEANING,
        statuses=_CLIENT_ERRORS,
        said=Said.BAD_TOKEN,
        consequence=Consequence.STOP,
    ),
    Row(
        "rejected",
        Outcome.REFUSED,
        "Clearfacts refused it. Mend what it names, then release the invoice.",
        statuses=_CLIENT_ERRORS,
    ),
    Row(
        "server_error",
        Outcome.UNKNOWN,
        "Receipt uncertain: Clearfacts failed while taking it. Look for the invoice there and confirm.",
        statuses=range(500, 600),
    ),
    Row(
        "unreadable",
        Outcome.UNKNOWN,
        "Receipt uncertain: the answer cannot be read. Look for the invoice in Clearfacts and confirm.",
    ),
)
"""Codes are a public contract. The last row fits every answer, so that nothing goes unclassified."""


def classified(evidence: Evidence, operator_rows: Sequence[OperatorRow] = ()) -> Row:
    """The first row that fits, the operator's before ours."""
    for operator_row in operator_rows:
        if operator_row.fits(evidence):
            return operator_row.as_row(evidence)
    return next(row for row in ROWS if row.fits(evidence))
