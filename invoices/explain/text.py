"""The text of one rule in the languages people read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """A language that people read: English, Belgian Dutch, Belgian French."""

    EN = "en"
    NL = "nl"
    FR = "fr"


@dataclass(frozen=True, slots=True)
class Words:
    """One rule in one language.

    `message` states the fact, found against expected, and may use the placeholders {found}, {expected} and
    {where}. `plain` is the message when a value that `message` names is not known: a message with placeholders
    needs one. `fix` says what to do, best without placeholders: a sentence of it that names a value which is not
    known is left out.

    {found} and {expected} arrive in the reader's format, and in quotation marks where they are more than one
    word; {where} is such as "line 3". In French, ordinary spaces before : ; ? ! % become no-break ones.
    """

    message: str
    fix: str
    plain: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """One rule in English, Belgian Dutch and Belgian French."""

    en: Words
    nl: Words
    fr: Words

    def in_language(self, language: Language) -> Words:
        """The words in one language."""
        return {Language.EN: self.en, Language.NL: self.nl, Language.FR: self.fr}[language]
