"""Traces of a facade: a call is a span, and what it asks for goes on in the same trace."""

from time import monotonic

import pytest

from logs.tracing import flush_traces, trace_id_of
from tests.flows.collecting import collecting, tracing_anew

SERVER = 2
CALLER = f"00-{'a' * 32}-{'b' * 16}-01"


@pytest.fixture
def collector():
    with tracing_anew(), collecting() as running:
        yield running


@pytest.fixture
def server(serve, collector):
    return serve(otlp_endpoint=collector.url)


@pytest.fixture
def traced(server, caller, collector):
    """Calls a facade, and gives the answer and the spans that came of it."""
    client = caller("admin", server=server)

    def call(path, **headers):
        answer = client.get(path, headers=headers)
        # A call ends a little after its answer has come.
        until = monotonic() + 30
        while not collector.spans and monotonic() < until:
            flush_traces(10)
        return answer, collector.spans

    return call


def test_a_call_is_named_for_its_route_and_holds_nothing_of_its_path(traced):
    answer, (span,) = traced("/api/v1/invoices/0f0f0f0f-0000-4000-8000-000000000000?lang=nl")
    assert span.name == "GET /api/v1/invoices/{invoice_id}"
    assert (span.kind, span.service, span["http.response.status_code"]) == (SERVER, "waybill-facade", 404)
    assert span.trace_id == trace_id_of(answer.headers["X-Request-ID"])
    assert "0f0f0f0f" not in str(span.attributes)
    assert not span.failed, "that there is no such invoice is no fault of ours"


def test_the_trace_of_a_caller_is_its_request_id(traced):
    answer, (span,) = traced("/api/v1/invoices", traceparent=CALLER)
    assert answer.headers["X-Request-ID"] == span.trace_id == "a" * 32
    assert span.parent_id == "b" * 16


def test_a_request_id_of_the_callers_own_stands_and_its_trace_is_linked(traced):
    answer, (span,) = traced("/api/v1/invoices", **{"traceparent": CALLER, "X-Request-ID": "month-end"})
    assert answer.headers["X-Request-ID"] == "month-end"
    assert (span.trace_id, span.links) == (trace_id_of("month-end"), ["a" * 32])


@pytest.mark.parametrize("nonsense", ["", "zz", f"00-{'0' * 32}-{'b' * 16}-01", "x" * 5000])
def test_a_traceparent_that_is_none_is_not_looked_at(traced, nonsense):
    answer, (span,) = traced("/api/v1/invoices", traceparent=nonsense)
    assert (span.parent_id, span.links) == ("", [])
    assert span.trace_id == trace_id_of(answer.headers["X-Request-ID"])


def test_probes_are_not_traced(traced, server):
    for _ in range(3):
        server.get("/healthz").raise_for_status()
    _, (span,) = traced("/api/v1/invoices")
    assert span.name == "GET /api/v1/invoices"
