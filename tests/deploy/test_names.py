"""Every setting and command that a file of the deployment names is one that there is."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from prefect.settings.models.root import Settings as PrefectSettings
from prefect_kubernetes.settings import KubernetesSettings
from prefect_redis.client import RedisMessagingSettings
from pydantic import AliasChoices
from pydantic_settings import BaseSettings

from cli.app import app
from settings import Settings
from tests.deploy.dockerfile import ROOT, Dockerfile
from tests.deploy.manifests import KUBERNETES, SERVICES, literals, pods, secret

WAYBILL = {f"WAYBILL_{name.upper()}" for name in Settings.model_fields}
SECRETS = sorted(file.name.partition(".")[0] for file in (KUBERNETES / "example" / "secrets").iterdir())


def prefect_names(model: type[BaseSettings]) -> Iterator[str]:
    """The environment variables of a class of Prefect's settings, and of those inside it."""
    for name, field in model.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseSettings):
                yield from prefect_names(kind)
        yield f"{model.model_config['env_prefix']}{name}".upper()
        if isinstance(field.validation_alias, AliasChoices):
            yield from (each.upper() for each in field.validation_alias.choices if isinstance(each, str))


PREFECT = {
    name
    for model in (PrefectSettings, KubernetesSettings, RedisMessagingSettings)
    for name in prefect_names(model)
}


def environments() -> dict[str, set[str]]:
    """The names that each part is given in its environment."""
    template = json.loads((KUBERNETES / "base" / "job-template.json").read_text())
    container = template["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]["containers"][0]
    return {
        "Dockerfile": set(Dockerfile.read().final.environment),
        **{f"compose {name}": set(each.get("environment", ())) for name, each in SERVICES.items()},
        **{
            f"pod {pod.name}": {each["name"] for box in pod.containers for each in box.get("env", ())}
            for pod in pods()
        },
        **{
            f"configmap {name}": set(literals(name))
            for name in ("waybill", "prefect-client", "prefect-server")
        },
        **{f"secret {name}": secret(name) for name in SECRETS},
        "runs": {each["name"] for each in container["env"] if isinstance(each, dict)},
    }


@pytest.mark.parametrize(("part", "names"), environments().items(), ids=environments())
def test_each_setting_is_one(part, names):
    # The database's container makes the roles that others log in as.
    own = {"WAYBILL_DATABASE_PASSWORD", "WAYBILL_FACADE_DATABASE_PASSWORD", "PREFECT_DATABASE_PASSWORD"}
    known = WAYBILL | PREFECT | (own if part == "compose postgres" else set())
    assert {name for name in names if name.startswith(("WAYBILL_", "PREFECT_"))} <= known


def test_a_setting_that_there_is_not_would_be_found():
    assert "PREFECT_MESSAGING_BROKER" in PREFECT
    assert "PREFECT_REDIS_MESSAGING_URL" in PREFECT
    assert "PREFECT_MESSAGING_BROKERS" not in PREFECT
    assert len(PREFECT) > 200


def test_modules_that_settings_name_can_be_imported():
    modules = {value for value in literals("prefect-server").values() if value.startswith("prefect_redis.")}
    assert modules == {
        f"prefect_redis.{name}" for name in ("messaging", "ordering", "lease_storage", "cleanup_queue")
    }
    same = SERVICES["prefect-server"]["environment"]
    assert modules <= set(same.values())
    code = "; ".join(f"import {module}" for module in modules)
    subprocess.run([sys.executable, "-c", code], check=True)


def commands() -> dict[str, list[str]]:
    """Each command that a container runs, by its words."""
    found = [Dockerfile.read().final.last("CMD").words]
    found += [each["command"] for each in SERVICES.values() if "command" in each]
    found += [each["args"] for pod in pods() for each in pod.containers if "args" in each]
    told = [words for each in found for words in plain(each)]
    return {" ".join(words): words for words in told if words[0] in {"waybill", "prefect"}}


def plain(words: list[str]) -> list[list[str]]:
    """A command, or those of the line that a shell is given."""
    if words[0] != "sh":
        return [words]
    return [each.split() for each in re.split(r"&& exec|&&|;", words[-1])]


COMMANDS = commands()


@pytest.mark.parametrize("words", [each for each in COMMANDS.values() if each[0] == "waybill"], ids=" ".join)
def test_each_command_of_waybill_is_one(words):
    command: Any = typer.main.get_command(app)
    rest = words[1:]
    while hasattr(command, "commands"):
        command, *rest = command.commands[rest[0]], *rest[1:]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {each for each in rest if each.startswith("-")} <= options


@pytest.mark.parametrize("words", [each for each in COMMANDS.values() if each[0] == "prefect"], ids=" ".join)
def test_each_command_of_prefect_is_one(words, tmp_path):
    own = [each for each in words[1:] if each.startswith("-")]
    verbs = words[1 : words.index(own[0])] if own else words[1:]
    said = prefect_help(tuple(verbs if "work-pool" not in verbs else verbs[:2]), tmp_path)
    assert {each for each in own if not re.search(rf"{re.escape(each)}\b", said)} == set()


@cache
def prefect_help(verbs: tuple[str, ...], home: Path) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("prefect"), *verbs, "--help"],
        env={"PREFECT_HOME": str(home), "COLUMNS": "200", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " ".join(("Usage: prefect", *verbs)) in done.stdout
    return done.stdout


def test_the_commands_are_those_of_all_parts():
    verbs = {re.match(r"waybill \w+|prefect(?: [a-z][a-z-]*)+", each)[0] for each in COMMANDS}
    assert verbs == {
        "waybill facade",
        "waybill db",
        "waybill deploy",
        "prefect server start",
        "prefect server services start",
        "prefect server database upgrade",
        "prefect worker start",
        "prefect work-pool create waybill",
    }


def test_each_setting_that_a_secret_may_hold_is_documented():
    page = (ROOT / "docs" / "settings.md").read_text()
    assert all(
        f"| `{name}` |" in page for each in SECRETS for name in secret(each) if name.startswith("WAYBILL_")
    )
