"""How a drop folder is laid out: what a file's path says of its invoice, and the id that it gives it."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote_to_bytes

from invoices.company import InvalidCompanyNumber, enterprise_number
from invoices.findings import Finding, PolicyClass, Severity
from invoices.legible import legible
from invoices.source import Direction

TRAYS = frozenset({"done", "refused"})
DOCUMENT = ".xml"
ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst")
"""Endings of archives; none is opened."""
_DIGEST_LENGTH = 12
_LONGEST_KEY = 128 - _DIGEST_LENGTH - 1
_KEY_HASH_LENGTH = 16
_CUT = re.compile(rf".{{{_LONGEST_KEY - _KEY_HASH_LENGTH - 1}}}~[0-9a-f]{{{_KEY_HASH_LENGTH}}}")
_EXPECTED = "<company number>/sale|purchase/<name>.xml, or <name>.xml in the folder itself"
_DIRECTIONS = dict.fromkeys(("sale", "verkoop", "vente"), Direction.SALE) | dict.fromkeys(
    ("purchase", "aankoop", "achat"), Direction.PURCHASE
)


@dataclass(frozen=True, slots=True)
class Place:
    """Whose invoice lies here; None where only the document can tell."""

    company_number: str | None = None
    direction: Direction | None = None


class MisplacedError(Exception):
    """A file whose path does not say whose invoice it is, as `finding` tells."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def place_of(relative: str) -> Place:
    """What `relative`, a path from the folder, says of the invoice.

    Raises:
        MisplacedError: It is laid out in another way, or its company number is none.
    """
    parts = PurePosixPath(relative).parts
    if len(parts) == 1:
        return Place()
    direction = _DIRECTIONS.get(parts[1].casefold()) if len(parts) == 3 else None
    if direction is None:
        message = f"“{legible(relative)}” does not lie where a company and a direction can be read from."
        raise MisplacedError(folder_finding("WB-FOLDER-LAYOUT", message, "Move it there.", _EXPECTED))
    try:
        return Place(enterprise_number(parts[0]), direction)
    except InvalidCompanyNumber as error:
        message = f"The company of “{legible(relative)}” is not known: {error}"
        fix = "Rename the folder to the company's enterprise number, and put the file back."
        raise MisplacedError(folder_finding("WB-FOLDER-COMPANY", message, fix, _EXPECTED)) from None


def folder_finding(code: str, message: str, fix: str, expected: str | None = None) -> Finding:
    """A finding on a file of the folder."""
    return Finding(code, Severity.FATAL, PolicyClass.STRUCTURE, message, expected=expected, fix=fix)


def is_archive(relative: str) -> bool:
    """Whether the file is called like an archive."""
    return relative.lower().endswith(ARCHIVES)


def digest_of(content: bytes) -> str:
    """The start of the SHA-256, which tells files apart that had the same name one after another."""
    return hashlib.sha256(content).hexdigest()[:_DIGEST_LENGTH]


def source_id_of(relative: str, digest: str) -> str:
    """The record's id, at most 128 characters: the path in printable characters, and the digest."""
    return f"{key_of(relative)}#{digest}"


def split_source_id(source_id: str) -> tuple[str, str]:
    """Key and digest."""
    key, _, digest = source_id.rpartition("#")
    return key, digest


def key_of(relative: str) -> str:
    """The path in printable characters; a long one is cut and gets a hash of the whole."""
    key = re.sub("[^/]", lambda char: _printable(char[0]), relative)
    if len(key) <= _LONGEST_KEY:
        return key
    whole = hashlib.sha256(os.fsencode(relative)).hexdigest()[:_KEY_HASH_LENGTH]
    return f"{key[: _LONGEST_KEY - _KEY_HASH_LENGTH - 1]}~{whole}"


def path_of(key: str) -> str | None:
    """The path that `key` spells whole; None where it may have been cut, or leads out of the folder."""
    if _CUT.fullmatch(key):
        return None
    try:
        relative = os.fsdecode(unquote_to_bytes(key))
    except UnicodeEncodeError:
        return None
    parts = relative.split("/")
    safe = "\0" not in relative and not any(part.startswith(".") or not part for part in parts)
    return relative if safe and key_of(relative) == key and parts[0] not in TRAYS else None


def _printable(char: str) -> str:
    if char.isprintable() and char != "%":
        return char
    return "".join(f"%{byte:02X}" for byte in os.fsencode(char))
