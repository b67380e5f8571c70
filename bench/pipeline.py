"""The main job end to end, three ways: our flow, the naive Prefect shape, and a script without Prefect.

python bench/pipeline.py            invoices per second of each, their ratios, and peak memory
python bench/pipeline.py --memory   the flow's peak memory at 2,000 and at 20,000 invoices
"""

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import median

from bench.outside import ledgers
from bench.runs import Measured, Runner

MEMORY_SIZES = (2_000, 20_000)
TARGETS = {
    "flow / naive": "at least 20",
    "flow / bare": "at least 0.8",
    "memory, larger / smaller run": "at most 1.1",
}
_MIB = 1024 * 1024


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print what was measured."""
    given = _parser().parse_args(arguments)
    with _runner() as runner:
        if given.memory:
            runs = [runner.run("flow", count) for count in MEMORY_SIZES]
            figures = {"memory, larger / smaller run": runs[1].peak_memory / runs[0].peak_memory}
        else:
            runs = list(_rounds(runner, given))
            figures = dict(_ratios(runs))
    if given.json:
        print(json.dumps({"runs": [asdict(each) for each in runs], "figures": figures, "targets": TARGETS}))
    else:
        _print(runs, figures)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure the main job against its rivals.")
    parser.add_argument("--invoices", type=int, default=2_000)
    parser.add_argument("--naive-invoices", type=int, default=150, help="a sample: that shape is slow")
    parser.add_argument("--rounds", type=int, default=3, help="each runs every way once")
    parser.add_argument("--memory", action="store_true", help="the flow's peak memory at two sizes instead")
    parser.add_argument("--json", action="store_true")
    return parser


@contextmanager
def _runner() -> Iterator[Runner]:
    os.environ.pop("PREFECT_API_URL", None)
    with tempfile.TemporaryDirectory(prefix="waybill-bench-") as directory:
        data_dir = Path(directory)
        with ledgers(data_dir) as make_ledger:
            yield Runner(data_dir, make_ledger)


def _rounds(runner: Runner, given: argparse.Namespace) -> Iterator[Measured]:
    sizes = [("flow", given.invoices), ("naive", given.naive_invoices), ("bare", given.invoices)]
    for number in range(given.rounds):
        # Every other round in reverse, so that no way always comes first.
        for way, count in reversed(sizes) if number % 2 else sizes:
            yield runner.run(way, count)


def _ratios(runs: Sequence[Measured]) -> Iterator[tuple[str, float]]:
    """The flow's rate over each rival's, the median of all rounds."""
    rates = {way: [each.rate for each in runs if each.way == way] for way in ("flow", "naive", "bare")}
    for rival in ("naive", "bare"):
        rounds = zip(rates["flow"], rates[rival], strict=True)
        yield f"flow / {rival}", median(ours / theirs for ours, theirs in rounds)


def _print(runs: Sequence[Measured], figures: dict[str, float]) -> None:
    print(
        f"{'way':<8}{'invoices':>10}{'seconds':>10}{'invoices/s':>12}{'peak MiB':>10}{'  checking processes, MiB'}"
    )
    for each in runs:
        checking = ", ".join(f"{peak / _MIB:.0f}" for peak in each.checking_peaks)
        print(
            f"{each.way:<8}{each.invoices:>10,}{each.seconds:>10.2f}{each.rate:>12.1f}"
            f"{each.peak_memory / _MIB:>10.0f}  {checking}"
        )
    for name, value in figures.items():
        print(f"{name}: {value:.2f} (target: {TARGETS[name]})")


if __name__ == "__main__":
    main()
