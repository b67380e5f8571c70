"""Metrics: what the ledger holds and what the facade was asked, in Prometheus' text format."""

from time import time

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from api.figures import LedgerFigures
from api.measured import registry_of_a_facade
from api.metrics import exposition
from api.pipeline_figures import PipelineFigures
from api.telling_figures import TellingFigures
from db.breaker import Terms, failed
from db.notices import Standing
from db.outbox import publish_to
from db.timings import add_timings
from db.waypoints import Waypoint
from invoices.lifecycle import State
from logs.timings import Subject, Timings
from tests.api.surroundings import arranging
from tests.db.conftest import OTHER_COMPANY

PATH = "/api/v1/admin/metrics"
HTTP = "waybill_http_request_duration_seconds_count"
TERMS = Terms(1, 60, 900, 30)


@pytest.fixture
def arrange(ledger):
    with arranging(ledger) as arrange:
        yield arrange


def samples(answer):
    """Each value by the name of its sample and its labels."""
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_each_state_is_counted_those_of_nothing_too(as_service, arrange):
    for state in (State.SENT, State.SENT, State.OUTCOME_UNKNOWN, State.READY):
        arrange.in_state(state)
    found = samples(as_service.get(PATH))
    counted = {state: found["waybill_invoices", ("state", state.value)] for state in State}
    assert counted == dict.fromkeys(State, 0) | {State.SENT: 2, State.OUTCOME_UNKNOWN: 1, State.READY: 1}
    assert found["waybill_outcome_unknown_invoices",] == 1
    assert found["waybill_ready_invoices", ("due", "now")] == 1
    assert found["waybill_ready_oldest_age_seconds",] > 0
    assert found["waybill_open_claims",] == 0
    assert found["waybill_unsealed_invoices",] == 4


def test_a_neighbour_that_never_failed_has_a_closed_breaker(as_service, ledger, arrange):
    failed(ledger, arrange.actor, "clearfacts", TERMS, "no answer for 30 s")
    found = samples(as_service.get(PATH))
    for neighbour, state in (("clearfacts", "open"), ("java-backend", "closed")):
        of_neighbour = {
            each: found["waybill_breaker_state", ("neighbour", neighbour), ("state", each)]
            for each in ("closed", "half_open", "open")
        }
        assert of_neighbour == dict.fromkeys(of_neighbour, 0) | {state: 1}
    assert found["waybill_breaker_failures", ("neighbour", "clearfacts")] == 1


def test_figures_are_kept_for_a_while_however_often_they_are_asked_for(as_service, arrange):
    before = samples(as_service.get(PATH))
    arrange.in_state(State.READY)
    after = samples(as_service.get(PATH))
    assert (
        after["waybill_invoices", ("state", "ready")] == before["waybill_invoices", ("state", "ready")] == 0
    )


def add(ledger, arrange, *timed):
    timings = Timings()
    for subject, seconds in timed:
        timings.note(Subject(*subject), seconds, items=20)
    with ledger.transaction(arrange.actor, Waypoint.JUDGED) as connection:
        assert add_timings(connection, timings.take())


def test_invoices_are_counted_by_company_and_state(serve, caller, arrange):
    arrange.deduped()
    arrange.deduped(company_number=OTHER_COMPANY)
    arrange.deduped(company_number=OTHER_COMPANY)
    server = serve(metrics_companies=1)
    found = samples(caller("admin", server=server).get(PATH))

    def ready(company):
        return found["waybill_company_invoices", ("company", company), ("state", "ready")]

    assert (ready(OTHER_COMPANY), ready("other")) == (2, 1)
    assert found["waybill_company_invoices", ("company", "other"), ("state", "sent")] == 0
    companies = {dict(labels)["company"] for name, *labels in found if name == "waybill_company_invoices"}
    assert companies == {OTHER_COMPANY, "other"}


def test_stages_and_calls_are_histograms(as_service, ledger, arrange):
    add(
        ledger,
        arrange,
        (("waybill", "validate", "done"), 0.02),
        (("waybill", "validate", "done"), 400),
        (("clearfacts", "upload", "5xx"), 0.7),
    )
    found = samples(as_service.get(PATH))
    stage = (("result", "done"), ("stage", "validate"))
    buckets = {
        dict(labels)["le"]: value
        for (name, *labels), value in found.items()
        if name == "waybill_stage_duration_seconds_bucket" and {*stage} < {*labels}
    }
    assert (buckets["0.01"], buckets["0.025"], buckets["300.0"], buckets["+Inf"]) == (0, 1, 1, 2)
    assert found["waybill_stage_duration_seconds_count", *stage] == 2
    assert found["waybill_stage_duration_seconds_sum", *stage] == pytest.approx(400.02)
    assert found["waybill_stage_invoices_total", *stage] == 40
    assert found["waybill_stage_last_timestamp_seconds", *stage] == pytest.approx(time(), abs=60)
    call = (("call", "upload"), ("result", "5xx"), ("system", "clearfacts"))
    assert found["waybill_outside_call_duration_seconds_count", *call] == 1


def test_a_stage_that_never_ran_stands_at_nothing(as_service):
    found = samples(as_service.get(PATH))
    for result in ("accepted", "refused", "not_delivered", "unknown"):
        never = (("result", result), ("stage", "upload"))
        assert found["waybill_stage_duration_seconds_count", *never] == 0
        assert found["waybill_stage_last_timestamp_seconds", *never] == 0


def test_each_facade_tells_the_same_of_the_ledger(serve, caller, ledger, arrange):
    add(ledger, arrange, (("waybill", "fetch", "done"), 0.2))
    told = []
    for _ in range(2):
        of_ledger = samples(caller("admin", server=serve()).get(PATH))
        told.append({key: value for key, value in of_ledger.items() if key[0].startswith("waybill_stage_")})
    assert told[0] == told[1]


def test_events_that_wait_are_counted_by_channel(as_service, ledger, arrange):
    with ledger.transaction(arrange.actor, Waypoint.JUDGED) as connection:
        publish_to(connection, "kafka", [State.SENT])
    arrange.in_state(State.SENT)
    found = samples(as_service.get(PATH))
    assert found["waybill_events_waiting", ("channel", "kafka")] == 1
    assert found["waybill_events_oldest_age_seconds", ("channel", "kafka")] > 0
    assert found["waybill_notices_waiting",] == found["waybill_troubles_open",] == 0


def test_requests_are_counted_by_the_template_of_their_route(as_service):
    for number in range(3):
        as_service.get(f"/problems/nothing-{number}")
        as_service.get(f"/somewhere/{number}")
        as_service.post("/healthz")
    as_service.get("/api/v1/admin/health")
    found = samples(as_service.get(PATH))

    def requests(method, route, status):
        return found[HTTP, ("method", method), ("route", route), ("status", status)]

    assert requests("GET", "/problems/{code}", "404") == 3
    assert requests("GET", "unmatched", "404") == 3
    assert requests("POST", "/healthz", "405") == 3
    assert requests("GET", "/api/v1/admin/health", "200") == 1


def test_unusual_methods_are_one_series(as_service):
    for method in ("PROPFIND", "MKCOL", "LOCK"):
        as_service.request(method, "/healthz")
    found = samples(as_service.get(PATH))
    methods = {dict(labels)["method"] for name, *labels in found if name == HTTP}
    assert methods == {"other"}


def test_the_process_is_measured(as_service):
    assert samples(as_service.get(PATH))["process_resident_memory_bytes",] > 0


def test_two_facades_in_one_process_have_registries_of_their_own(serve, caller):
    one, other = (caller("admin", server=serve()) for _ in range(2))
    one.get("/healthz")
    assert "/healthz" in one.get(PATH).text
    assert "/healthz" not in other.get(PATH).text


def test_names_keep_to_what_prometheus_takes():
    nothing = {"oldest_since": None, "open": 0, "of_dead_workers": 0, "due": 0, "later": 0}
    figures = {
        "states": {}, "ready": nothing, "claims": nothing, "run_requests": nothing, "jobs": {"running": 1},
        "webhooks": nothing | {"waiting": 0, "given_up": 0}, "rejected_records": 0, "workers": 0,
        "breakers": [], "unsealed": 0,
    }  # fmt: skip
    of_ledger = (
        LedgerFigures(figures, ["clearfacts"]),
        PipelineFigures({"states_of_companies": {}, "oldest": {}, "timings": []}),
        TellingFigures(Standing(0, None, 0, 0), []),
    )
    text_format = exposition(registry_of_a_facade(), *of_ledger).decode()
    names = [family.name for family in text_string_to_metric_families(text_format)]
    assert len(names) == len(set(names))
    assert all(name.startswith(("waybill_", "process_")) for name in names)


def test_counting_all_invoices_reads_an_index_alone(owner, arrange):
    for _ in range(3):
        arrange.in_state(State.SENT)
    with owner.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM invoice"))
        connection.execute(text("SET enable_seqscan = off"))
        plan = connection.execute(
            text("EXPLAIN SELECT state, count(*) FROM invoice GROUP BY state")
        ).scalars()
        assert any("Index Only Scan" in line for line in plan)
