"""Many invoices through the sandbox, with faults of every kind and a kill every few seconds; then the judge.

python bench/soak.py                      50,000 invoices; exit code 1 if one is lost or taken twice
python bench/soak.py --invoices 3000      the same in a few minutes
"""

import argparse
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from bench.outside import ledgers
from bench.soaked import Plan, Result
from bench.soaking import soak
from flows.prefect_server import prefect_server
from tasks.workbench import with_psycopg

_MIB = 1024 * 1024
_MOST_FAULTS = 20
_MOST_REASONS = 10


def main(arguments: Sequence[str] | None = None) -> None:
    """Soak, print what came of it, and end with 1 where anything is wrong."""
    given = _parser().parse_args(arguments)
    # So that PostgreSQL and the runs are ended as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    plan = Plan(given.invoices, given.faults, given.kill_every, given.seed)
    with tempfile.TemporaryDirectory(prefix="waybill-soak-") as directory:
        data_dir = Path(directory)
        with _ledger(data_dir) as url, prefect_server(data_dir, _say):
            result = soak(plan, url, data_dir, _say)
    print(json.dumps(asdict(result)) if given.json else "\n".join(_lines(result)))
    if not result.is_well:
        print(f"{len(result.wrong)} disagreements, of which:", file=sys.stderr)
        print("\n".join(result.wrong[:_MOST_FAULTS]), file=sys.stderr)
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Never lost, never twice: under faults and kills.")
    parser.add_argument("--invoices", type=int, default=50_000)
    parser.add_argument("--faults", type=float, default=0.02, help="share of calls that fail (default 0.02)")
    parser.add_argument(
        "--kill-every",
        type=float,
        default=6,
        help="seconds of uploads after which a run is killed, on average (default 6)",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    return parser


@contextmanager
def _ledger(data_dir: Path) -> Iterator[str]:
    """A ledger of the soak's own: on the server of WAYBILL_DATABASE_URL where it is set, else embedded."""
    given = os.environ.get("WAYBILL_DATABASE_URL")
    if not given:
        with ledgers(data_dir) as make_ledger:
            yield make_ledger()
        return
    name = f"waybill_soak_{uuid4().hex[:8]}"
    server = make_url(with_psycopg(given))
    owner = create_engine(server, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with owner.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        owner.dispose()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _lines(result: Result) -> Iterator[str]:
    tally = result.tally
    yield f"offered {result.invoices:,} invoices in {result.records:,} records"
    yield f"accepted {tally.accepted:,}, sent {tally.sent:,}, unknown {tally.unknown:,}"
    yield f"lost {tally.lost}, twice {tally.twice}"
    yield f"{result.kills:,} kills of {result.runs:,} runs, which ended: {_counts(result.ends)}"
    yield f"{sum(result.faults.values()):,} faults: {_counts(result.faults)}"
    yield f"{result.seconds:.0f} s, {result.rate:.1f} invoices/s"
    peaks = (result.peak_of_first_tenth, result.peak_memory)
    early, whole = (f"{peak / _MIB:.0f} MiB" for peak in peaks)
    yield f"peak memory of a run and its checking processes: {early} in the first tenth, {whole} in all"
    yield f"left as: {_counts(result.states)}"
    for reason, count in sorted(result.reasons.items(), key=lambda each: -each[1])[:_MOST_REASONS]:
        yield f"failed {count} times: {reason}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))


if __name__ == "__main__":
    main()
