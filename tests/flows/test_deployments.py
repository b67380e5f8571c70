"""What prefect.yaml defines: schedules, the Run dialog, and the automations that stand beside it."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import pairwise
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import ConcurrencyLimitStrategy
from prefect.events.schemas.automations import Automation
from prefect.server.schemas.schedules import CronSchedule

from flows.automations import REDELIVERY, SILENCE, automations, set_up
from flows.deployments import DEFINITIONS, HEARTBEAT_SECONDS, defined

DEPLOYMENTS = {each.name: each for each in asyncio.run(defined())}
FOR_PROGRAMS = {"requests_only", "correlation_id"}
IDS = {name: uuid4() for name in DEPLOYMENTS}


def dates(name: str, since: datetime, count: int) -> list[datetime]:
    (schedule,) = DEPLOYMENTS[name].schedules
    server = CronSchedule(**schedule.schedule.model_dump())
    found = asyncio.run(server.get_dates(n=count, start=since))
    return [datetime.fromtimestamp(each.timestamp(), UTC) for each in found]


@pytest.mark.parametrize("since", [datetime(2027, 3, 25, tzinfo=UTC), datetime(2026, 10, 22, tzinfo=UTC)])
@pytest.mark.parametrize("name", ["process-invoices", "reconcile-deliveries"])
def test_each_day_has_one_run_also_when_the_clocks_change(name, since):
    days = [each.astimezone(ZoneInfo("Europe/Brussels")) for each in dates(name, since, 8)]
    assert all(later.date() - earlier.date() == timedelta(days=1) for earlier, later in pairwise(days))
    assert len({each.time() for each in days}) == 1


def test_redelivery_runs_every_quarter_of_an_hour_and_housekeeping_every_week():
    since = datetime(2026, 10, 24, tzinfo=UTC)
    quarters = dates("redeliver-invoices", since, 200)
    assert {later - earlier for earlier, later in pairwise(quarters)} == {timedelta(minutes=15)}
    weeks = [each.astimezone(ZoneInfo("Europe/Brussels")) for each in dates("housekeeping", since, 4)]
    assert {each.weekday() for each in weeks} == {6}


@pytest.mark.parametrize("deployment", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_each_says_what_it_is_and_carries_the_version_of_the_package(deployment):
    assert deployment.version == version("waybill")
    assert "waybill" in deployment.tags
    assert deployment.description
    assert "Args:" not in deployment.description
    assert deployment.concurrency_limit == 1
    assert deployment.entrypoint.startswith("flows.")


def test_what_a_person_may_have_asked_for_waits_and_what_comes_again_by_itself_gives_way():
    strategies = {name: each.concurrency_options.collision_strategy for name, each in DEPLOYMENTS.items()}
    assert strategies.pop("redeliver-invoices") is ConcurrencyLimitStrategy.CANCEL_NEW
    assert set(strategies.values()) == {ConcurrencyLimitStrategy.ENQUEUE}


@pytest.mark.parametrize("deployment", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_the_run_dialog_explains_each_parameter(deployment):
    properties: dict[str, Any] = deployment._parameter_openapi_schema.properties
    assert "requested_by" in properties
    for name, field in properties.items():
        assert field["title"] != name
        assert field["description"].endswith(".")
        assert ("for programs" in field["title"]) == (name in FOR_PROGRAMS)
        assert field["description"].startswith("For programs:") == (name in FOR_PROGRAMS)
    in_order = sorted(properties, key=lambda name: properties[name]["position"])
    assert set(in_order[len(in_order) - len(FOR_PROGRAMS & properties.keys()) :]) == (
        FOR_PROGRAMS & properties.keys()
    )


def test_the_run_dialog_knows_what_may_be_filled_in():
    days = DEPLOYMENTS["reconcile-deliveries"]._parameter_openapi_schema.properties["days"]
    assert days["anyOf"][0] == {"minimum": 1, "maximum": 366, "type": "integer"}
    assert days["examples"]


def test_a_run_says_that_it_lives_three_times_before_it_counts_as_killed():
    for entry in yaml.safe_load(DEFINITIONS.read_text())["deployments"]:
        variables = entry["work_pool"]["job_variables"]["env"]
        assert variables == {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS)}
    assert timedelta(seconds=3 * HEARTBEAT_SECONDS) <= SILENCE


def test_a_crash_of_redelivery_does_not_call_for_redelivery():
    _, _, go_on = automations(IDS)
    assert f"prefect.deployment.{IDS[REDELIVERY]}" not in go_on.trigger.match_related["prefect.resource.id"]
    assert len(go_on.trigger.match_related["prefect.resource.id"]) == len(IDS) - 1


@pytest.fixture
def prefect(prefect_api: str) -> Iterator[SyncPrefectClient]:
    """A server on which nothing is set up for these deployments, before and after."""
    with get_client(sync_client=True) as client:
        delete_ours(client)
        yield client
        delete_ours(client)


def ours(client: SyncPrefectClient) -> list[Automation]:
    found: list[Automation] = []
    for each in automations(IDS):
        found += client.read_automations_by_name(each.name)
    return found


def delete_ours(client: SyncPrefectClient) -> None:
    for each in ours(client):
        client.delete_automation(each.id)


def test_automations_are_set_up_once(prefect):
    names = asyncio.run(set_up(IDS))
    first = ours(prefect)
    assert [each.name for each in first] == names

    asyncio.run(set_up(IDS))
    assert ours(prefect) == first


def test_an_automation_is_brought_up_to_date_and_one_that_is_switched_off_stays_off(prefect):
    asyncio.run(set_up(IDS))
    silent, *others = ours(prefect)
    prefect.pause_automation(silent.id)

    asyncio.run(set_up(IDS, silence=timedelta(minutes=5)))

    changed, *unchanged = ours(prefect)
    assert (changed.id, changed.enabled) == (silent.id, False)
    assert changed.trigger.within == timedelta(minutes=5)
    assert unchanged == others


def test_of_automations_that_two_machines_made_at_once_one_stays(prefect):
    asyncio.run(set_up(IDS))
    for each in automations(IDS):
        prefect.create_automation(each)
    assert len(ours(prefect)) == 6

    asyncio.run(set_up(IDS))
    assert len(ours(prefect)) == 3
