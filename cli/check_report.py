"""The report of `waybill check` for people: verdicts, findings with the line of the file, a summary."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.markup import escape

from cli.check_running import Result
from cli.check_words import LABELS, in_words
from cli.output import STDOUT, plain
from invoices.encoding import as_utf8
from invoices.explain import Language
from invoices.explain.values import NO_BREAK
from invoices.findings import Finding, Severity, Verdict
from invoices.legible import legible
from invoices.unreadable import Unreadable

_COLOURS = {Verdict.VALID: "green", Verdict.INVALID: "red", Verdict.COULD_NOT_CHECK: "yellow"}
_MOST_LINES = 12
_WIDTH = 110
_LONGEST_LINE = 1_000_000
_NUMBERS = re.compile(r"(?<![\w-])\d[\d.,\u00a0]*")


class Report:
    """Prints results as they come, and counts them."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._labels = LABELS[language]
        self._counts: Counter[Verdict] = Counter()

    def show(self, result: Result) -> None:
        """A file's verdict, and what was found, fatal first."""
        checked = result.checked
        self._counts[checked.verdict] += 1
        verdict = f"[{_COLOURS[checked.verdict]}]{self._labels.verdicts[checked.verdict]}[/]"
        counted = self._counted(checked.findings) if checked.verdict is not Verdict.COULD_NOT_CHECK else ""
        _print(f"{plain(result.name)}: {verdict}{counted}")
        line_of = _lines_of(result.content)
        for alike in _alike(checked.findings, self._language):
            self._show_alike(alike, line_of)

    def summarise(self) -> None:
        """How many files there were of each verdict, if there were several."""
        if self._counts.total() > 1:
            counted = (
                self._labels.counted[each].format(self._counts[each])
                for each in Verdict
                if self._counts[each]
            )
            _print(self._labels.summary.format(self._counts.total(), ", ".join(counted)))

    def _counted(self, findings: Sequence[Finding]) -> str:
        counts = Counter(finding.severity for finding in findings)
        words = (
            f"{counts[each]} {self._labels.severities[each][counts[each] > 1]}"
            for each in Severity
            if counts[each]
        )
        return "".join(f", {each}" for each in words)

    def _show_alike(self, alike: "_Alike", line_of: Callable[[Finding], str]) -> None:
        first = alike.findings[0]
        severity = self._labels.severities[first.severity][0]
        colour = "red" if first.severity is Severity.FATAL else "yellow"
        code = f"[dim]{escape(f'[{legible(first.code)}]')}[/]"
        finding = self._labels.finding.format(f"[{colour}]{severity}[/]", _plain(alike.message))
        _print(f"  {finding} {code}")
        place = [self._labels.line.format(first.line)] if first.line else []
        place += [each for each in (first.term, first.location) if each]
        if place:
            _print(f"    [dim]{plain(' · '.join(place))}[/]")
        if line := line_of(first):
            _print(f"    [dim]│[/] {plain(line)}")
        if alike.fix:
            _print(f"    {_plain(alike.fix)}")
        if len(alike.findings) > 1:
            _print(f"    [dim]{plain(self._more(alike.findings))}[/]")

    def _more(self, findings: Sequence[Finding]) -> str:
        others = findings[1:]
        lines = list(dict.fromkeys(each.line for each in others if each.line))
        if not lines or lines == [findings[0].line]:
            return self._labels.more.format(len(others))
        shown = [str(line) for line in lines[:_MOST_LINES]]
        if len(lines) > _MOST_LINES:
            shown.append("…")
        return self._labels.lines.format(len(others), ", ".join(shown))


@dataclass(frozen=True, slots=True)
class _Alike:
    """Findings of one rule that say the same, but for numbers, in the words for the first."""

    message: str
    fix: str | None
    findings: list[Finding]


def _alike(findings: Sequence[Finding], language: Language) -> Iterator[_Alike]:
    groups: dict[tuple[str, str], _Alike] = {}
    for finding in sorted(findings, key=lambda each: each.severity is not Severity.FATAL):
        words = in_words(finding, language)
        key = (finding.code, _NUMBERS.sub("#", words.message))
        groups.setdefault(key, _Alike(words.message, words.fix, [])).findings.append(finding)
    yield from groups.values()


def _lines_of(content: bytes | None) -> Callable[[Finding], str]:
    """What tells the line of a file that a finding is about; the file is only cut into lines when asked."""
    lines: list[bytes] = []

    def line_of(finding: Finding) -> str:
        if content is None or not finding.line:
            return ""
        if not lines:
            lines.extend(_cut(content))
        if finding.line > len(lines):
            return ""
        return _excerpt(lines[finding.line - 1], finding)

    return line_of


def _cut(content: bytes) -> list[bytes]:
    try:
        return as_utf8(content).split(b"\n")
    except Unreadable:
        return content.split(b"\n")


def _excerpt(line: bytes, finding: Finding) -> str:
    """The line, or of a long one the part about the element, if that stands in it only once."""
    text = line[: 4 * _WIDTH].decode("utf-8", "replace").strip()
    if len(line) <= 4 * _WIDTH:
        return legible(text, _WIDTH)
    if len(line) > _LONGEST_LINE:
        return ""
    name = re.sub(r"\[\d+\]$", "", (finding.location or "").rpartition("/")[2]).rpartition(":")[2]
    places = list(re.finditer(rb"<(?:[\w.-]+:)?%s[\s/>]" % re.escape(name.encode()), line)) if name else []
    if len(places) != 1:
        return ""
    start = places[0].start()
    return legible("…" + line[start : start + 4 * _WIDTH].decode("utf-8", "replace"), _WIDTH)


def _plain(sentence: str) -> str:
    """A sentence for the terminal, which breaks lines as it likes."""
    return plain(sentence.replace(NO_BREAK, " "))


def _print(markup: str) -> None:
    STDOUT.print(markup, soft_wrap=True, highlight=False, emoji=False)
