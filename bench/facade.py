"""The facade on a big ledger: how many calls it answers in a second, how long they take, and what a bare route does.

python bench/facade.py                         1,000,000 invoices (some minutes to make them)
python bench/facade.py --invoices 50000        fewer
python bench/facade.py --keep DIRECTORY        keep the ledger there, and use it again the next time
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from api.scopes import Scope
from bench.big_ledger import companies_of, fill, some_invoices
from bench.driving import Driver
from db import migrate
from db.api_keys import make_key
from db.embedded import embedded_postgres
from db.facade import FACADE_ROLE

_SUPPLIERS = ("00017", "04711", "12345", "19999")
_WARM_UP_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Who calls, and the paths of each kind of call."""

    who: str
    key: str
    calls: dict[str, list[str]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each call of each caller, and print a row of each."""
    given = _parser().parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="waybill-bench-") as directory,
        embedded_postgres(given.keep or Path(directory)) as server,
    ):
        ledger = _ledger(make_url(server), given.invoices)
        with _served("facade", **_settings(ledger)) as port:
            print(_HEAD)
            for asked in _callers(ledger):
                _measure(asked, port, Path(directory), given.seconds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--invoices", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each load lasts")
    parser.add_argument("--keep", type=Path, help="where the ledger is kept")
    return parser


def _ledger(server: URL, invoices: int) -> URL:
    """A filled ledger: one that was kept, or a new one."""
    url = server.set(database=f"bench_facade_{invoices}")
    administration = create_engine(server, isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        known = connection.execute(
            text("SELECT FROM pg_database WHERE datname = :name"), {"name": url.database}
        ).first()
        if known is None:
            connection.execute(text(f"CREATE DATABASE {url.database}"))
    administration.dispose()
    owner = create_engine(url)
    with owner.begin() as connection:
        migrate.upgrade(connection)
    with owner.connect() as connection:
        is_filled = connection.execute(text("SELECT FROM invoice LIMIT 1")).first() is not None
    if not is_filled:
        print(f"Making {invoices:,} invoices ...", file=sys.stderr)
        fill(owner, invoices)
    owner.dispose()
    return url


def _settings(ledger: URL) -> dict[str, str]:
    facade = ledger.set(username=FACADE_ROLE).render_as_string(hide_password=False)
    return {
        "WAYBILL_DATABASE_URL": ledger.render_as_string(hide_password=False),
        "WAYBILL_FACADE_DATABASE_URL": facade,
        "WAYBILL_RATE_LIMIT": "1000000/second",
        "WAYBILL_RATE_LIMIT_ADDRESS": "1000000/second",
    }


def _callers(ledger: URL) -> list[Asked]:
    """One who sees all companies, one of a single company, and one of five."""
    owner = create_engine(ledger)
    callers = []
    with owner.begin() as connection:
        companies = companies_of(connection, 200)
        jobs = list(connection.execute(text("SELECT id FROM job ORDER BY id LIMIT 100")).scalars())
        for who, theirs in (
            ("all", None),
            ("one company", companies[50:51]),
            ("five companies", companies[50:55]),
        ):
            _, key = make_key(connection, f"bench, {who}", [Scope.READ_INVOICES, Scope.READ_JOBS], theirs)
            seen = theirs or companies
            details = some_invoices(connection, 500, theirs)
            calls = {
                "list": ["/invoices", "/invoices?sort=-amount", "/invoices/history", "/invoices?sort=number"],
                "filter": [path for company in seen[:50] for path in _filters(company)],
                "detail": [f"/invoices/{each}" for each in details],
            }
            if theirs is None:
                calls["status"] = [f"/invoices/status/{each}" for each in jobs]
            callers.append(Asked(who, key, calls))
    owner.dispose()
    return callers


def _filters(company: str) -> list[str]:
    return [
        f"/invoices?company={company}&state=held&state=failed",
        f"/invoices?company={company}&issued_from=2025-02-01&issued_until=2025-02-28",
        "/invoices?needs_person=true&sort=-amount",
        "/invoices?status=sent&direction=SALE&sort=-issued",
        "/invoices?amount_min=99.00&amount_max=100.00",
        f"/invoices?supplier={_SUPPLIERS[int(company) % len(_SUPPLIERS)]}",
        f"/invoices?text=2024-{int(company) % 40_000}",
    ]


@contextmanager
def _served(*what: str, **settings: str) -> Iterator[int]:
    """The port of what `bench.served` serves."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WAYBILL_")}
    command = [sys.executable, "-m", "bench.served", *what]
    with subprocess.Popen(
        command,
        env=inherited | settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            if not (port := process.stdout.readline() if process.stdout else ""):
                raise RuntimeError(f"{' '.join(what)} did not start: run `python -m bench.served` to see why")
            yield int(port)
        finally:
            if process.stdin:
                process.stdin.close()


def _measure(asked: Asked, port: int, directory: Path, seconds: float) -> None:
    facade = Driver(port, {"X-API-Key": asked.key})
    paths = {name: [f"/api/v1{each}" for each in calls] for name, calls in asked.calls.items()}
    for each in paths.values():
        facade.load(each, _WARM_UP_SECONDS)
    file = directory / "documents.json"
    file.write_text(json.dumps({name: json.loads(facade.get(each[0])) for name, each in paths.items()}))
    with _served("bare", str(file)) as bare_port:
        bare = Driver(bare_port, {})
        for name, each in paths.items():
            most = facade.load(each, seconds)
            as_json = bare.load([f"/json/{name}"], seconds / 2)
            as_bytes = bare.load([f"/bytes/{name}"], seconds / 2)
            half = facade.load(each, seconds, most.per_second / 2)
            p50, p99 = half.quantile(0.5) * 1000, half.quantile(0.99) * 1000
            print(
                f"| {asked.who} | {name} | {most.per_second:,.0f} | {most.per_second / as_json.per_second:.2f}"
                f" | {most.per_second / as_bytes.per_second:.2f} | {p50:.1f} | {p99:.1f} | {p99 / p50:.1f} |",
                flush=True,
            )


_HEAD = """\
| caller | call | calls/s | of bare JSON | of bare bytes | p50 ms | p99 ms | p99/p50 |
|---|---|---|---|---|---|---|---|"""

if __name__ == "__main__":
    main()
