"""The Dockerfile by its text: what a lint says of it, and what an image of ours must and must not have."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from flows.prefect_server import ENVIRONMENT
from tests.deploy.dockerfile import ROOT, Dockerfile, context
from tests.deploy.manifests import literals

FILE = Dockerfile.read()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_lint_has_nothing_to_say():
    hadolint = Path(sys.executable).with_name("hadolint")
    said = subprocess.run(
        [hadolint, "--failure-threshold", "style", ROOT / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout) == (0, "")
    assert "hadolint ignore" not in (ROOT / "Dockerfile").read_text()


def test_the_lint_can_find_something(tmp_path):
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM python\nRUN pip install waybill\n")
    said = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), bad], capture_output=True, text=True, check=False
    )
    assert {"DL3006", "DL3013"} <= set(re.findall(r"DL\d{4}", said.stdout))


def test_one_base_image_with_a_tag_that_waybill_runs_on():
    outside = [stage.base for stage in FILE.stages if stage.base not in {each.name for each in FILE.stages}]
    (base,) = outside
    python = re.fullmatch(r"python:(3\.\d+)-slim-\w+", base)
    assert python
    lowest, below = re.findall(r"3\.\d+", PROJECT["project"]["requires-python"])
    assert minor(lowest) <= minor(python[1]) < minor(below)


def minor(version: str) -> int:
    return int(version.split(".")[1])


def test_everything_is_installed_by_hash():
    installs = [each.text for each in FILE.stage("build").all("RUN") if " install " in each.text]
    assert len(installs) == 3
    assert "--require-hashes --requirement build.lock" in installs[0]
    assert "--require-hashes --requirements image.lock" in installs[1]
    assert "--no-deps /build/dist/waybill-*.whl" in installs[2]
    assert not any(" install " in each.text for each in FILE.final.all("RUN"))


def test_no_installer_is_left_in_the_final_stage():
    (removal,) = FILE.final.all("RUN")
    assert "pip uninstall --yes pip" in removal.text
    assert "ensurepip.__path__" in removal.text
    taken = [each.words[0] for each in FILE.final.all("COPY")]
    assert taken == ["/opt/waybill", "/var/lib/waybill"]
    assert not re.search(r"\b(apt|apt-get|gcc|make|curl|wget)\b", removal.text)


def test_it_is_nobody_in_particular_with_a_fixed_number():
    user = FILE.final.last("USER").text
    assert user == "10001:10001"
    (made,) = FILE.final.all("RUN")
    assert "groupadd --gid 10001" in made.text
    assert "useradd --uid 10001 --gid 10001" in made.text
    after = FILE.final.instructions[FILE.final.instructions.index(FILE.final.last("USER")) :]
    assert {"RUN", "COPY"}.isdisjoint(each.name for each in after)


def test_it_knows_what_prefect_needs_to_hear():
    # Where several processes are one server, some of it is for Redis.
    alone = {name: value for name, value in ENVIRONMENT.items() if name not in literals("prefect-server")}
    assert len(alone) > 5
    assert FILE.final.environment.items() >= alone.items()


@pytest.mark.parametrize("name", ["PREFECT_HOME", "PREFECT_SERVER_UI_STATIC_DIRECTORY", "HOME"])
def test_what_is_written_goes_to_tmp(name):
    assert Path(FILE.final.environment[name]).parts[:2] == ("/", "tmp")


def test_nothing_of_the_checkout_gets_near_it_but_what_the_wheel_is_made_of():
    wheel = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"])
    tops = {file.parts[0] for file in context()}
    assert tops == wheel | {"pyproject.toml", "README.md", "LICENSE", "deploy"}
    assert {str(file) for file in context() if file.parts[0] == "deploy"} == {
        "deploy/build.lock",
        "deploy/image.lock",
    }
    assert not any(re.search(r"\.env|secret|\.key|\.pem", file.name) for file in context())
