"""`waybill demo`: the main job on realistic invoices, against the sandbox, on embedded defaults."""

import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import httpx
import typer
from sqlalchemy import create_engine

from cli.card import print_findings
from cli.configured import settings as checked_settings
from cli.output import STDOUT, plain, print_rows, tell
from cli.running import ready, run_flow
from db import migrate
from db.embedded import embedded_postgres
from db.ledger import Ledger
from db.lookups import InvoiceFilter, invoices
from sandbox.demo import DEMO_DELIVER_FROM, demo_records

_COLUMNS = {"label": "What the demo sent", "number": "Number", "state": "State", "reason": "Why"}
_CONTROLS = "# controls: "


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything up afterwards, until interrupted.")
    ] = False,
) -> None:
    """Run the main job on about thirty realistic Belgian invoices, end to end; nothing to configure.

    It starts a PostgreSQL, a Prefect server and a sandbox (a Java backend, a Clearfacts and a Slack, over
    HTTP), runs the flow and shows what became of every invoice. It keeps to a folder of its own, `demo` in
    WAYBILL_DATA_DIR, which each demo starts afresh.
    """
    data_dir = (checked_settings().data_dir / "demo").resolve()
    tell("Starting the sandbox, PostgreSQL and Prefect ...")
    with _sandbox() as environment:
        controls = environment.pop("controls")
        _configure(data_dir, environment)
        with embedded_postgres(data_dir) as url, ready(checked_settings()) as ledger:
            _start_afresh(url)
            run_flow({"requested_by": "waybill demo"})
            _show(ledger, controls)
            _say_where_to_look(data_dir)
            if keep:
                _keep(controls)


@contextmanager
def _sandbox() -> Iterator[dict[str, str]]:
    command = [sys.executable, "-m", "sandbox", "--demo", "--until-stdin-closes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield _environment(process.stdout)
        finally:
            if process.stdin:
                process.stdin.close()


def _environment(output: IO[str] | None) -> dict[str, str]:
    environment = {}
    for line in output or ():
        if line.startswith(_CONTROLS):
            environment["controls"] = line.removeprefix(_CONTROLS).strip().removesuffix("/docs")
            return environment
        name, _, value = line.strip().partition("=")
        environment[name] = value
    raise RuntimeError("the sandbox did not start")


def _configure(data_dir: Path, sandbox: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("WAYBILL_") or name == "PREFECT_API_URL"]:
        del os.environ[name]
    os.environ.update(sandbox)
    os.environ.update(
        WAYBILL_DATA_DIR=str(data_dir),
        WAYBILL_DELIVER_FROM=DEMO_DELIVER_FROM.isoformat(),
        WAYBILL_CLEARFACTS_CONCURRENCY="4",
        WAYBILL_CLEARFACTS_MIN_INTERVAL_SECONDS="0",
        WAYBILL_RETRY_WITHIN_SECONDS="5",
    )


def _start_afresh(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        migrate.downgrade(connection, "base")
        migrate.upgrade(connection)
    engine.dispose()


def _show(ledger: Ledger, controls: str) -> None:
    labels = {(record.source_id, record.version): record.label for record in demo_records()}
    with ledger.reading() as connection:
        rows = list(invoices(connection, InvoiceFilter()))
    print_rows(
        ({**row, "label": labels.get((row["source_id"], row["version"]))} for row in rows),
        _COLUMNS,
        as_json=False,
    )
    _show_findings(rows)
    states = ", ".join(
        f"{count} {state}" for state, count in Counter(row["state"] for row in rows).most_common()
    )
    taken = httpx.get(f"{controls}/sandbox/journal", params={"kind": "upload"}).json()["counts"]
    uploads = taken.get("upload", {})
    STDOUT.print(f"\n{len(rows)} invoices: {states}. Clearfacts took {uploads.get('accepted', 0)}.")


def _show_findings(rows: Sequence[dict[str, Any]]) -> None:
    refused = [row for row in rows if row["state"] in {"invalid", "failed", "held"} and row["findings"]]
    if refused:
        STDOUT.print("\n[bold]What is wrong with those that were refused[/]")
    for row in refused:
        STDOUT.print(f"{plain(row['number'] or row['source_id'])}:")
        print_findings(row["findings"])


def _say_where_to_look(data_dir: Path) -> None:
    here = Path.cwd()
    shown = data_dir.relative_to(here) if data_dir.is_relative_to(here) else data_dir
    STDOUT.print("\n[bold]Where to look further[/]")
    for command in ("invoices --needs-person", "attempts", "jobs"):
        STDOUT.print(f"  WAYBILL_DATA_DIR={shown} ./waybill {command}", soft_wrap=True)
    STDOUT.print("  ./waybill demo --keep   leaves it all up, with the Prefect UI")


def _keep(controls: str) -> None:
    api = os.environ["PREFECT_API_URL"]
    STDOUT.print(
        f"\nPrefect UI: {api.removesuffix('/api')}/runs\nSandbox's journal and faults: {controls}/docs"
    )
    STDOUT.print("Up until interrupted (Ctrl-C).")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        tell("Stopping.")
