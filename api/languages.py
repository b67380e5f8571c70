"""Languages: the one in which a caller wants to read, of those that there are."""

import re

from invoices.explain import Language

DEFAULT = Language.EN

_RANGE = re.compile(
    r"(?P<range>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)(?:\s*;\s*[qQ]=(?P<q>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
)
_MOST_RANGES = 50


def preferred_language(accept_language: str | None) -> Language:
    """The best of what `Accept-Language` asks for (RFC 9110), by quality and then in its order; else English.

    `nl-BE` is served by Dutch; what is not well-formed counts as not said.
    """
    wanted = _qualities(accept_language or "")
    anything = wanted.pop("*", 0.0)
    rest = [language for language in (DEFAULT, *Language) if language not in wanted]
    if rest and anything:
        wanted[rest[0]] = anything
    best = max(wanted, key=lambda each: wanted[each], default=None)
    return Language(best) if best is not None and wanted[best] > 0 else DEFAULT


def _qualities(header: str) -> dict[str, float]:
    """The best quality of each language that there is, and of `*`; in the header's order."""
    found: dict[str, float] = {}
    for each in header.split(",")[:_MOST_RANGES]:
        if (said := _RANGE.fullmatch(each.strip())) is not None:
            language = said["range"].split("-")[0].lower()
            if language == "*" or language in set(Language):
                found[language] = max(found.get(language, 0.0), float(said["q"] or 1))
    return found
