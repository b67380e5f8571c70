"""`waybill deploy`: deployments and automations on the Prefect server that is named."""

import json
from datetime import UTC, datetime

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.deployments import DEFINITIONS


@pytest.fixture
def told(prefect_api: str):
    def read() -> dict[str, str | None]:
        with get_client(sync_client=True) as client:
            tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=["waybill"]))
            found = client.read_deployments(deployment_filter=tagged)
            return {each.name: each.work_pool_name for each in found}

    return read


def test_it_registers_what_runs_for_the_workers_of_a_pool(waybill, told):
    result = waybill("deploy", "--pool", "books", "--json")
    assert result.exit_code == 0, result.stderr
    registered = json.loads(result.stdout)
    assert registered["work_pool"] == "books"
    assert told() == dict.fromkeys(registered["deployments"], "books")
    assert len(registered["automations"]) == 3
    assert registered["scheduled"] is True


def test_it_says_what_it_registered_and_how_to_go_on(waybill, told):
    result = waybill("deploy")
    assert result.exit_code == 0, result.stderr
    assert all(name in result.stdout for name in told())
    assert "prefect worker start --pool waybill" in " ".join(result.stderr.split())
    assert set(told().values()) == {"waybill"}
    assert "scheduler" not in result.stderr


def test_it_says_where_the_server_schedules_nothing(waybill, prefect_api, tmp_path, monkeypatch):
    in_half_a_year = (datetime.now(UTC).month + 5) % 12 + 1  # Prefect looks ahead for 100 days
    definitions = tmp_path / "prefect.yaml"
    definitions.write_text(DEFINITIONS.read_text().replace("15 4 * * *", f"15 4 1 {in_half_a_year} *"))
    monkeypatch.setattr("flows.deployments.DEFINITIONS", definitions)
    monkeypatch.setattr("flows.deployments._SCHEDULED_WITHIN_SECONDS", 0)
    result = waybill("deploy", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["scheduled"] is False
    assert "its scheduler does not work" in " ".join(result.stderr.split())


def test_without_a_server_it_says_which_setting_is_missing(waybill):
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        result = waybill("deploy")
    assert result.exit_code == 2
    assert "PREFECT_API_URL is not set" in result.stderr


def test_a_server_that_does_not_answer_is_a_sentence(waybill):
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        result = waybill("deploy")
    assert result.exit_code == 2
    assert "Check PREFECT_API_URL" in " ".join(result.stderr.split())
