"""Kept rules: what the compiler made of an artefact, in files that are only a matter of speed."""

import logging
import marshal
import sys
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from invoices.findings import RuleSetVersion, Severity
from invoices.rules.schematron import VERSION
from invoices.rules.schematron.artefact import Check
from invoices.rules.schematron.rule_set import CompiledRules

_FORM = "1"
"""Changes whenever compiled rules are kept in another form."""
_SEAL = 32

_LOG = logging.getLogger(__name__)


class KeptRules:
    """Compiled rules in a folder; each file is named by what it was compiled from, and by what."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def compiled(self, content: bytes, version: RuleSetVersion) -> CompiledRules:
        """An artefact's rules: as they are kept, or compiled now and kept from now on.

        Raises:
            NotSchematron: The content is no artefact.
        """
        digest = sha256(content).hexdigest()
        key = f"{digest}-{VERSION}-{_FORM}-{sys.implementation.cache_tag}"
        file = self._folder / f"{key}.rules"
        with suppress(OSError, ValueError, EOFError, TypeError, KeyError):
            return _unpacked(_opened(file.read_bytes(), key), digest, version)
        rules = compiled(content, version)
        try:
            write_whole(file, _sealed(_packed(rules), key))
        except OSError as error:
            _LOG.warning("Compiled rules cannot be kept in %s: %s.", self._folder, error.strerror or error)
        return rules


def compiled(content: bytes, version: RuleSetVersion) -> CompiledRules:
    """An artefact's rules, compiled now.

    Raises:
        NotSchematron: The content is no artefact.
    """
    # The compiler brings a parser for XPath, which nothing else needs.
    from invoices.rules.schematron.compilation import compile_artefact  # noqa: PLC0415
    from invoices.rules.schematron.reading import read_artefact  # noqa: PLC0415

    artefact = read_artefact(content)
    done = compile_artefact(artefact)
    return CompiledRules.of(
        version, artefact.sha256, done.source, done.checks, tuple(done.uncompilable.items())
    )


def write_whole(file: Path, content: bytes) -> None:
    """Write a file so that whoever reads it finds all of it, or none.

    Raises:
        OSError: It cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, prefix=".", delete=False) as temporary:
        try:
            temporary.write(content)
            temporary.flush()
            Path(temporary.name).chmod(0o644)  # other accounts may check with the same rules
            Path(temporary.name).replace(file)
        except BaseException:
            with suppress(OSError):
                Path(temporary.name).unlink()
            raise


def _sealed(packed: bytes, key: str) -> bytes:
    return _seal(packed, key) + packed


def _opened(content: bytes, key: str) -> bytes:
    # Python reads damaged code without noticing, and might even run it.
    seal, packed = content[:_SEAL], content[_SEAL:]
    if seal != _seal(packed, key):
        raise ValueError("the file is not what was written for this key")
    return packed


def _seal(packed: bytes, key: str) -> bytes:
    return sha256(key.encode() + packed).digest()


def _packed(rules: CompiledRules) -> bytes:
    checks = [{**asdict(check), "severity": str(check.severity)} for check in rules.checks]
    return marshal.dumps((rules.python, checks, rules.uncompilable))


def _unpacked(packed: bytes, digest: str, version: RuleSetVersion) -> CompiledRules:
    python, checks, uncompilable = marshal.loads(packed)  # noqa: S302 - sealed by ourselves
    return CompiledRules(version, digest, python, tuple(map(_check, checks)), uncompilable)


def _check(fields: dict[str, Any]) -> Check:
    return Check(**{**fields, "severity": Severity(fields["severity"])})
