"""Check digits of the identifiers that Peppol knows, each as Peppol's own rules reckon it.

A general library is stricter here (lengths, prefixes) and laxer there (separators) than those rules.
"""

import re
from collections.abc import Iterable

_DIGITS = frozenset("0123456789")
_ABN_WEIGHTS = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
_INTEGER = re.compile(r"[ \t\r\n]*[+-]?[0-9]+[ \t\r\n]*").fullmatch
_FISCAL_CODE = re.compile(
    r"[A-Za-z]{6}(?P<year>.{2})[A-Za-z](?P<day>.{2}).{3}(?P<place>.)[A-Za-z]", re.DOTALL
)


def is_digits(text: str, length: int | None = None) -> bool:
    """Whether `text` is nothing but digits 0 to 9, and as many as asked."""
    return bool(text) and _DIGITS.issuperset(text) and length in {None, len(text)}


def is_gln(text: str) -> bool:
    """Global location number (0088): weights 3 and 1 from the right, as GS1 has it; of any length."""
    return is_digits(text) and -_weighted(text[-2::-1], (3, 1)) % 10 == int(text[-1])


def is_norwegian(text: str) -> bool:
    """Norwegian organisation number (0192): nine digits, weights 2 to 7 from the right, modulus 11."""
    if not is_digits(text, 9) or not int(text):
        return False
    return -_weighted(text[-2::-1], (2, 3, 4, 5, 6, 7)) % 11 == int(text[-1])


def is_danish(text: str) -> bool:
    """Danish CVR or SE number with its country: DK and eight digits."""
    return text[:2] == "DK" and is_digits(text[2:], 8)


def is_belgian(text: str) -> bool:
    """Belgian enterprise number (0208): ten digits, of which the last two are 97 less the rest modulo 97."""
    return is_digits(text, 10) and 97 - int(text[:8]) % 97 == int(text[8:])


def is_swedish(text: str) -> bool:
    """Swedish organisation number (0007): ten digits that pass Luhn's test."""
    return is_digits(text, 10) and _luhn(text)


def is_australian(text: str) -> bool:
    """Australian business number (0151): eleven digits, the first less one, weighted, modulo 89."""
    if not is_digits(text, 11):
        return False
    return (_weighted(text, _ABN_WEIGHTS) - _ABN_WEIGHTS[0]) % 89 == 0


def is_dutch_vat(text: str) -> bool:
    """Dutch VAT number: NL, nine digits, B, two digits."""
    return text[:2] == "NL" and is_digits(text[2:11], 9) and text[11:12] == "B" and is_digits(text[12:], 2)


def is_italian_office(text: str) -> bool:
    """Code of an Italian office (0201, IPA): six letters or digits."""
    return len(text) == 6 and text.isascii() and text.isalnum()


def is_italian_tax_code(text: str) -> bool:
    """Italian tax code (0210, Codice Fiscale): sixteen letters and digits in their places, or a number of eleven."""
    if len(text) == 11:
        return _INTEGER(text) is not None
    match = _FISCAL_CODE.fullmatch(text)
    return match is not None and all(_INTEGER(part) for part in match.groups())


def is_italian_vat(text: str) -> bool:
    """Italian VAT number (0211, Partita IVA): after IT, eleven digits that pass Luhn's test; others pass.

    Raises:
        ValueError: There is a sign or blank before digits, which Peppol's own rules cannot reckon with.
    """
    if text[:2] not in {"IT", "it"}:
        return True
    digits = text[2:]
    if len(digits) != 11 or not _INTEGER(digits):
        return False
    if not is_digits(digits):
        raise ValueError(f"“{text}” holds a sign or a blank among its digits.")
    return _luhn(digits)


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weights[place % len(weights)] for place, digit in enumerate(digits))


def _luhn(digits: str) -> bool:
    return sum(_cross_sums(digits)) % 10 == 0


def _cross_sums(digits: str) -> Iterable[int]:
    for place, digit in enumerate(reversed(digits)):
        yield sum(divmod(int(digit) * (1 + place % 2), 10))
