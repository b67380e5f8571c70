"""Traces: one run is one trace, from the call to the source to the call to Clearfacts, told to a real collector."""

import re
import socket
import subprocess
import sys
from time import monotonic
from uuid import uuid4

import pytest

from logs import tracing
from logs.correlation import CorrelatedThreads, correlated
from logs.observing import stage
from logs.tracing import begin_tracing, flush_traces, span, trace_id_of
from sandbox.demo import demo_records
from sandbox.faults import FaultKind
from sandbox.journal import Call, System
from tests.flows.collecting import collecting, tracing_anew

CLIENT = 3


@pytest.fixture(autouse=True)
def untraced(monkeypatch):
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    with tracing_anew():
        yield


@pytest.fixture
def collector():
    with collecting() as running:
        yield running


@pytest.fixture
def traced_run(sandbox, run_job, collector, monkeypatch):
    """A run on the demo's invoices, told to the collector."""

    def run(**parameters):
        monkeypatch.setenv("WAYBILL_OTLP_ENDPOINT", collector.url)
        for record in demo_records():
            sandbox.feed.put(record)
        return run_job(**parameters)

    return run


def test_one_trace_leads_from_the_source_to_clearfacts(traced_run, collector, sandbox, rows):
    report = traced_run()

    assert {each.trace_id for each in collector.spans} == {trace_id_of(str(report.job_id))}
    assert {each.service for each in collector.spans} == {"waybill"}
    (run,) = [each for each in collector.spans if not each.parent_id]
    assert (run.name, run["waybill.job_id"], run["waybill.state"]) == (
        "process-invoices",
        str(report.job_id),
        report.state,
    )
    page = collector.named("GET /api/v1/invoices")[0]
    assert collector.around(page) == ["fetch", "process-invoices"]
    assert {"validate", "dedupe", "acknowledge"} <= {each.name for each in collector.spans}
    uploads = [each for each in collector.spans if each["waybill.call"] == "upload"]
    assert len(uploads) == len(sandbox.journal.entries(Call.UPLOAD)) > 5
    for each in uploads:
        assert each.kind == CLIENT
        assert each["http.request.method"] == "POST"
        assert each["http.response.status_code"] == 200
        assert each["server.address"] == "127.0.0.1"
        assert collector.around(each) == ["upload", "deliver", "process-invoices"]
    sent = {row["id"] for row in rows() if row["state"] == "sent"}
    accepted = [each for each in collector.named("upload") if each["waybill.result"] == "accepted"]
    assert {each["waybill.invoice_id"] for each in accepted} == sent


def test_each_call_takes_its_span_along(traced_run, collector, sandbox):
    traced_run()

    entries = [each for each in sandbox.journal.entries() if each.system is not System.SLACK]
    sent = {each.traceparent for each in entries}
    known = {f"00-{each.trace_id}-{each.span_id}-01" for each in collector.spans if each.kind == CLIENT}
    assert sent == known
    assert len(sent) == len(entries)


def test_a_run_that_was_asked_for_is_in_the_trace_of_the_request(traced_run, collector):
    trace_id = uuid4().hex
    traced_run(correlation_id=trace_id)
    assert {each.trace_id for each in collector.spans} == {trace_id}


def test_a_trace_tells_nobodys_name_no_amount_and_no_token(traced_run, collector, sandbox, rows):
    traced_run()

    told = b"".join(collector.bodies)
    tokens = [value for name, value in sandbox.environment.items() if name.endswith("TOKEN")]
    assert tokens
    assert not [each for each in tokens if each.encode() in told]
    assert re.search(rb"[Bb]earer|cursor=|size=", told) is None
    for record in demo_records():
        for element in (b"RegistrationName", b"Name", b"PayableAmount"):
            texts = re.findall(rb"<cbc:%s[^>]*>([^<]{6,})<" % element, record.read_document() or b"")
            assert not [each for each in texts if each in told]


def test_what_went_wrong_stands_in_the_trace_without_its_words(traced_run, collector, fault):
    fault(Call.UPLOAD, FaultKind.SERVER_ERROR)
    traced_run()

    (failed,) = [each for each in collector.spans if each["waybill.call"] == "upload" and each.failed]
    assert failed["http.response.status_code"] == failed_status(failed)
    assert "unknown" in {each["waybill.result"] for each in collector.named("upload")}


def failed_status(failed):
    assert failed["error.type"].startswith("5")
    return int(failed["error.type"])


@pytest.mark.parametrize("accepting", [False, True], ids=["that is down", "that never answers"])
def test_a_collector_neither_fails_nor_delays_a_run(sandbox, run_job, monkeypatch, states, accepting):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        if accepting:
            nobody.listen()
        monkeypatch.setenv("WAYBILL_OTLP_ENDPOINT", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        sandbox.feed.put(next(iter(demo_records())))
        assert run_job().state == "completed"
        assert states() == {"sent": 1}
        began = monotonic()
        flush_traces(0.2)
        assert monotonic() - began < 2


def test_without_a_collector_nothing_is_traced_and_no_header_sent(sandbox, run_job):
    sandbox.feed.put(next(iter(demo_records())))
    run_job()
    assert tracing._tracer is None
    assert {each.traceparent for each in sandbox.journal.entries()} == {None}


def test_without_a_collector_opentelemetrys_sdk_is_not_even_imported():
    program = (
        "import sys, clients.clearfacts, clients.java_backend, logs.tracing\n"
        "assert not logs.tracing.begin_tracing(None, 'waybill')\n"
        "with logs.tracing.span('a'): pass\n"
        "print([each for each in sys.modules if each.startswith('opentelemetry')])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_the_standard_variable_names_a_collector_too(collector, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "invoices-of-acme")
    assert begin_tracing(None, "waybill")
    with span("a"):
        pass
    flush_traces(10)
    assert collector.one("a").service == "invoices-of-acme"


def test_a_collector_that_refuses_spans_is_in_the_log(collector, caplog):
    collector.answers = 401
    begin_tracing(collector.url, "waybill")
    with span("a"):
        pass
    flush_traces(10)
    assert "401" in caplog.text


def test_without_the_extra_it_says_so_and_goes_on(monkeypatch, caplog):
    monkeypatch.setattr(tracing, "find_spec", lambda _: None)
    assert not begin_tracing("http://127.0.0.1:1", "waybill")
    assert "waybill[tracing]" in caplog.text
    with span("a") as untraced:
        untraced.note("b", 1)
        assert untraced.traceparent is None


def test_threads_go_on_with_the_span_of_who_made_them(collector):
    begin_tracing(collector.url, "waybill")

    def work(name):
        with span(name):
            pass

    with span("outer"), CorrelatedThreads(2) as pool:
        list(pool.map(work, ["one", "two"]))
    flush_traces(10)
    assert {each.name: collector.around(each) for each in collector.spans} == {
        "one": ["outer"],
        "two": ["outer"],
        "outer": [],
    }


def test_what_a_stage_raises_is_named_and_not_told(collector):
    begin_tracing(collector.url, "waybill")
    with pytest.raises(ValueError, match="Jan"), stage("validate", 3):
        raise ValueError("Jan Peeters owes 12.00")
    flush_traces(10)
    failed = collector.one("validate")
    assert (failed.failed, failed["error.type"], failed["waybill.invoices"]) == (True, "ValueError", 3)
    assert b"Peeters" not in b"".join(collector.bodies)


class TestTheCallerOfAFacade:
    CALLER = f"00-{'a' * 32}-{'b' * 16}-01"

    def spans(self, collector, correlation_id, caller):
        begin_tracing(collector.url, "waybill")
        with correlated(correlation_id), span("GET", "server", caller=caller):
            pass
        flush_traces(10)
        return collector.one("GET")

    def test_is_the_parent_where_the_call_goes_under_its_trace(self, collector):
        found = self.spans(collector, "a" * 32, self.CALLER)
        assert (found.trace_id, found.parent_id) == ("a" * 32, "b" * 16)

    def test_is_linked_where_the_call_goes_under_another_name(self, collector):
        found = self.spans(collector, "month-end", self.CALLER)
        assert (found.trace_id, found.parent_id) == (trace_id_of("month-end"), "")
        assert found.links == ["a" * 32]
        assert found["waybill.correlation_id"] == "month-end"

    @pytest.mark.parametrize(
        "nonsense", ["", "x", f"00-{'0' * 32}-{'b' * 16}-01", f"00-{'a' * 32}-{'b' * 16}"]
    )
    def test_who_sends_nonsense_is_ignored(self, collector, nonsense):
        found = self.spans(collector, "month-end", nonsense)
        assert (found.parent_id, found.links) == ("", [])
