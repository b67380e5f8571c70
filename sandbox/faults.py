"""Faults that the sandbox has been told to commit: which, on which call, and how often."""

import random
import threading
from collections.abc import Collection
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from sandbox.journal import Call, Entry


class FaultKind(StrEnum):
    """What goes wrong."""

    DROP = "drop"
    TOO_MANY_REQUESTS = "too_many_requests"
    SERVER_ERROR = "server_error"
    UNAVAILABLE = "unavailable"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    ERRORS = "errors"
    HTML = "html"
    NOT_JSON = "not_json"
    EXPIRED_CURSOR = "expired_cursor"
    SLOW = "slow"
    TRUNCATED_JSON = "truncated_json"
    TRUNCATED_GZIP = "truncated_gzip"
    EMPTY_PAGE = "empty_page"
    REPEATED_RECORD = "repeated_record"
    FOREIGN_UBL_URL = "foreign_ubl_url"
    MISSING_DOCUMENT = "missing_document"
    GONE = "gone"


DISTORTIONS = frozenset(
    {
        FaultKind.TRUNCATED_JSON,
        FaultKind.TRUNCATED_GZIP,
        FaultKind.EMPTY_PAGE,
        FaultKind.REPEATED_RECORD,
        FaultKind.FOREIGN_UBL_URL,
        FaultKind.MISSING_DOCUMENT,
    }
)
"""These always do the call and spoil its answer; the others, but `slow`, answer in its stead."""

ONLY_ON: dict[FaultKind, frozenset[Call]] = {
    FaultKind.ERRORS: frozenset({Call.UPLOAD, Call.DOCUMENT, Call.ADMINISTRATIONS, Call.STATISTICS}),
    FaultKind.TRUNCATED_JSON: frozenset(
        set(Call) - {Call.UBL, Call.ACKNOWLEDGEMENT, Call.MESSAGE, Call.WEBHOOK}
    ),
    FaultKind.TRUNCATED_GZIP: frozenset(set(Call) - {Call.ACKNOWLEDGEMENT, Call.WEBHOOK}),
    FaultKind.EXPIRED_CURSOR: frozenset({Call.PAGE}),
    FaultKind.EMPTY_PAGE: frozenset({Call.PAGE}),
    FaultKind.REPEATED_RECORD: frozenset({Call.PAGE}),
    FaultKind.FOREIGN_UBL_URL: frozenset({Call.PAGE, Call.RECORD}),
    FaultKind.MISSING_DOCUMENT: frozenset({Call.PAGE, Call.RECORD, Call.UBL}),
    FaultKind.GONE: frozenset({Call.WEBHOOK}),
}
"""Where a fault makes sense; those not named here do on every call."""


class Fault(BaseModel):
    """An order to fail.

    Attributes:
        call: The call that fails.
        fault: How it fails.
        taken: Whether what was asked is done before it fails: an upload is kept though nobody hears of it. A
            slow answer with `taken` waits after the deed, else before it. What only spoils the answer is
            always taken.
        times: How often; None for always.
        probability: The chance that a matching call fails, drawn from a generator that starts with `seed`.
        filename: Only for uploads of this name.
        company_number: Only for this company.
        source_id: Only for this record, or a page that has it.
        seconds: How slow.
        retry_after: The header of that name, seconds or an HTTP date, on 429 (default 1) and 503.
        message: The text of the error.
        reset: Drop by a TCP reset, else by closing.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    call: Call
    fault: FaultKind
    taken: bool = False
    times: Annotated[int, Field(ge=0)] | None = 1
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0
    seed: int = 0
    filename: str | None = None
    company_number: str | None = None
    source_id: str | None = None
    seconds: Annotated[float, Field(ge=0, le=600)] = 1.0
    retry_after: Annotated[str, BeforeValidator(str)] | None = None
    message: str = "Something went wrong"
    reset: bool = True
    id: int = 0

    _chance: random.Random = PrivateAttr()

    @model_validator(mode="after")
    def _fits_its_call(self) -> Self:
        calls = ONLY_ON.get(self.fault)
        if calls is not None and self.call not in calls:
            raise ValueError(f"{self.fault} cannot happen on {self.call}, only on {', '.join(sorted(calls))}")
        return self

    def model_post_init(self, _context: object) -> None:
        """Start the generator that `probability` draws from."""
        self._chance = random.Random(self.seed)  # noqa: S311 - repeatable chance, not a secret

    def strikes(self, entry: Entry, source_ids: Collection[str]) -> bool:
        """Whether it befalls this call; draws from its generator where that decides."""
        return (
            self.times != 0
            and entry.kind is self.call
            and self.filename in {None, entry.filename}
            and self.company_number in {None, entry.company_number}
            and (self.source_id in {None, entry.source_id} or self.source_id in source_ids)
            and (entry.cursor is not None or self.fault is not FaultKind.EXPIRED_CURSOR)
            and self._chance.random() < self.probability
        )


class Faults:
    """The orders in force, oldest first; the first that fits a call is the one that befalls it."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._last_id = 0
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        """Put `fault` in force under an id of its own."""
        with self._lock:
            self._last_id += 1
            numbered = fault.model_copy(update={"id": self._last_id}, deep=True)
            self._faults.append(numbered)
            return numbered

    def in_force(self) -> list[Fault]:
        """The orders that may still befall a call."""
        return [fault for fault in self._faults if fault.times != 0]

    def remove(self, fault_id: int) -> bool:
        """Withdraw one order; False where there is none of this id."""
        with self._lock:
            remaining = [fault for fault in self._faults if fault.id != fault_id]
            found = len(remaining) < len(self._faults)
            self._faults = remaining
            return found

    def clear(self) -> None:
        """Withdraw all orders."""
        with self._lock:
            self._faults = []

    def take(self, entry: Entry, source_ids: Collection[str] = ()) -> Fault | None:
        """The fault that befalls the call of `entry`, counted down; `source_ids` are those on its page."""
        with self._lock:
            for fault in self._faults:
                if fault.strikes(entry, source_ids):
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
            return None
