"""Sentences: the words of a rule filled with the values and the place of one finding."""

import re
from collections.abc import Mapping
from functools import lru_cache

from invoices.explain.text import Language, Words
from invoices.explain.values import NO_BREAK, shown
from invoices.findings import Finding

_PLACEHOLDER = re.compile(r"\{(found|expected|where)\}")
_LINE = re.compile(r"/cac:(?:Invoice|CreditNote)Line(?:\[([0-9]{1,9})\])?(?:/|$)")
_LINE_NAMES = {Language.EN: "line", Language.NL: "lijn", Language.FR: "ligne"}
_TIED = {
    Language.EN: re.compile(r"(?!)"),
    Language.NL: re.compile(r"(?<=€) | (?=%)"),
    Language.FR: re.compile(r"(?<=«) | (?=[;:?!%€»])"),
}
"""Spaces at which a line may not break."""


def message(words: Words, finding: Finding, language: Language) -> str:
    """The message of a rule about one finding; the plain one where a value that it names is not known."""
    values = {
        "found": shown(finding.found, language),
        "expected": shown(finding.expected, language),
        "where": place(finding.location, language),
    }
    sentence = _filled(typeset(words.message, language), values)
    if sentence is None:
        return typeset(words.plain or words.fix, language)
    return sentence[:1].upper() + sentence[1:] if words.message.startswith("{where}") else sentence


def place(location: str | None, language: Language) -> str:
    """The invoice line that an XPath leads to, such as "line 3"; empty where it leads to none."""
    line = _LINE.search(location or "")
    return f"{_LINE_NAMES[language]} {line[1] or 1}" if line else ""


@lru_cache(maxsize=2048)
def typeset(text: str, language: Language) -> str:
    """`text` with no-break spaces where the language asks for a space that may not end a line."""
    return _TIED[language].sub(NO_BREAK, text)


def _filled(template: str, values: Mapping[str, str | None]) -> str | None:
    if not all(values[name] for name in _PLACEHOLDER.findall(template)):
        return None
    return _PLACEHOLDER.sub(lambda match: values[match[1]] or "", template)
