"""Explanations: findings in the words of people, in the language they read."""

from dataclasses import dataclass, replace

from invoices.explain import (
    belgium,
    belgium_efff,
    choosing,
    filling,
    national,
    peppol,
    ublbe,
    unused,
    waybill,
)
from invoices.explain.en16931 import TEXTS as EN16931
from invoices.explain.text import Language, Text, Words
from invoices.findings import Finding

__all__ = ["TEXTS", "Explanation", "Language", "Text", "Words", "explained"]

TEXTS: dict[str, Text] = {
    **EN16931,
    **peppol.TEXTS,
    **national.TEXTS,
    **ublbe.TEXTS,
    **belgium.TEXTS,
    **belgium_efff.TEXTS,
    **choosing.TEXTS,
    **waybill.TEXTS,
}
"""The texts of every rule that has its own, by rule id."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is wrong, and what a person can do about it; the rule's id is shown after it."""

    message: str
    fix: str | None


def explained(finding: Finding, language: Language) -> Explanation:
    """The finding in the words of people; in its own English words where its rule has no text.

    Waybill's own findings also keep them for English readers: they have details that no text for all can have.
    """
    if finding.code in waybill.SPECIFIC:
        return _own(finding, language)
    text = TEXTS.get(finding.code)
    if text is None and (text := unused.text(finding)) is not None:
        finding = replace(finding, found=unused.name(finding))
    if text is None:
        return Explanation(finding.message, finding.fix)
    return Explanation(*filling.sentences(text.in_language(language), finding, language))


def _own(finding: Finding, language: Language) -> Explanation:
    text, told = waybill.told(finding)
    message, fix = filling.sentences(text.in_language(language), told, language)
    if language is Language.EN and finding.message:
        return Explanation(finding.message, finding.fix or fix)
    return Explanation(message, fix)
