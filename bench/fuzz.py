"""Check randomly damaged documents until one shows a defect, or time is up.

Usage: python bench/fuzz.py [--seconds N] [--seed S]

Prints how many documents were tried, their verdicts, and why some could not be checked. Stops at the first document
at which an exception escapes the check, the check ends before any rule set was asked, takes more than 5 seconds, or
says another thing the second time; that document is kept, and its path printed. Damage depends on the seed alone.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import gettempdir

from artefacts.shelf import Shelf
from invoices.check import CheckedDocument, Checker
from invoices.findings import Verdict
from tests.invoices.rules.en16931.documents import CATEGORIES, full
from tests.invoices.rules.mutations import garbled, mutated

LONGEST = 5.0
"""Seconds that the check of one document may take."""


class Defect(Exception):
    """What is wrong with the check of a document."""


def main() -> None:
    """Check documents until one shows a defect or time is up."""
    arguments = _arguments()
    documents = [each for vat in CATEGORIES.values() for base in (full(vat),) for each in vars(base).values()]
    checker = Checker(Shelf(Path(gettempdir(), "waybill-fuzz")).book())
    random, end = Random(arguments.seed), time.monotonic() + arguments.seconds
    verdicts, reasons, slowest = Counter[str](), Counter[str](), 0.0
    while time.monotonic() < end:
        document = _damaged(random.choice(documents), random)
        try:
            result, seconds = _checked(checker, document)
        except Defect as defect:
            sys.exit(f"After {verdicts.total():,} documents: {defect}; see {_kept(document)}")
        verdicts[result.checked.verdict] += 1
        reasons.update(_reasons(result))
        slowest = max(slowest, seconds)
    _print(arguments.seed, verdicts, reasons, slowest)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long to go on (60)")
    parser.add_argument("--seed", type=int, default=0, help="what the damage depends on (0)")
    return parser.parse_args()


def _damaged(document: bytes, random: Random) -> bytes:
    document = mutated(document, random, random.choice((1, 1, 1, 2, 3, 8)))
    return garbled(document, random) if random.random() < 0.05 else document


def _checked(checker: Checker, document: bytes) -> tuple[CheckedDocument, float]:
    started = time.monotonic()
    try:
        result = checker.check(document)
    except BaseException as error:
        raise Defect(f"{type(error).__name__} escaped: {error}") from error
    seconds = time.monotonic() - started
    if seconds > LONGEST:
        raise Defect(f"the check took {seconds:.1f} s")
    if not result.checked.rule_sets:
        raise Defect(f"the check ended early: {result.checked.findings[0].message}")
    if checker.check(document) != result:
        raise Defect("the second check said another thing")
    return result, seconds


def _reasons(result: CheckedDocument) -> set[str]:
    if result.checked.verdict is not Verdict.COULD_NOT_CHECK:
        return set()
    messages = [each.message for each in result.checked.findings if each.code == "WB-CHECK-FAILED"]
    return {message.partition(" valid: ")[2] for message in messages}


def _kept(document: bytes) -> Path:
    path = Path(gettempdir(), "waybill-fuzz-defect.xml")
    path.write_bytes(document)
    return path


def _print(seed: int, verdicts: Counter[str], reasons: Counter[str], slowest: float) -> None:
    counts = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(verdicts.items()))
    print(f"seed {seed}: {verdicts.total():,} documents, {counts}; the slowest took {slowest:.2f} s")
    for reason, count in reasons.most_common():
        print(f"{count:8,} {reason}")


if __name__ == "__main__":
    main()
