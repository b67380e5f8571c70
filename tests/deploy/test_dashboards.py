"""Dashboard and alerts speak of nothing but metrics, labels and values that a facade really gives."""

import json
import re
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from db.outbox import publish_to
from db.timings import add_timings
from db.waypoints import Waypoint
from invoices.lifecycle import State
from logs.timings import Subject, Timings
from tests.api.conftest import caller, facade_settings, serve  # noqa: F401 - fixtures
from tests.api.surroundings import arranging
from tests.deploy.promql import NotPromql, metrics_read

ROOT = Path(__file__).parent.parent.parent
DASHBOARD = json.loads((ROOT / "deploy/grafana/waybill.json").read_text())
PROMETHEUS = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
GROUPS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
ALERTS = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
DOCUMENT = (ROOT / "docs/observability.md").read_text()

OF_PROMETHEUS = {"job", "instance"}
"""Labels that Prometheus adds to what it scrapes; and `up` is a metric of its own."""

EXPRESSIONS = [
    *[(f"panel {panel['title']}", each["expr"]) for panel in PANELS for each in panel["targets"]],
    *[(f"alert {name}", rule["expr"]) for name, rule in ALERTS.items()],
]


@pytest.fixture
def scraped(serve, caller, ledger, owner):  # noqa: F811 - fixtures
    """All samples of a facade that has met what can be met: metric, and labels of each of its series."""
    server = serve()
    with arranging(ledger) as arrange:
        arrange.in_state(State.SENT)
        timings = Timings()
        timings.note(Subject("clearfacts", "upload", "2xx"), 0.2)
        with ledger.transaction(arrange.actor, Waypoint.JUDGED) as connection:
            add_timings(connection, timings.take())
            publish_to(connection, "kafka", [State.SENT])
        arrange.run(
            "INSERT INTO job (id, flow_run_id, run_count, flow, requested_by, parameters, state, ended_at, counts,"
            " waiting) VALUES (:id, :id, 1, 'process-invoices', 'somebody', '{}', 'failed', now(), '{}', 0)",
            id=uuid4(),
        )
    client = caller("service", server=server)
    client.get("/api/v1/invoices").raise_for_status()
    found: dict[str, list[dict[str, str]]] = {"up": [{}]}
    for family in text_string_to_metric_families(client.get("/api/v1/admin/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


def without_variables(expression):
    """Grafana's variable of companies as it stands for all of them."""
    return expression.replace("$company", ".*")


def test_every_panel_and_alert_reads_what_a_facade_gives(scraped):
    wrong = []
    for where, expression in EXPRESSIONS:
        for read in metrics_read(without_variables(expression)):
            series = [{**labels, "job": "waybill"} for labels in scraped.get(read.metric, ())]
            known = OF_PROMETHEUS.union(*series)
            if not series:
                wrong.append(f"{where}: there is no metric {read.metric}")
            elif not read.labels <= known:
                wrong.append(f"{where}: {read.metric} has no label {read.labels - known}")
            # That a call failed cannot be had of a facade that is well.
            elif not any(
                read.fits({**labels, "status": "500"} if "status" in labels else labels) for labels in series
            ):
                wrong.append(f"{where}: no series of {read.metric} fits {read.matchers}")
    assert wrong == []


def test_every_metric_of_ours_is_shown_or_alerted_on(scraped):
    read = {
        each.metric for _, expression in EXPRESSIONS for each in metrics_read(without_variables(expression))
    }
    families = {
        re.sub(r"_(bucket|count|sum|created)$", "", name) for name in scraped if name.startswith("waybill_")
    }
    unread = families - {re.sub(r"_(bucket|count|sum)$", "", name) for name in read}
    assert unread == {
        "waybill_open_claims_oldest_age_seconds",
        "waybill_unsealed_invoices",
        "waybill_webhooks_due",
    }, "each is in docs/observability.md; say there why nobody watches it"


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_happened_what_to_do_and_where_more_stands(name):
    rule = ALERTS[name]
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"Waybill[A-Z][A-Za-z]+", name)
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert re.fullmatch(r"[0-9]+[smhd]", rule.get("for", "0s"))
    told = rule["annotations"]
    assert set(told) == {"summary", "description", "runbook_url"}
    assert len(told["summary"]) < 120
    page, anchor = told["runbook_url"].split("#")
    assert page == "docs/observability.md"
    assert anchor in ANCHORS
    grouped = set().union(*(each.grouped_by for each in metrics_read(rule["expr"])))
    named = set(re.findall(r"\$labels\.(\w+)", json.dumps(told)))
    assert named <= grouped | OF_PROMETHEUS


def anchors(page):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


ANCHORS = anchors(DOCUMENT)


def test_alerts_have_names_of_their_own():
    names = [rule["alert"] for group in GROUPS for rule in group["rules"]]
    assert len(names) == len(set(names)) > 10
    assert len({group["name"] for group in GROUPS}) == len(GROUPS)


def test_the_documentation_names_every_metric_with_its_labels(scraped):
    rows = dict(re.findall(r"^\| `(waybill_\w+)` \| ([^|]*) \|", DOCUMENT, re.MULTILINE))
    families: dict[str, set[str]] = {}
    for name, series in scraped.items():
        if name.startswith("waybill_"):
            family = re.sub(r"_(bucket|count|sum|created)$", "", name)
            families.setdefault(family, set()).update(*series)
    assert set(rows) == set(families)
    for family, labels in families.items():
        assert set(re.findall(r"`(\w+)`", rows[family])) == labels - {"le"}, family


def test_the_dashboard_can_be_imported():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    assert DASHBOARD["uid"] == "waybill"
    assert DASHBOARD["schemaVersion"] >= 39
    variables = {each["name"] for each in DASHBOARD["templating"]["list"]}
    for panel in PANELS:
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert panel["title"]
        assert panel["description"]
        assert [each["refId"] for each in panel["targets"]] == list("ABC")[: len(panel["targets"])]
        used = {name for each in panel["targets"] for name in re.findall(r"\$(\w+)", each["expr"])}
        assert used <= variables | {"__rate_interval"}


def test_no_two_panels_lie_upon_each_other():
    taken = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_prometheus_reads_where_the_facade_answers():
    (scrape,) = PROMETHEUS["scrape_configs"]
    assert scrape["job_name"] == "waybill"
    assert scrape["metrics_path"] == "/api/v1/admin/metrics"
    assert PROMETHEUS["rule_files"] == ["alerts.yml"]
    assert set(scrape["http_headers"]) == {"X-API-Key"}


@pytest.mark.parametrize(
    "nonsense",
    ["max(a", "a)", 'max({b="c"})', "frobnicate(a)", "rate(a[5 minutes])", "a{b=c}", "a & b", "max"],
)
def test_what_is_not_promql_is_refused(nonsense):
    with pytest.raises(NotPromql):
        metrics_read(nonsense)


def test_an_expression_is_taken_apart():
    first, second = metrics_read(
        'sum by (le, b) (rate(a_bucket{c!~"x|y", d="{}"}[5m])) / 2 > on(b) min(e) or vector(0)'
    )
    assert (first.metric, first.labels) == ("a_bucket", {"le", "b", "c", "d"})
    assert first.matchers == [("c", "!~", "x|y"), ("d", "=", "{}")]
    assert (second.metric, second.labels) == ("e", {"b"})
    assert first.fits({"c": "z", "d": "{}"})
    assert not first.fits({"c": "x", "d": "{}"})
