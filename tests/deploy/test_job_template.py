"""The pods of runs: what a worker makes of the job template, closed like the others and valid."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect_kubernetes.worker import KubernetesWorkerJobConfiguration

from tests.deploy.manifests import IMAGE, KUBERNETES, kustomization, objects, pods, secret, validate

TEMPLATE = (KUBERNETES / "base" / "job-template.json").read_text()


@pytest.fixture(scope="module")
def job(prefect_api: str) -> dict[str, Any]:
    """The job that a worker starts for a run of a deployment."""
    return asyncio.run(_job())


async def _job() -> dict[str, Any]:
    filled = json.loads(TEMPLATE.replace("@IMAGE@", IMAGE).replace("@NAMESPACE@", "waybill"))
    configuration = await KubernetesWorkerJobConfiguration.from_template_and_values(
        base_job_template=filled, values={"env": {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}}
    )
    configuration.prepare_for_flow_run(FlowRun(id=uuid4(), flow_id=uuid4(), name="everything, by schedule"))
    return configuration.job_manifest


@pytest.fixture(scope="module")
def pod(job: dict[str, Any]) -> dict[str, Any]:
    return job["spec"]["template"]["spec"]


def test_it_is_valid(job, pod, tmp_path):
    # Prefect insists on both in this place too, where Kubernetes takes no notice of them.
    assert (pod.pop("parallelism"), pod.pop("completions")) == (1, 1)
    made = tmp_path / "job.json"
    made.write_text(json.dumps(job))
    assert not validate(made)


def test_it_executes_the_run_in_the_image_of_the_version_that_was_deployed(job, pod):
    (container,) = pod["containers"]
    assert container["args"] == ["prefect", "flow-run", "execute"]
    assert container["image"] == IMAGE
    assert job["metadata"]["namespace"] == "waybill"


def test_it_is_as_closed_as_the_others(pod):
    (container,) = pod["containers"]
    (other,) = {json.dumps(each.containers[0]["securityContext"], sort_keys=True) for each in pods()}
    assert json.dumps(container["securityContext"], sort_keys=True) == other
    migration = next(each for each in pods() if each.component == "migration")
    assert pod["securityContext"] == migration.spec["securityContext"]
    assert pod["automountServiceAccountToken"] is False
    assert (
        set(container["resources"]["limits"]) == set(container["resources"]["requests"]) == {"cpu", "memory"}
    )


def test_the_network_policies_know_it(job):
    assert job["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"] == "run"


def test_it_has_the_time_to_write_down_what_an_upload_came_to(pod):
    assert pod["terminationGracePeriodSeconds"] > 60


def test_kubernetes_starts_no_run_again_by_itself(job):
    assert job["spec"]["backoffLimit"] == 0


def test_it_is_given_what_runs_need_and_may_know(pod):
    (container,) = pod["containers"]
    maps = [each["configMapRef"]["name"] for each in container["envFrom"] if "configMapRef" in each]
    secrets = [each["secretRef"]["name"] for each in container["envFrom"] if "secretRef" in each]
    assert maps == ["waybill"]
    assert secrets == ["neighbours", "ledger-owner"]
    assert "WAYBILL_DATABASE_URL" in secret("ledger-owner")
    given = {each["name"]: each for each in kustomization("base")["configMapGenerator"]}
    assert given["waybill"]["options"]["disableNameSuffixHash"] is True
    accounts = {each["metadata"]["name"] for each in objects("base") if each["kind"] == "ServiceAccount"}
    assert pod["serviceAccountName"] in accounts
    environment = {each["name"]: each["value"] for each in container["env"]}
    assert environment["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"] == "30"
