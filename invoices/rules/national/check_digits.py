"""Check digits of Swedish and Greek numbers and of accounts, each as Peppol's national rules reckon it.

A general library is stricter here (lengths, countries) and laxer there (separators) than those rules.
"""

import re

_DIGITS = frozenset("0123456789")
_ACCOUNT = re.compile(r"[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{0,30}").fullmatch
_WHITE_SPACE = str.maketrans("", "", " \t\r\n")


def is_swedish_organisation(number: str) -> bool:
    """Whether the tenth digit makes the first ten pass Luhn's test; fewer fail, and more are not looked at.

    Raises:
        ValueError: There are digits of other scripts among the first nine.
    """
    if not number.isdecimal() or len(number) < 10:
        if number.isdecimal() and not _DIGITS.issuperset(number):
            raise ValueError(f"“{number[:40]}” has digits of another script.")
        return False
    if not _DIGITS.issuperset(number[:9]):
        raise ValueError(f"“{number[:40]}” has digits of another script.")
    if number[9] not in _DIGITS:
        return False
    sums = (sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(number[:10]))
    return sum(sums) % 10 == 0


def is_greek_tax_number(number: str) -> bool:
    """Whether nine digits begin it and the ninth is their check digit: powers of two, modulo 11, modulo 10."""
    nine = number[:9]
    if len(nine) < 9 or not _DIGITS.issuperset(nine):
        return False
    checksum = sum(int(digit) << (8 - place) for place, digit in enumerate(nine[:8]))
    return checksum % 11 % 10 == int(nine[8])


def is_iban(account: str) -> bool:
    """Whether an account number has an IBAN's form and check digits, white space left out.

    A small letter counts for 32 more than its capital: so the German rules reckon, and IBANs have capitals only.
    """
    iban = account.translate(_WHITE_SPACE)
    if not _ACCOUNT(iban):
        return False
    turned = iban[4:] + iban[:4]
    return int("".join(str(ord(each) - (55 if ord(each) > 64 else 48)) for each in turned)) % 97 == 1
