"""Sentences: the words of a rule filled with the values and the place of one finding."""

import re
from collections.abc import Mapping
from functools import lru_cache

from invoices.explain.text import Language, Words
from invoices.explain.values import NO_BREAK, shown
from invoices.findings import Finding

_PLACEHOLDER = re.compile(r"\{(found|expected|where)\}")
_BETWEEN_SENTENCES = re.compile(r"(?<=[.?!]) ")
_LINE = re.compile(r"/cac:(?:Invoice|CreditNote)Line(?:\[([0-9]{1,9})\])?(?:/|$)")
_LINE_NAMES = {Language.EN: "line", Language.NL: "lijn", Language.FR: "ligne"}
_TIED = {
    Language.EN: re.compile(r"(?!)"),
    Language.NL: re.compile(r"(?<=€) | (?=%)"),
    Language.FR: re.compile(r"(?<=«) | (?=[;:?!%€»])"),
}
"""Spaces at which a line may not break."""


def sentences(words: Words, finding: Finding, language: Language) -> tuple[str, str | None]:
    """The message of a rule about one finding, and what to do about it.

    Where the message names a value that is not known, it is the plain one; a sentence of what to do that names
    one is left out.
    """
    values = {
        "found": shown(finding.found, language),
        "expected": shown(finding.expected, language),
        "where": place(finding.location, language),
    }
    message = _filled(typeset(words.message, language), values)
    if message is None:
        message = typeset(words.plain or "", language)
    elif words.message.startswith("{where}"):
        message = message[:1].upper() + message[1:]
    return message, _fix(typeset(words.fix, language), values)


def place(location: str | None, language: Language) -> str:
    """The invoice line that an XPath leads to, such as "line 3"; empty where it leads to none."""
    line = _LINE.search(location or "")
    return f"{_LINE_NAMES[language]} {line[1] or 1}" if line else ""


@lru_cache(maxsize=2048)
def typeset(text: str, language: Language) -> str:
    """`text` with no-break spaces where the language asks for a space that may not end a line."""
    return _TIED[language].sub(NO_BREAK, text)


def _fix(template: str, values: Mapping[str, str | None]) -> str | None:
    filled = (_filled(sentence, values) for sentence in _BETWEEN_SENTENCES.split(template))
    return " ".join(sentence for sentence in filled if sentence is not None) or None


def _filled(template: str, values: Mapping[str, str | None]) -> str | None:
    if not all(values[name] for name in _PLACEHOLDER.findall(template)):
        return None
    return _PLACEHOLDER.sub(lambda match: values[match[1]] or "", template)
