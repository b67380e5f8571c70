"""A collector of traces: takes OTLP over HTTP, decodes it, and remembers the spans."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

import logs.tracing


@dataclass(frozen=True)
class Collected:
    """One span as it came over the wire."""

    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    failed: bool
    service: str
    attributes: dict[str, Any]
    links: list[str]

    def __getitem__(self, attribute):
        return self.attributes.get(attribute)


@dataclass
class Collector:
    url: str
    answers: int = 200
    spans: list[Collected] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        self.bodies.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _values(resource.resource.attributes)["service.name"]
            for scope in resource.scope_spans:
                self.spans += [_collected(each, service) for each in scope.spans]

    def named(self, name: str) -> list[Collected]:
        return [each for each in self.spans if each.name == name]

    def one(self, name: str) -> Collected:
        (found,) = self.named(name)
        return found

    def around(self, span: Collected) -> list[str]:
        """Names of the spans around one, from the inside out."""
        by_id = {each.span_id: each for each in self.spans}
        found = []
        while (span := by_id.get(span.parent_id)) is not None:
            found.append(span.name)
        return found


def _values(attributes) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


def _collected(span, service: str) -> Collected:
    return Collected(
        span.name,
        span.kind,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.status.code == span.status.STATUS_CODE_ERROR,
        service,
        _values(span.attributes),
        [each.trace_id.hex() for each in span.links],
    )


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            collector.take(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(collector.answers)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def tracing_anew() -> Iterator[None]:
    """As in a process that has not begun to trace."""
    before, logs.tracing._tracer = logs.tracing._tracer, None
    try:
        yield
    finally:
        logs.tracing._tracer = before
