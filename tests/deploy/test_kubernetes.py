"""The Kubernetes manifests: their schemas, and what holds for each pod."""

import shutil
import subprocess

import pytest
import yaml

from tests.deploy.dockerfile import Dockerfile
from tests.deploy.manifests import IMAGE, KUBERNETES, files, kustomization, objects, pods, secret, validate

PODS = list(pods())
BY_COMPONENT = {pod.component: pod for pod in PODS}
FOLDERS = ("base", "example")
ONCE = {"migration", "deployments"}

each_pod = pytest.mark.parametrize("pod", PODS, ids=lambda pod: pod.name)


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_manifest_keeps_to_the_schemas(folder):
    manifests = [path for path in files(folder) if path.is_file()]
    assert manifests
    assert {path: validate(path) for path in manifests} == dict.fromkeys(manifests, "")


def test_the_validator_can_find_something(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text((KUBERNETES / "base" / "facade.yaml").read_text().replace("minReplicas", "leastReplicas"))
    assert "leastReplicas" in validate(bad)


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_file_is_named_by_its_kustomization(folder):
    named = {path.resolve() for path in files(folder)}
    there = {path.resolve() for path in (KUBERNETES / folder).glob("*.yaml")}
    assert there - named == {(KUBERNETES / folder / "kustomization.yaml").resolve()}
    assert all(path.exists() for path in named)
    generated = kustomization(folder)["configMapGenerator"]
    assert all((KUBERNETES / folder / name).is_file() for each in generated for name in each.get("files", ()))


@pytest.mark.parametrize("folder", FOLDERS)
def test_kustomize_makes_something_valid_of_it(folder, tmp_path):
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed; the manifests themselves are validated all the same")
    made = tmp_path / "all.yaml"
    with made.open("w") as output:
        subprocess.run([kubectl, "kustomize", KUBERNETES / folder], stdout=output, check=True)
    assert not validate(made)
    found = [each for each in yaml.safe_load_all(made.read_text()) if each["kind"] != "Namespace"]
    assert {each["metadata"]["namespace"] for each in found} == {"waybill"}
    (job,) = [each for each in found if each["metadata"]["name"] == "deployments"]
    (first,) = job["spec"]["template"]["spec"]["initContainers"]
    assert next(each["value"] for each in first["env"] if each["name"] == "IMAGE") == first["image"]


@each_pod
def test_each_container_is_closed(pod):
    assert pod.spec["securityContext"]["runAsNonRoot"] is True
    assert pod.spec["securityContext"]["runAsUser"] > 0
    assert pod.spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod.containers:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    assert {"hostNetwork", "hostPID", "hostIPC"}.isdisjoint(pod.spec)
    assert not any("hostPath" in each for each in pod.spec["volumes"])


def test_the_namespace_lets_nothing_else_in():
    (namespace,) = [each for each in objects("base") if each["kind"] == "Namespace"]
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_image_s_user_is_the_one_of_its_pods():
    user = int(Dockerfile.read().final.last("USER").text.split(":")[0])
    assert {pod.spec["securityContext"]["runAsUser"] for pod in PODS if pod.component != "redis"} == {user}


@each_pod
def test_each_container_has_limits_and_an_image_of_this_version(pod):
    for container in pod.containers:
        resources = container["resources"]
        assert set(resources["limits"]) == set(resources["requests"]) == {"cpu", "memory"}
        assert container["image"] == ("redis:7.4" if pod.component == "redis" else IMAGE)
    assert all("sizeLimit" in each["emptyDir"] for each in pod.spec["volumes"] if "emptyDir" in each)


@each_pod
def test_each_container_that_stays_is_asked_how_it_is(pod):
    (container,) = pod.spec["containers"]
    asked = {"readinessProbe", "livenessProbe"} <= set(container)
    why_not = pod.owner["spec"]["template"]["metadata"].get("annotations", {}).get("waybill/no-probes")
    assert asked is not (pod.component in ONCE or bool(why_not))


@pytest.mark.parametrize(
    ("component", "path"),
    [("facade", "/readyz"), ("prefect-server", "/api/ready"), ("worker", "/health")],
)
def test_who_is_ready_is_asked_where_it_is_known(component, path):
    assert BY_COMPONENT[component].containers[0]["readinessProbe"]["httpGet"]["path"] == path


@each_pod
def test_only_workers_have_a_token_for_kubernetes(pod):
    assert pod.spec["automountServiceAccountToken"] is (pod.component == "worker")
    accounts = {
        each["metadata"]["name"]: each for each in objects("base") if each["kind"] == "ServiceAccount"
    }
    assert accounts[pod.spec["serviceAccountName"]]["automountServiceAccountToken"] is False


def test_workers_may_do_no_more_than_start_and_watch_runs():
    (role,) = [each for each in objects("base") if each["kind"] == "Role"]
    may = {
        (resource, verb) for rule in role["rules"] for resource in rule["resources"] for verb in rule["verbs"]
    }
    changing = {each for each in may if each[1] not in {"get", "list", "watch"}}
    assert changing == {("jobs", "create"), ("jobs", "patch"), ("jobs", "delete")}
    assert not any("secrets" in each or "*" in each for each in may)
    assert not any(each["kind"].startswith("ClusterRole") for each in objects("base"))


@each_pod
def test_what_there_are_two_of_never_goes_all_at_once(pod):
    if pod.owner["kind"] != "Deployment":
        return
    labels = pod.owner["spec"]["selector"]["matchLabels"]
    budgets = [each["spec"] for each in objects("base") if each["kind"] == "PodDisruptionBudget"]
    (budget,) = [each for each in budgets if each["selector"]["matchLabels"] == labels]
    assert budget["maxUnavailable"] == 1
    scaled = {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"]
        for each in objects("base")
        if each["kind"] == "HorizontalPodAutoscaler"
    }
    if pod.name in scaled:
        assert "replicas" not in pod.owner["spec"], "applying it anew would undo what the autoscaler did"
    assert scaled.get(pod.name, {}).get("minReplicas") or pod.owner["spec"]["replicas"] == 2


@each_pod
def test_selectors_and_services_find_their_pods(pod):
    if selector := pod.owner["spec"].get("selector"):
        assert selector["matchLabels"].items() <= pod.labels.items()
    for service in (each for each in objects("base") if each["kind"] == "Service"):
        if service["spec"]["selector"].items() <= pod.labels.items():
            ports = {port["name"] for port in pod.containers[0]["ports"]}
            assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


@each_pod
def test_what_it_refers_to_is_there(pod):
    maps = {each["name"] for each in kustomization("base")["configMapGenerator"]}
    for container in pod.containers:
        for source in container.get("envFrom", ()):
            if "configMapRef" in source:
                assert source["configMapRef"]["name"] in maps
            else:
                assert secret(source["secretRef"]["name"])
        for each in container.get("env", ()):
            if reference := each.get("valueFrom", {}).get("secretKeyRef"):
                assert reference["key"] in secret(reference["name"])


def test_no_secret_is_written_down():
    assert not any(each["kind"] == "Secret" for each in objects(*FOLDERS))
    assert not any("secretGenerator" in kustomization(folder) for folder in FOLDERS)
    for example in (KUBERNETES / "example" / "secrets").iterdir():
        assert example.name.endswith(".env.example")
        assert not [
            line for line in example.read_text().splitlines() if line[0] != "#" and not line.endswith("=")
        ]


def test_the_owner_of_the_ledger_is_known_to_runs_and_migrations_alone():
    knowing = {
        pod.component
        for pod in PODS
        for container in pod.containers
        for source in container.get("envFrom", ())
        if source.get("secretRef", {}).get("name") == "ledger-owner"
    }
    assert knowing == {"migration"}
