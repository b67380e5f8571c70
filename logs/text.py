"""Text for a log: what looks like a secret, personal data or a document is taken out, and long text is cut."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

GONE = "[redacted]"

_LONGEST_LOOKED_AT = 16 * 1024
_LONGEST_WORD = 1024
_WIDEST_WITH_GAPS = 80
_SENSITIVE = (
    "pass word", "passwd", "pass phrase", "pass code", "pwd", "secret", "token", "authorization",
    "authorisation", "cookie", "api key", "signature", "refresh", "credential", "private key", "signing key",
    "encryption key", "fernet", "jwt", "bearer", "e mail", "iban", "phone", "gsm", "national number",
)  # fmt: skip
"""What the name of a secret, or of what tells who somebody is, contains; a space may be any separator, or none."""

_JOINED = tuple(words.replace(" ", "") for words in _SENSITIVE)
_NAME = "|".join(words.replace(" ", "[-_ .]?") for words in _SENSITIVE)
_QUOTED = r"""[bru]{0,2}\\{0,4}(?:"(?:[^"\\]|\\.)*+"?|'(?:[^'\\]|\\.)*+'?)"""
_ASSIGNED = r"""(?:["']?\)?\s{0,4}[:=]|["']\s{0,4},)\s{0,4}"""
_NO_HEX_NAME = r"(?<![A-Z0-9])(?<![0-9a-f]-)(?![0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{32}\b)"
_IBAN_LENGTHS = range(34, 14, -1)

Replacement = str | Callable[[re.Match[str]], str]


def _without_iban(found: re.Match[str]) -> str:
    """What is left where an IBAN, by its check digits, begins the text that was found."""
    places = [place for place, letter in enumerate(found[0], 1) if letter.isalnum()]
    letters = re.sub(r"[^A-Z0-9]", "", found[0].upper())
    for length in _IBAN_LENGTHS:
        if length <= len(letters) and _is_iban(letters[:length]):
            return GONE + found[0][places[length - 1] :]
    return found[0]


def _is_iban(letters: str) -> bool:
    digits = "".join(str(int(letter, 36)) for letter in letters[4:] + letters[:4])
    # One with a slip of the pen tells as much.
    return int(digits) % 97 == 1 or (letters.startswith("BE") and len(letters) == 16)


# Each is linear in the text, by bounds and by `++`: what is logged may be chosen by who attacks.
_PATTERNS: tuple[tuple[str, Replacement], ...] = (
    (r"<\?xml.*|<(?:\w{1,32}:)?(?:Invoice|CreditNote)\b.*|<(?:cbc|cac):.*", "[document]"),
    (r"^[ \t]{0,8}(DETAIL|CONTEXT|LINE \d{1,9}):.*", rf"\1: {GONE}"),
    (r"\[(SQL|parameters): .*", rf"[\1: {GONE}]"),
    (r"input_value=.{0,4096}?(?=, input_type=|$)", f"input_value={GONE}"),
    (r"-----BEGIN [A-Z ]{1,40}-----.*?(?:-----END [A-Z ]{1,40}-----|\Z)", GONE),
    (r"://(?:[^\s@]{0,512}@)+", f"://{GONE}@"),
    (r"hooks\.slack\.com/services/\S+", f"hooks.slack.com/services/{GONE}"),
    (r"\bbearer\s{1,8}\S+", f"Bearer {GONE}"),
    (r"\bbasic\s{1,8}[A-Za-z0-9+/=_-]{8,}", f"Basic {GONE}"),
    (r"((?:authori[sz]ation|cookie)\\{0,4}[\"']?\s{0,4}[:=])[^\r\n]*", rf"\1 {GONE}"),
    (
        rf"((?:{_NAME})[\w-]{{0,32}}\\{{0,4}}{_ASSIGNED})(?:{_QUOTED}|[\w.]{{0,64}}[\[{{(].*?$|\S++)",
        rf"\1{GONE}",
    ),
    (r"(?-i:eyJ)[A-Za-z0-9_-]{5,}+(?:\.[A-Za-z0-9_-]*+){0,4}", GONE),
    (r"(?:wbk_|whsec_|xox[a-z]-|gAAAAA|\$argon2)\S+", GONE),
    (r"[A-Za-z0-9_-]{43}=(?!=)", GONE),
    (r"\bb(?:'(?:[^'\\]|\\.)*+'?|\"(?:[^\"\\]|\\.)*+\"?)", "[bytes]"),
    (r"[A-Za-z0-9+/=_-]{512,}+", "[data]"),
    # Random text that is no SHA-256; names of functions are as long, but have no digit.
    (r"(?<![\w-])(?!(?-i:[0-9a-f]{64})(?![\w-]))(?=[A-Za-z_-]{0,512}\d)[A-Za-z0-9_-]{48,}+", GONE),
    (r"""(?<![^\s@<>()\[\],;:"'])[^\s@<>()\[\],;:"']++@[^\s@<>()\[\],;:"']++""", "[e-mail]"),
    (rf"{_NO_HEX_NAME}[A-Z]{{2}}\d{{2}}(?:[ .-]?[A-Z0-9]){{11,30}}(?![A-Z0-9])", _without_iban),
    (r"(?<!\w)\+[1-9](?:[ ./()-]{0,2}\d){7,14}", "[phone]"),
    (r"(?<!\d)\d{2}[.]\d{2}[.]\d{2}-\d{3}[.]\d{2}(?!\d)", GONE),
)
_FLAGS = re.IGNORECASE | re.DOTALL | re.MULTILINE | re.ASCII
_COMPILED = tuple((re.compile(pattern, _FLAGS), instead) for pattern, instead in _PATTERNS)

# Most of what is logged has nothing that any of the patterns needs: one look is faster than all of theirs.
_SUSPICIOUS = re.compile(
    r"""[<:='"@+]|-----|slack|bearer|basic|eyj|wbk_|whsec_|xox|gaaaaa|\$argon2|[a-z]{2}\d{2}|\d{2}[.]\d"""
    r"""|(?<![a-z0-9_-])[a-z0-9_-]{48}|(?<![a-z0-9/_-])[a-z0-9/_-]{512}"""
)


@lru_cache(1024)
def is_sensitive(name: str) -> bool:
    """Whether what has this name is a secret or tells who somebody is, in whichever spelling."""
    plain = unicodedata.normalize("NFKC", name[:200]).casefold()
    letters = "".join(filter(str.isalnum, plain))
    return any(word in letters for word in _JOINED)


def scrubbed(text: str, longest: int) -> str:
    """The text without secrets, personal data and documents, and with at most `longest` characters of it."""
    seen = _looked_at(text)
    if _SUSPICIOUS.search(seen.lower()):
        seen = cleaned(seen)
    if len(text) > _LONGEST_LOOKED_AT:
        # The rest of what is written with gaps may have been cut off.
        seen = seen[:-_WIDEST_WITH_GAPS]
    elif len(seen) <= longest:
        return seen
    return f"{seen[:longest]}... [{len(text)} characters]"


def cleaned(text: str) -> str:
    """The text after every pattern, whether it looks as if it needed one or not."""
    for pattern, instead in _COMPILED:
        text = pattern.sub(instead, text)
    return text


def _looked_at(text: str) -> str:
    """As much of the text as is worth its time, up to the end of a word: half a secret is not recognised."""
    if len(text) <= _LONGEST_LOOKED_AT:
        return text
    seen = text[:_LONGEST_LOOKED_AT]
    last = re.search(r"(?<!\S)\S+\Z", seen[-_LONGEST_WORD:])
    return seen[: -_LONGEST_WORD + last.start()] if last else seen[:-_LONGEST_WORD]
