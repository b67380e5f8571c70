"""The help: every command says what it is for, in 80 columns."""

import click
import pytest
import typer

from cli.app import app


def commands(command, path=()):
    yield path, command
    for name, nested in getattr(command, "commands", {}).items():
        yield from commands(nested, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_a_help_of_its_own(waybill, path):
    result = waybill(*path, "--help")
    assert result.exit_code == 0
    assert COMMANDS[path].help
    first_words = COMMANDS[path].help.split()[:4]
    assert " ".join(first_words) in " ".join(result.stdout.split())
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_needs_no_settings(waybill, settings, flag):
    settings.setenv("WAYBILL_CHUNK_SIZE", "none")
    assert waybill(flag).exit_code == 0


def test_the_version_is_told(waybill):
    assert waybill("--version").stdout.startswith("waybill 0.")


def test_an_unknown_command_is_a_usage_error(waybill):
    result = waybill("upload")
    assert result.exit_code == click.UsageError.exit_code == 2


def test_the_sandbox_prints_the_settings_that_connect_to_it(waybill):
    result = waybill("sandbox", "--until-stdin-closes", "--load", "2", input="")
    assert result.exit_code == 0
    printed = dict(line.split("=", 1) for line in result.stdout.splitlines() if not line.startswith("#"))
    assert printed["WAYBILL_SOURCE"] == "java-backend"
    assert printed["WAYBILL_CLEARFACTS_URL"].endswith("/graphql")
