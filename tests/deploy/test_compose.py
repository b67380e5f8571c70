"""compose.yaml: its schema, and what holds for each of its containers."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.dockerfile import ROOT
from tests.deploy.manifests import COMPOSE, SERVICES

TEXT = (ROOT / "compose.yaml").read_text()
EXAMPLE = (ROOT / "deploy" / "compose.env.example").read_text()
OURS = {name: each for name, each in SERVICES.items() if "waybill" in each["image"]}
ONCE = {"prefect-migration", "migration", "deployments"}
UNASKED = ONCE | {"prefect-services"}
"""Nobody can ask these whether they are well; the first three end."""


def test_it_is_a_compose_file():
    check = Path(sys.executable).with_name("check-jsonschema")
    said = subprocess.run(
        [check, "--builtin-schema", "vendor.compose-spec", ROOT / "compose.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_each_container_is_closed(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"privileged", "cap_add", "network_mode", "pid"}.isdisjoint(service)
    # The image has a user of its own.
    assert name in OURS or re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])


@pytest.mark.parametrize("name", SERVICES)
def test_each_container_has_limits(name):
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}


@pytest.mark.parametrize("name", SERVICES)
def test_each_container_is_asked_whether_it_is_well(name):
    # The facade's question is the image's own.
    asked = "facade" if name == "facade" else SERVICES[name]["healthcheck"].get("test")
    assert bool(asked) is (name not in UNASKED)


@pytest.mark.parametrize("name", SERVICES)
def test_each_waits_for_what_it_needs(name):
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        expected = "service_completed_successfully" if needed in ONCE else "service_healthy"
        assert how == {"condition": expected}


@pytest.mark.parametrize("name", sorted(ONCE))
def test_what_runs_once_is_not_started_again(name):
    assert SERVICES[name]["restart"] == "no"


def test_only_this_machine_can_reach_it():
    ports = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert set(ports) == {"facade", "prefect-server"}
    assert all(port.startswith("127.0.0.1:") for each in ports.values() for port in each)
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]


def test_no_secret_has_a_default():
    variables = re.findall(r"(?<!\$)\$\{(\w+)(:[?-])?([^}]*)\}", TEXT)
    assert len(variables) > 15
    secret = re.compile(r"PASSWORD|SECRET|TOKEN|KEYS|WEBHOOK_URL")
    for name, operator, value in variables:
        assert operator == ":?" or (operator == ":-" and not (secret.search(name) and value)), name
    assert all(
        operator == ":?" for name, operator, _ in variables if re.search("PASSWORD|TOKEN|KEYS|JWT", name)
    )


def test_the_example_names_what_must_be_set_and_what_may_be_and_sets_nothing():
    variables = set(re.findall(r"(?<!\$)\$\{(\w+):\?", TEXT)), set(re.findall(r"(?<!\$)\$\{(\w+):-", TEXT))
    must, may = (
        re.findall(r"^(\w+)=$", EXAMPLE, re.MULTILINE),
        re.findall(r"^#(\w+)=$", EXAMPLE, re.MULTILINE),
    )
    assert (set(must), set(may)) == variables
    assert not re.search(r"^#?\w+=.", EXAMPLE, re.MULTILINE)


def test_the_owner_of_the_ledger_is_known_to_runs_and_migrations_alone():
    knowing = {
        name for name, each in SERVICES.items() if "WAYBILL_DATABASE_URL" in each.get("environment", {})
    }
    assert knowing == {"migration", "worker"}


def test_files_that_are_mounted_exist():
    mounted = [each.split(":")[0] for service in SERVICES.values() for each in service.get("volumes", ())]
    here = [each for each in mounted if each.startswith("./")]
    assert here
    assert all((ROOT / each).is_file() for each in here)
    assert set(mounted) - set(here) == set(COMPOSE["volumes"])
