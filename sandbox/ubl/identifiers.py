"""Identifiers with correct check digits for companies, accounts and payments that are all fictitious."""


def enterprise_number(sequence: int) -> str:
    """The Belgian enterprise number, ten bare digits, with `sequence` (0 to 9999) in the range 0999.

    The last two digits are 97 minus the first eight modulo 97.
    """
    base = f"0999{sequence:04d}"
    return f"{base}{97 - int(base) % 97:02d}"


def belgian_iban(account: int) -> str:
    """The IBAN (ISO 13616) of a Belgian account, given its ten leading digits."""
    bban = f"{account:010d}{account % 97 or 97:02d}"
    belgium = "111400"  # "BE00", letters as digits
    return f"BE{98 - int(bban + belgium) % 97:02d}{bban}"


def structured_communication(reference: int) -> str:
    """The Belgian structured communication `+++123/4567/89012+++` of a reference of up to ten digits."""
    digits = f"{reference:010d}{reference % 97 or 97:02d}"
    return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"
