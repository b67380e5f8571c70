"""The documentation names every command, option and setting, and its links lead somewhere."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import SecretStr

from cli.app import app
from invoices.lifecycle import State
from settings import Settings

ROOT = Path(__file__).parent.parent
COMMANDS = (ROOT / "docs" / "commands.md").read_text()
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "bench" / "README.md",
]


def commands(group: Any, prefix: str = "waybill") -> list[tuple[str, Any]]:
    found = []
    for name, command in sorted(group.commands.items()):
        is_group = hasattr(command, "commands")
        if is_group:
            found += commands(command, f"{prefix} {name}")
        if not is_group or command.invoke_without_command:
            found.append((f"{prefix} {name}", command))
    return found


ALL = commands(typer.main.get_command(app))


def section(command: str) -> str:
    """What docs/commands.md says of a command."""
    match = re.search(rf"^#+ `{command}`$(.*?)(?=^#+ `|\Z)", COMMANDS, re.MULTILINE | re.DOTALL)
    assert match, f"docs/commands.md has no section `{command}`"
    return match.group(1)


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_every_command_and_option_is_documented(name, command):
    text = section(name)
    for parameter in command.params:
        for option in (*parameter.opts, *parameter.secondary_opts):
            if option.startswith("--") and option != "--help":
                assert f"`{option}" in text, f"{name} {option} is not documented"


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_every_command_and_option_explains_itself(name, command):
    assert command.help, name
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{name} {parameter.name}"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_default(name):
    field = Settings.model_fields[name]
    row = next(
        line
        for line in (ROOT / "docs" / "settings.md").read_text().splitlines()
        if line.startswith(f"| `WAYBILL_{name.upper()}` |")
    )
    _, default, description = row.strip("| ").split(" | ", 2)
    assert description == field.description
    assert default == shown(field.default)


def shown(default: object) -> str:
    if default is None or isinstance(default, SecretStr):
        return "unset"
    return "none" if default == () else f"`{default}`"


@pytest.mark.parametrize("state", State)
def test_every_state_is_documented(state):
    assert f"| `{state}` |" in (ROOT / "docs" / "states.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_to_files_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_the_readme_opens_with_the_two_commands():
    code = re.search(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert code
    assert [line.split("#")[0].strip() for line in code.group(1).splitlines()] == [
        "./waybill demo",
        "./waybill test",
    ]


GUARANTEES = (ROOT / "docs" / "guarantees.md").read_text()


@pytest.mark.parametrize("test", sorted(set(re.findall(r"`(tests/\S+\.py::\w+)`", GUARANTEES))))
def test_the_proof_of_each_guarantee_exists(test):
    path, name = test.split("::")
    assert re.search(rf"^\s*(def|class) {name}\b", (ROOT / path).read_text(), re.MULTILINE)


def test_each_guarantee_has_its_mechanism_and_its_proof():
    promises = GUARANTEES.partition("## What no program can promise")[0]
    rows = [line.strip("| ").split(" | ") for line in promises.splitlines() if line.startswith("| ")]
    assert len(rows) > 20
    assert all(len(row) == 3 and "tests/" in row[2] for row in rows if row[0] != "promise")
