"""Spelling: one form for numbers and names that people would call the same."""

import unicodedata


def normalise_number(text: str) -> str:
    """`text` in Unicode's compatibility form, without case, white space and invisible characters.

    Punctuation and leading zeros stay: they tell numbers apart.
    """
    folded = _visible(unicodedata.normalize("NFKC", text)).casefold()
    # Folding, and a space that is gone, may leave characters side by side that are one.
    return unicodedata.normalize("NFKC", _visible(unicodedata.normalize("NFKC", folded)))


def _visible(text: str) -> str:
    return "".join(char for char in text if char.isprintable() and not char.isspace())
