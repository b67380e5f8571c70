"""Reads compose.yaml and the Kubernetes manifests, with what their kustomizations generate."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.dockerfile import ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
IMAGE = f"waybill:{VERSION}"
KUBERNETES = ROOT / "deploy" / "kubernetes"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod template, and the object that it belongs to."""

    owner: dict[str, Any]
    spec: dict[str, Any]
    labels: dict[str, str]

    @property
    def name(self) -> str:
        return self.owner["metadata"]["name"]

    @property
    def component(self) -> str:
        return self.labels["app.kubernetes.io/component"]

    @property
    def containers(self) -> list[dict[str, Any]]:
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]


def kustomization(folder: str) -> dict[str, Any]:
    return yaml.safe_load((KUBERNETES / folder / "kustomization.yaml").read_text())


def files(folder: str) -> list[Path]:
    """The files that a kustomization names."""
    return [KUBERNETES / folder / name for name in kustomization(folder)["resources"]]


def objects(*folders: str) -> list[dict[str, Any]]:
    """What the files of those folders define."""
    paths = [path for folder in folders for path in files(folder) if path.is_file()]
    return [each for path in paths for each in yaml.safe_load_all(path.read_text())]


def pods() -> Iterator[Pod]:
    """All pods of the base."""
    for each in objects("base"):
        if template := each.get("spec", {}).get("template"):
            yield Pod(each, template["spec"], template["metadata"]["labels"])


def literals(name: str) -> dict[str, str]:
    """What a generated ConfigMap holds, an overlay's additions included."""
    maps = [each for folder in ("base", "example") for each in kustomization(folder)["configMapGenerator"]]
    lines = [line for each in maps if each["name"] == name for line in each.get("literals", ())]
    return dict(line.split("=", 1) for line in lines)


def secret(name: str) -> set[str]:
    """What a Secret is to hold, what may be left out included."""
    lines = (KUBERNETES / "example" / "secrets" / f"{name}.env.example").read_text().splitlines()
    return {line.lstrip("#").split("=")[0] for line in lines if "=" in line and " " not in line}


def validate(manifest: Path) -> str:
    """What the schemas of Kubernetes say against a manifest."""
    validator = Path(sys.executable).with_name("kubernetes-validate")
    said = subprocess.run(
        [validator, "--strict", "--quiet", manifest], capture_output=True, text=True, check=False
    )
    return said.stdout + said.stderr if said.returncode else ""
