"""Notices in words: what happened, to which invoices, and what to do next, without a value of any invoice.

Only numbers of invoices come from outside; amounts, names and what a finding found are never told.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from invoices.explain import TEXTS, Language, explained
from invoices.explain.filling import sentences
from invoices.findings import Finding, PolicyClass, Severity
from invoices.legible import legible
from invoices.notice_words import RECOVERIES, SENTENCES, TITLES, WHYS

_LONGEST_NUMBER = 60
_LONGEST_SAID = 500
_EXCEPTION = re.compile(r"([A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Group|Warning)): .*", re.DOTALL)
_WORDS_OF_A_PROBLEM = 4


@dataclass(frozen=True, slots=True)
class Message:
    """What people are told: a title of ours, lines that may quote the outside, links as name and address."""

    title: str
    lines: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Lines and links, as they are kept."""
        return {"lines": list(self.lines), "links": [list(each) for each in self.links]}


@dataclass(frozen=True, slots=True)
class Happening:
    """What a message is about.

    Attributes:
        says: `trouble` or `recovery`.
        kind: Such as `run_failed`; `subject` the flow or neighbour.
        said: What it said of itself.
        times: How often it happened since people were told, the first at `first_at`.
        again: Whether they were told of it before, and it goes on.
        since, ended_at: When it began and ended.
        needed: For which invoices people are needed, where they are.
    """

    says: str
    kind: str
    subject: str
    said: str | None
    times: int
    again: bool
    first_at: datetime | None
    since: datetime
    ended_at: datetime | None = None
    needed: Mapping[str, Any] | None = None


def told(happening: Happening, language: Language, next_step: str | None = None) -> Message:
    """The message about what happened, without links."""
    words = SENTENCES[language]
    if happening.says == "recovery":
        return _recovery(happening, language)
    lines = [*_happened(happening, language)]
    if happening.times > 1 and happening.first_at is not None:
        sentence = words["again"] if happening.again else words["times"]
        lines.append(sentence.format(times=happening.times, since=_utc(happening.first_at)))
    if next_step:
        lines.append(words["next"].format(step=next_step))
    return Message(TITLES[language][happening.kind].format(subject=happening.subject), tuple(lines))


def problem_of(said: str | None) -> str:
    """What tells one problem from another of the same run: the first words, which are ours, without numbers."""
    words = re.findall(r"[^\W\d_]+", (said or "").casefold())
    return " ".join(words[:_WORDS_OF_A_PROBLEM])[:100]


def without_details(said: str | None) -> str | None:
    """What a run said of its failure; of an exception its name alone, since the rest may quote a document."""
    if said is None:
        return None
    exception = _EXCEPTION.match(said)
    return legible(exception[1] if exception else said, _LONGEST_SAID)


def _recovery(happening: Happening, language: Language) -> Message:
    words = SENTENCES[language]
    title = RECOVERIES[language][happening.kind].format(subject=happening.subject)
    since, until = _utc(happening.since), _utc(happening.ended_at or happening.since)
    lines = [words["lasted"].format(since=since, until=until)]
    if happening.times and happening.first_at is not None:
        lines.append(words["meanwhile"].format(times=happening.times, since=_utc(happening.first_at)))
    return Message(title, tuple(lines))


def _happened(happening: Happening, language: Language) -> Sequence[str]:
    if happening.needed is None:
        return [happening.said] if happening.said else []
    return [*_needed(happening.needed, language)] or ([happening.said] if happening.said else [])


def _needed(needed: Mapping[str, Any], language: Language) -> list[str]:
    words, lines = SENTENCES[language], []
    if needed["invoices"]:
        lines.append(_counted(words, "invoices", needed["invoices"]))
    lines += [_group(each, language) for each in needed["groups"]]
    if needed["left_out"]:
        lines.append(words["more_reasons"].format(count=needed["left_out"]))
    if needed["rejected"]:
        lines.append(_counted(words, "rejected", needed["rejected"]))
    return lines


def _counted(words: Mapping[str, str], name: str, count: int) -> str:
    return words[name if count != 1 else f"{name}_one"].format(count=count)


def _group(group: Mapping[str, Any], language: Language) -> str:
    """Such as "3 x A VAT amount is not its rate times its taxable amount [BR-CO-17]: 2026/0412, 2026/0413"."""
    numbers = [legible(str(each), _LONGEST_NUMBER) for each in group["numbers"]]
    more = group["invoices"] - len(numbers)
    named = ", ".join(numbers) + (SENTENCES[language]["and_more"].format(count=more) if more else "")
    return f"{group['invoices']} \N{MULTIPLICATION SIGN} {reason(group['why'], group['code'], language)}: {named}"


def reason(why: str, code: str | None, language: Language) -> str:
    """Why a person is needed, in words that fit every invoice: those of a rule without any value that it met."""
    if code is None:
        return WHYS[language].get(why, why).rstrip(".")
    blank = Finding(code, Severity.FATAL, PolicyClass.FORM, "")
    text = TEXTS.get(code)
    # What is said of all findings of a rule alike: `explained` knows better of some, but from their values.
    message = sentences(text.in_language(language), blank, language)[0] if text else ""
    message = message or explained(blank, language).message
    return f"{message.rstrip('.')} [{code}]" if message else f"[{code}]"


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
