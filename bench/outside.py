"""What a benchmark runs against: empty ledgers, a sandbox in a process of its own, and its journal."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import uuid4

import httpx
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from db import migrate
from db.embedded import embedded_postgres

_CONTROLS = "# controls: "
_TEMPLATE = "bench_template"

MakeLedger = Callable[[], str]
"""Makes an empty, migrated ledger; returns its URL."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: the settings that lead to it, and where its journal is."""

    environment: dict[str, str]
    controls: str

    def insist_on_each_once(self, count: int) -> None:
        """Make sure that it took `count` different documents, each once, and was told of each.

        Raises:
            RuntimeError: It did not.
        """
        uploads = self._journal("upload")
        taken = {entry["sha256"] for entry in uploads if entry["outcome"] == "accepted"}
        told = {entry["source_id"] for entry in self._journal("acknowledgement")}
        if not len(uploads) == len(taken) == len(told) == count:
            raise RuntimeError(
                f"the sandbox was sent {len(uploads)} uploads with {len(taken)} different documents, and told of"
                f" {len(told)}: {count} of each were expected"
            )

    def _journal(self, kind: str) -> list[dict[str, str]]:
        answer = httpx.get(f"{self.controls}/sandbox/journal", params={"kind": kind}, timeout=120)
        entries: list[dict[str, str]] = answer.raise_for_status().json()["entries"]
        return entries


@contextmanager
def sandbox(count: int) -> Iterator[Sandbox]:
    """A sandbox that offers `count` made-up invoices of listed companies."""
    command = [sys.executable, "-m", "sandbox", "--load", str(count), "--until-stdin-closes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _sandbox(process.stdout)
        finally:
            if process.stdin:
                process.stdin.close()


def _sandbox(output: IO[str] | None) -> Sandbox:
    environment = {}
    for line in output or ():
        if line.startswith(_CONTROLS):
            return Sandbox(environment, line.removeprefix(_CONTROLS).strip().removesuffix("/docs"))
        name, _, value = line.strip().partition("=")
        environment[name] = value
    raise RuntimeError("the sandbox did not start")


@contextmanager
def ledgers(data_dir: Path) -> Iterator[MakeLedger]:
    """An embedded PostgreSQL, and what makes empty ledgers in it."""
    with embedded_postgres(data_dir) as url:
        server = make_url(url)
        owner = create_engine(server, isolation_level="AUTOCOMMIT")

        def make(name: str, template: str) -> str:
            with owner.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
            return server.set(database=name).render_as_string(hide_password=False)

        template = create_engine(make(_TEMPLATE, "template1"))
        with template.begin() as connection:
            migrate.upgrade(connection)
        template.dispose()
        yield lambda: make(f"bench_{uuid4().hex[:12]}", _TEMPLATE)
        owner.dispose()
