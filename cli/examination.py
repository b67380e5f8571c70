"""Examinations: steps that each look at one thing, in bounded time, and come to one of three verdicts."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clients.errors import DestinationRefused, OutsideError, SourceRefused

_SECONDS = 20.0


class Verdict(StrEnum):
    """What a look came to; what could not be looked at is never well."""

    OK = "ok"
    PROBLEM = "problem"
    COULD_NOT_CHECK = "could_not_check"


@dataclass(frozen=True, slots=True)
class Finding:
    """What there is to say of a step.

    Attributes:
        verdict: Of the three.
        says: What was found, in a sentence.
        means: What follows from it, where that does not go without saying.
        mend: What to do, where something is to be done.
    """

    verdict: Verdict
    says: str
    means: str | None = None
    mend: str | None = None


def ok(says: str, means: str | None = None) -> Finding:
    """It is well."""
    return Finding(Verdict.OK, says, means)


def problem(says: str, mend: str, means: str | None = None) -> Finding:
    """It is not well."""
    return Finding(Verdict.PROBLEM, says, means, mend)


def unknown(says: str, mend: str | None = None, means: str | None = None) -> Finding:
    """It could not be looked at."""
    return Finding(Verdict.COULD_NOT_CHECK, says, means, mend)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to look at.

    Attributes:
        name: Stable, for programs.
        look: Comes to the finding; outside errors and any other are made findings of.
        needs: Steps without which this one has nothing to look at.
        seconds: How long it may take.
        mend: What to do where an outside system says no to the question itself.
    """

    name: str
    look: Callable[[], Finding]
    needs: Sequence[str] = ()
    seconds: float = _SECONDS
    mend: str = "Mend the address or the token that is set for it."


def examined(steps: Iterable[Step]) -> Iterator[tuple[Step, Finding]]:
    """Each step with what it came to, one after another; none keeps the next from being looked at."""
    verdicts: dict[str, Verdict] = {}
    for step in steps:
        lacking = [name for name in step.needs if verdicts[name] is not Verdict.OK]
        finding = unknown(f"It needs what is not well: {', '.join(lacking)}.") if lacking else _looked(step)
        verdicts[step.name] = finding.verdict
        yield step, finding


def _looked(step: Step) -> Finding:
    """In a thread of its own, which is left alone when its time is over."""
    found: list[Finding] = []
    looking = threading.Thread(target=lambda: found.append(_caught(step)), daemon=True)
    looking.start()
    looking.join(step.seconds)
    if not found:
        return unknown(f"It took longer than {step.seconds:g} s.", "Ask again when it is less busy.")
    return found[0]


def _caught(step: Step) -> Finding:
    try:
        return step.look()
    except (SourceRefused, DestinationRefused) as refused:
        return problem(str(refused), step.mend)
    except OutsideError as error:
        return unknown(str(error), "Look whether it is up and can be reached from here, and ask again.")
    except Exception as failure:  # a look that breaks must not end the others
        return unknown(f"The look itself broke off ({type(failure).__name__}).")
