"""Observing: what takes its time is timed for the metrics and traced, by one block around it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from logs.timings import TIMINGS, WAYBILL, Subject
from logs.tracing import Attribute, Kind, Span, span

DONE = "done"
FAILED = "failed"


@dataclass(slots=True)
class Observed:
    """What is going on; `result` is how it ended, a name of this program, and `items` how many invoices it met."""

    span: Span
    result: str | None = None
    items: int = 0


@contextmanager
def observed(
    system: str, name: str, span_name: str, kind: Kind, attributes: Mapping[str, Attribute]
) -> Iterator[Observed]:
    """Time and trace the block: done, or failed where it raises, unless it says itself how it ended."""
    with span(span_name, kind, attributes) as begun:
        about, started, result = Observed(begun), perf_counter(), FAILED
        try:
            yield about
            result = DONE
        finally:
            subject = Subject(system, name, about.result or result)
            TIMINGS.note(subject, perf_counter() - started, about.items)


@contextmanager
def stage(name: str, invoices: int = 0, **attributes: Attribute) -> Iterator[Observed]:
    """A stage of the pipeline at work on one chunk; `attributes` are of the trace alone."""
    told = {"waybill.stage": name, **{f"waybill.{key}": value for key, value in attributes.items()}}
    with observed(WAYBILL, name, name, "internal", told) as about:
        about.items = invoices
        try:
            yield about
        finally:
            about.span.note("waybill.invoices", about.items)
            about.span.note("waybill.result", about.result)
