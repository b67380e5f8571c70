"""Validation against the reference engine: our rate and Saxon's on the same rules, on one core, in one run.

Usage: python bench/validation.py [--peppol STYLESHEET] [--rounds N]

Both sides parse the document; ours also asks the XSD. EN 16931 is the same artefact on both sides. With the official
Peppol BIS Billing 3.0.21 stylesheet (which Waybill does not bring), Saxon runs that too and we our Peppol rules.
Each round times both sides one after the other; what is printed is the best run of each.
"""

import argparse
import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Self

from artefacts.installed import installed_en16931
from artefacts.shelf import Shelf
from invoices.document import parse
from invoices.rules import peppol
from invoices.rules.book import RuleBook
from invoices.rules.national import NATIONAL
from invoices.rules.subject import Subject
from invoices.rules.tree import Tree
from invoices.worker import settle_memory
from sandbox.demo.companies import CLIENTS, MILL
from sandbox.demo.draft import draft, line
from sandbox.ubl.document import ubl
from sandbox.ubl.model import S6, S21, Attachment

LINES = (10, 1_000, 10_000)
_RUNS = {10: 200, 1_000: 5, 10_000: 1}


@dataclass
class Saxon:
    """The reference engine in its process."""

    process: subprocess.Popen[str]
    stylesheets: list[str]

    @classmethod
    def started(cls, stylesheets: list[str]) -> Self:
        """Start it; it takes the cores of this process."""
        script = Path(__file__).with_name("saxon.py")
        process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return cls(process, stylesheets)

    def seconds(self, document: Path, runs: int) -> float:
        """How long the best of so many runs takes."""
        request = {"stylesheets": self.stylesheets, "document": str(document), "runs": runs}
        print(json.dumps(request), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        assert answer["failed"] == 0, "Saxon finds fault with the document"
        return float(answer["seconds"])


def main() -> None:
    """Print our rate against Saxon's, and what lines and attachments cost us."""
    arguments = _arguments()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with TemporaryDirectory() as directory:
        folder = Path(directory)
        en16931 = folder / "en16931.xslt"
        en16931.write_bytes(installed_en16931()[0])
        saxon = Saxon.started([str(en16931), *([arguments.peppol] if arguments.peppol else [])])
        book = Shelf(folder).book()
        validate = _validator(book, with_peppol=arguments.peppol is not None)
        settle_memory()
        print(
            f"{'EN 16931 and Peppol' if arguments.peppol else 'EN 16931'}, one core, best of {arguments.rounds}"
        )
        ours = _against_saxon(saxon, validate, folder, arguments.rounds)
        _alone(validate, ours, arguments.rounds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peppol", help="the official Peppol BIS Billing 3.0.21 stylesheet")
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


def _validator(book: RuleBook, *, with_peppol: bool) -> Callable[[bytes], None]:
    tables = (*peppol.GENERIC, *NATIONAL) if with_peppol else ()

    def validate(content: bytes) -> None:
        document = parse(content)
        structure = book.structure.check(document)
        with Tree(document.root) as tree:
            subject = Subject(tree)
            broken = [
                *book.en16931.broken(subject),
                *(each for table in tables for each in table.broken(subject)),
            ]
        assert not structure.findings
        assert not broken

    return validate


def _against_saxon(
    saxon: Saxon, validate: Callable[[bytes], None], folder: Path, rounds: int
) -> dict[int, float]:
    ours = {}
    print(f"{'lines':>7} {'ours, ms':>10} {'Saxon, ms':>10} {'ratio':>7}")
    for lines in LINES:
        content = _invoice(lines)
        file = folder / f"{lines}.xml"
        file.write_bytes(content)
        times = [
            (_seconds(validate, content, _RUNS[lines]), saxon.seconds(file, _RUNS[lines]))
            for _ in range(rounds if lines < max(LINES) else 3)
        ]
        ours[lines], theirs = (min(column) for column in zip(*times, strict=True))
        print(f"{lines:7,} {ours[lines] * 1000:10.3f} {theirs * 1000:10.3f} {theirs / ours[lines]:7.1f}")
    return ours


def _alone(validate: Callable[[bytes], None], ours: dict[int, float], rounds: int) -> None:
    print(f"10,000 lines take {ours[10_000] / ours[1_000]:.1f} times as long as 1,000")
    plain, attached = _invoice(10), _invoice(10, attachment=os.urandom(6_000_000))
    times = [(_seconds(validate, plain, 20), _seconds(validate, attached, 3)) for _ in range(rounds)]
    without, with_it = (min(column) for column in zip(*times, strict=True))
    size = len(base64.b64encode(b"x" * 6_000_000)) / 1e6
    print(f"an attachment of {size:.0f} MB adds {(with_it - without) * 1000:.1f} ms")


def _seconds(validate: Callable[[bytes], None], content: bytes, runs: int) -> float:
    best = float("inf")
    for _ in range(runs):
        started = perf_counter()
        validate(content)
        best = min(best, perf_counter() - started)
    return best


def _invoice(lines: int, attachment: bytes | None = None) -> bytes:
    priced = [line(f"Levering {i}", "2", f"{10 + i % 90}.50", S21 if i % 2 else S6) for i in range(lines)]
    invoice = draft("2026/0412", date(2026, 3, 14), CLIENTS[0], MILL, *priced)
    if attachment is not None:
        invoice = replace(invoice, attachment=Attachment("factuur.pdf", attachment))
    return ubl(invoice)


if __name__ == "__main__":
    main()
