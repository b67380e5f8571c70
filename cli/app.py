"""The `waybill` command and its sub-commands; each is imported when it is called, so that each starts fast."""

import os
import sys
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

_COMMANDS = {
    "demo": "cli.demo:demo",
    "up": "cli.up:up",
    "facade": "cli.facade:facade",
    "deploy": "cli.deploy:deploy",
    "run": "cli.run:run",
    "redeliver": "cli.redeliver:redeliver",
    "reconcile": "cli.reconcile:reconcile",
    "status": "cli.status:status",
    "doctor": "cli.doctor:doctor",
    "check": "cli.check:check",
    "resolve": "cli.resolve:resolve",
    "invoices": "cli.lookups:invoices",
    "audit": "cli.audit:audit",
    "attempts": "cli.lookups:attempts",
    "jobs": "cli.lookups:jobs",
    "rejected": "cli.lookups:rejected",
    "notices": "cli.notices:notices",
    "sandbox": "cli.sandbox:sandbox",
    "routes": "cli.routes:app",
    "rules": "cli.rules:app",
    "housekeeping": "cli.retention:housekeeping",
    "holds": "cli.retention:app",
    "backup": "cli.backup:backup",
    "restore": "cli.backup:restore",
    "keys": "cli.keys:app",
    "user": "cli.user:app",
    "openapi": "cli.openapi:openapi",
    "db": "cli.database:app",
}
"""Where each command is: a function, or an app of commands."""

_STYLE: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": "markdown",
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}


class _Commands(MutableMapping[str, Any]):
    """Commands by name, in the order of the help."""

    def __init__(self) -> None:
        self._imported: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._imported:
            self._imported[name] = _imported(name, _COMMANDS[name])
        return self._imported[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._imported[name] = command

    def __delitem__(self, name: str) -> None:
        del self._imported[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)

    def __contains__(self, name: object) -> bool:
        return name in _COMMANDS


class _Group(TyperGroup):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "commands": {}})
        self.commands = _Commands()


def _imported(name: str, place: str) -> Any:
    module, _, attribute = place.partition(":")
    found = getattr(import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(**_STYLE)
        alone.command(name)(found)
        return typer.main.get_command(alone)
    around = typer.Typer(**_STYLE)
    around.add_typer(found, name=name)
    group: Any = typer.main.get_command(around)
    return group.commands[name]


app = typer.Typer(
    name="waybill",
    cls=_Group,
    help="Invoices from a company's ERP into its accountant's books, never lost and never booked twice.",
    epilog="Settings are environment variables: see docs/settings.md. Exit codes: 0 all well, 1 some invoices"
    " need a person, 2 the command failed.",
    no_args_is_help=True,
    **_STYLE,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"waybill {version('waybill')}")  # noqa: T201
        raise typer.Exit


@app.callback()
def waybill(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Invoices from a company's ERP into its accountant's books, never lost and never booked twice."""
    if "WAYBILL_LOG_LEVEL" in os.environ:
        _log_to_stderr()


def _log_to_stderr() -> None:
    """Standard output is for what was asked."""
    from cli.configured import settings  # noqa: PLC0415 - few calls ask for logs
    from logs.setup import configure  # noqa: PLC0415

    configured = settings()
    configure(sys.stderr, configured.log_level, configured.log_format)
