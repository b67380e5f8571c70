"""Tracing: spans of what this process does, for a collector that speaks OTLP; nothing at all unless one is set.

OpenTelemetry is imported by `begin_tracing` alone, and only where there is somewhere to send spans to.
"""

import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from importlib.util import find_spec
from typing import Any, Literal, Protocol

Kind = Literal["internal", "client", "server"]
Attribute = str | int | float | bool

_logger = logging.getLogger(__name__)
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_NEEDED = "opentelemetry.exporter.otlp.proto.http", "opentelemetry.sdk"
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_TRACEPARENT = re.compile(r"00-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})")


class Span(Protocol):
    """Something that takes a while, as others see it in a trace."""

    def name(self, name: str) -> None:
        """Call it by another name, once more is known of it."""

    def note(self, name: str, value: Attribute | None) -> None:
        """Say something of it: never what tells who somebody is, and never a secret. None is not noted."""

    def failed(self, kind: str) -> None:
        """Say that it failed, and by which kind of error; what an error says stays out of traces."""

    @property
    def traceparent(self) -> str | None:
        """What carries it over HTTP, by W3C Trace Context; None where nothing is traced."""


class Tracer(Protocol):
    """Makes spans and hands them over to a collector."""

    def start(
        self,
        name: str,
        kind: Kind,
        within: Span | None,
        caller: str | None,
        attributes: Mapping[str, Attribute],
    ) -> Any:
        """A context manager that gives a span, `within` another; `caller` is the traceparent of a call to us."""

    def flush(self, within_seconds: float) -> bool:
        """Hand over what has ended; False where that takes longer."""


class _Untraced:
    """A span of which nobody hears."""

    traceparent: str | None = None

    def name(self, name: str) -> None:
        pass

    def note(self, name: str, value: Attribute | None) -> None:
        pass

    def failed(self, kind: str) -> None:
        pass


_UNTRACED: Span = _Untraced()
_tracer: Tracer | None = None
_span: ContextVar[Span | None] = ContextVar("span", default=None)


def begin_tracing(endpoint: str | None, service: str) -> bool:
    """Trace from now on, where there is a collector to tell; whether it does.

    `endpoint` is the base of a collector's OTLP/HTTP address. None: what `OTEL_EXPORTER_OTLP_ENDPOINT` says, if
    it is set. A process begins once. Without the extra `tracing` it says so in the log and goes on untraced.
    """
    global _tracer  # noqa: PLW0603 - one tracer for the process, like its log
    if _tracer is not None or not (endpoint or any(map(os.environ.get, _ENDPOINTS))):
        return _tracer is not None
    if not all(map(_is_installed, _NEEDED)):
        _logger.warning(
            "Nothing is traced, although a collector is set: the extra `tracing` is not installed."
            " Install waybill[tracing], or unset WAYBILL_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_ENDPOINT."
        )
        return False
    from logs.otlp import OtlpTracer  # noqa: PLC0415 - an extra, and slow to import

    _tracer = OtlpTracer(endpoint, service)
    return True


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def flush_traces(within_seconds: float) -> None:
    """Hand over the spans that have ended, or give up after so long: nobody waits for a collector."""
    if _tracer is not None and not _tracer.flush(within_seconds):
        _logger.warning("The collector of traces did not take all spans within %g s.", within_seconds)


@contextmanager
def span(
    name: str,
    kind: Kind = "internal",
    attributes: Mapping[str, Attribute] | None = None,
    caller: str | None = None,
) -> Iterator[Span]:
    """A span around the block, within the one that is under way; what the block raises is noted by its kind.

    The outermost one belongs to the trace of the correlation id. `caller` is the traceparent of the call to us.
    """
    if _tracer is None:
        yield _UNTRACED
        return
    with _tracer.start(name, kind, _span.get(), caller, attributes or {}) as begun:
        token = _span.set(begun)
        try:
            yield begun
        except BaseException as error:
            begun.failed(type(error).__name__)
            raise
        finally:
            _span.reset(token)


def current_span() -> Span | None:
    """The innermost span that is under way, for threads that go on with its work."""
    return _span.get()


def continue_span(within: Span | None) -> None:
    """Let what this thread does from now on be part of `within`."""
    _span.set(within)


def trace_id_of(correlation_id: str) -> str:
    """The trace that all belongs to which goes under one correlation id: 32 hexadecimal digits.

    An id that could itself be that of a trace is; so a facade and the runs that it is asked for need not tell
    each other of it.
    """
    if _TRACE_ID.fullmatch(correlation_id):
        return correlation_id
    return sha256(f"waybill {correlation_id}".encode()).hexdigest()[:32]


def trace_of_caller(traceparent: str) -> str | None:
    """The id of the trace that a traceparent header names; None where it is not one."""
    found = _TRACEPARENT.fullmatch(traceparent)
    return found[1] if found else None
