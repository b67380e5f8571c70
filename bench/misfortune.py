"""What goes wrong in a soak: a fault of every kind on every call, each by chance."""

import random
from collections.abc import Iterator

from sandbox.faults import DISTORTIONS, ONLY_ON, Fault, FaultKind
from sandbox.journal import Call

CALLS = (
    Call.PAGE,
    Call.RECORD,
    Call.UBL,
    Call.ACKNOWLEDGEMENT,
    Call.UPLOAD,
    Call.ADMINISTRATIONS,
    Call.MESSAGE,
)
"""The calls that a run makes."""

UPLOAD_SECONDS = 3
SOURCE_SECONDS = 4
"""How long a run waits for an answer to an upload, and to a call to the source."""

_EACH_INVOICE = {Call.ACKNOWLEDGEMENT, Call.UPLOAD}
_WITH_EFFECT = {Call.ACKNOWLEDGEMENT, Call.UPLOAD, Call.MESSAGE}

# Each says that nothing was taken; where that is a lie, no client can know it.
_SAYS_NOT_TAKEN = {
    FaultKind.TOO_MANY_REQUESTS,
    FaultKind.UNAUTHORIZED,
    FaultKind.FORBIDDEN,
    FaultKind.ERRORS,
}

# An expired cursor sends a run back to the start of the feed, and a refused token ends a run: with many of them
# a soak would do little else.
_MOST_TIMES = {FaultKind.EXPIRED_CURSOR: 3, FaultKind.UNAUTHORIZED: 5, FaultKind.FORBIDDEN: 5}

# Calls that come once a page or once a run fail so much more often that each kind has its turn, up to this share.
_TIMES_EACH = 3
_MOST_OF_RARE_CALLS = 0.2


def faults(share: float, invoices: int, chunk_size: int, seed: int) -> Iterator[Fault]:
    """Orders to the sandbox by which `share` of the uploads and acknowledgements fail, all kinds alike.

    The same for the same `seed`. Calls that are rarer than invoices fail more often.
    """
    if not share:
        return
    chance = random.Random(seed)
    for call in CALLS:
        kinds = list(_kinds(call))
        seldom = 0 if call in _EACH_INVOICE else _TIMES_EACH * len(kinds) * chunk_size / invoices
        together = max(share, min(seldom, _MOST_OF_RARE_CALLS))
        for kind, taken in kinds:
            yield Fault(
                call=call,
                fault=kind,
                taken=taken,
                times=_MOST_TIMES.get(kind),
                probability=together / len(kinds),
                seed=chance.getrandbits(32),
                seconds=_seconds(call),
                reset=bool(chance.getrandbits(1)),
            )


def _kinds(call: Call) -> Iterator[tuple[FaultKind, bool]]:
    """Each kind of fault that makes sense on a call, before the deed and after it."""
    for kind in FaultKind:
        if call not in ONLY_ON.get(kind, set(Call)):
            continue
        yield kind, False
        lies = call is Call.UPLOAD and kind in _SAYS_NOT_TAKEN
        if call in _WITH_EFFECT and kind not in DISTORTIONS and not lies:
            yield kind, True


def _seconds(call: Call) -> float:
    """How slow: longer than a run waits, but for what comes with each invoice and does no harm."""
    if call in {Call.ACKNOWLEDGEMENT, Call.MESSAGE}:
        return 0.5
    return max(UPLOAD_SECONDS, SOURCE_SECONDS) + 1
