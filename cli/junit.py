"""JUnit XML of `waybill check`, for build servers: a test case per file."""

import sys
from collections import Counter
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from lxml import etree

from cli.check_running import Result
from cli.check_words import in_words
from invoices.explain import Language
from invoices.findings import Finding, Verdict

_IN_MEMORY = 5_000_000
_PIECE = 1_000_000


class JUnit:
    """Gathers test cases, outside memory where they are many, and writes them with their counts."""

    def __init__(self, target: str, language: Language) -> None:
        """Open the file `target`, - for standard output.

        Raises:
            OSError: It cannot be written.
        """
        self._language = language
        self._target: IO[bytes] = sys.stdout.buffer if target == "-" else Path(target).open("wb")  # noqa: SIM115
        self._closes = target != "-"
        self._cases = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._counts: Counter[Verdict] = Counter()

    def add(self, result: Result) -> None:
        """A file's test case: failed if it is invalid, in error if it could not be checked."""
        verdict = result.checked.verdict
        self._counts[verdict] += 1
        case = etree.Element("testcase", classname="waybill.check", name=_clean(result.name), time="0")
        if verdict is not Verdict.VALID:
            kind = "failure" if verdict is Verdict.INVALID else "error"
            codes = dict.fromkeys(finding.code for finding in result.checked.findings)
            problem = etree.SubElement(case, kind, type=verdict, message=_clean(", ".join(codes)))
            problem.text = _clean("\n".join(map(self._line, result.checked.findings)))
        elif result.checked.findings:
            etree.SubElement(case, "system-out").text = _clean(
                "\n".join(map(self._line, result.checked.findings))
            )
        self._cases.write(etree.tostring(case, encoding="utf-8") + b"\n")

    def write(self) -> None:
        """Write all test cases.

        Raises:
            OSError: It cannot be written.
        """
        counts = (
            f'tests="{self._counts.total()}" failures="{self._counts[Verdict.INVALID]}"'
            f' errors="{self._counts[Verdict.COULD_NOT_CHECK]}" time="0"'
        )
        head = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites {counts}>\n'
            f'<testsuite name="waybill check" skipped="0" {counts}>\n'
        )
        self._target.write(head.encode())
        self._cases.seek(0)
        while piece := self._cases.read(_PIECE):
            self._target.write(piece)
        self._target.write(b"</testsuite>\n</testsuites>\n")

    def close(self) -> None:
        """Close the files, written or not."""
        self._cases.close()
        self._target.flush()
        if self._closes:
            self._target.close()

    def _line(self, finding: Finding) -> str:
        words = in_words(finding, self._language)
        place = f"{finding.line}: " if finding.line else ""
        fix = f" {words.fix}" if words.fix else ""
        return f"{place}{finding.severity}: {words.message} [{finding.code}]{fix}"


def _clean(text: str) -> str:
    """Text without what XML cannot hold."""
    return "".join(
        char if char.isprintable() or char in "\n\N{NO-BREAK SPACE}" else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )
