"""OTLP: spans by OpenTelemetry's SDK, sent in the background; imported only where the extra `tracing` is in use."""

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from logs.correlation import current_id
from logs.tracing import Attribute, Kind, Span, trace_id_of, trace_of_caller

_KINDS = {
    "internal": trace.SpanKind.INTERNAL,
    "client": trace.SpanKind.CLIENT,
    "server": trace.SpanKind.SERVER,
}
_PROPAGATOR = TraceContextTextMapPropagator()
_EXPORT_SECONDS = 5.0


class OtlpTracer:
    """Hands spans over to the collector at `endpoint`, or at the one of OpenTelemetry's own variables.

    It is never the process's global tracer: the engine's own instrumentation stays silent. Spans wait in a queue
    of bounded length, which a thread of its own empties; what does not fit, or is not taken, is gone.
    """

    def __init__(self, endpoint: str | None, service: str) -> None:
        # A try that fails is worth no line of the log; spans that are lost are one for each batch.
        logging.getLogger("opentelemetry").setLevel(logging.ERROR)
        exporter = OTLPSpanExporter(endpoint and f"{endpoint}/v1/traces", timeout=_EXPORT_SECONDS)
        named = os.environ.get("OTEL_SERVICE_NAME") or service
        resource = Resource.create({SERVICE_NAME: named, SERVICE_VERSION: version("waybill")})
        # At the end of the process nothing is waited for: what matters was flushed before.
        self._provider = TracerProvider(
            resource=resource, id_generator=_IdsOfCorrelation(), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("waybill", version("waybill"))

    @contextmanager
    def start(
        self,
        name: str,
        kind: Kind,
        within: Span | None,
        caller: str | None,
        attributes: Mapping[str, Attribute],
    ) -> Iterator[Span]:
        """A span that ends with the block; what the block raises is for whoever entered it to note."""
        parent, links = _parent_and_links(within, caller)
        begun = self._tracer.start_span(
            name,
            trace.set_span_in_context(parent, Context()),
            _KINDS[kind],
            dict(attributes),
            links,
            record_exception=False,
            set_status_on_exception=False,
        )
        if within is None and (correlation := current_id()) is not None:
            begun.set_attribute("waybill.correlation_id", correlation)
        try:
            yield _Begun(begun)
        finally:
            begun.end()

    def flush(self, within_seconds: float) -> bool:
        """Hand over what has ended; the SDK's own flush knows no limit of time, so a thread of ours waits for it."""
        flushed = threading.Thread(target=self._provider.force_flush, name="flush-traces", daemon=True)
        flushed.start()
        flushed.join(within_seconds)
        return not flushed.is_alive()


class _IdsOfCorrelation(RandomIdGenerator):
    """A trace for each correlation id, whichever process it is that goes on under it."""

    def generate_trace_id(self) -> int:
        correlation = current_id()
        return super().generate_trace_id() if correlation is None else int(trace_id_of(correlation), 16)

    def is_trace_id_random(self) -> bool:
        """A caller may have chosen it."""
        return False


class _Begun:
    def __init__(self, begun: trace.Span) -> None:
        self.begun = begun

    def name(self, name: str) -> None:
        self.begun.update_name(name)

    def note(self, name: str, value: Attribute | None) -> None:
        if value is not None:
            self.begun.set_attribute(name, value)

    def failed(self, kind: str) -> None:
        self.begun.set_attribute("error.type", kind)
        self.begun.set_status(trace.StatusCode.ERROR)

    @property
    def traceparent(self) -> str | None:
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier, trace.set_span_in_context(self.begun, Context()))
        return carrier.get("traceparent")


def _parent_and_links(within: Span | None, caller: str | None) -> tuple[trace.Span, list[trace.Link]]:
    """The span around; or the caller's, where it is of the trace of our correlation id, and a link where not."""
    if isinstance(within, _Begun):
        return within.begun, []
    if caller is None:
        return trace.INVALID_SPAN, []
    theirs = trace.get_current_span(_PROPAGATOR.extract({"traceparent": caller}, Context()))
    if trace_of_caller(caller) == trace_id_of(current_id() or ""):
        return theirs, []
    linked = theirs.get_span_context()
    return trace.INVALID_SPAN, [trace.Link(linked)] if linked.is_valid else []
