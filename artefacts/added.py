"""Added rules: artefacts that an operator added, each copied into a folder with a note of what it is."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from artefacts.installed import stated_version
from artefacts.kept import KeptRules, write_whole
from artefacts.unusable import AddedRulesDamaged, NotAdded
from invoices.findings import RuleSetVersion
from invoices.rules.book import BUILT_IN_NAMES
from invoices.rules.schematron.reading import NotSchematron, read_artefact
from invoices.rules.schematron.rule_set import CompiledRules

MAX_BYTES = 20_000_000
"""Size limit of an artefact; the largest official one has 2 MB."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NOTE, _COPY = ".json", ".xml"


@dataclass(frozen=True, slots=True)
class Note:
    """What is noted of added rules.

    Attributes:
        sha256: Of the copy, so that a change is noticed.
        customizations: Beginnings of the specification identifiers (BT-24) of the documents that they are
            for; none: of all.
        allowed: Ids of rules that could not be compiled and that may be left out.
    """

    name: str
    version: str
    sha256: str
    customizations: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    @property
    def rule_set(self) -> RuleSetVersion:
        """What verdicts name; the version also changes with the rules and with how they were added."""
        digest = sha256(json.dumps(asdict(self)).encode()).hexdigest()
        return RuleSetVersion(self.name, f"{self.version} ({digest[:8]})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an operator wants rules to be added; what is None, their file tells."""

    name: str | None = None
    version: str | None = None
    customizations: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()


class AddedRules:
    """The added rules in a folder. A file there that is not understood stops every check: none is skipped."""

    def __init__(self, folder: Path, kept: KeptRules) -> None:
        self._folder = folder
        self._kept = kept

    def add(self, file: Path, wanted: Wanted) -> CompiledRules:
        """Copy an artefact, if all of its rules could be compiled or are allowed to be left out.

        Raises:
            NotAdded: Some rules could not be compiled, or the file or the name cannot be used.
        """
        content = _content_of(file)
        note = _noted(content, file, wanted)
        self._insist_on_free(note.name)
        rules = _complete(self._compiled(content, note), note)
        try:
            write_whole(self._folder / f"{note.name}{_COPY}", content)
            write_whole(self._folder / f"{note.name}{_NOTE}", json.dumps(asdict(note), indent=2).encode())
        except OSError as error:
            raise NotAdded(f"{self._folder} cannot be written to: {error.strerror or error}.") from None
        return rules

    def remove(self, name: str) -> None:
        """Take rules out, damaged or not.

        Raises:
            NotAdded: There are none of this name.
        """
        if not _NAME.fullmatch(name) or name not in self._names():
            raise NotAdded(f"No rules named {name} were added; `waybill rules list` shows all.")
        try:
            for suffix in (_NOTE, _COPY):
                (self._folder / f"{name}{suffix}").unlink(missing_ok=True)
        except OSError as error:
            raise NotAdded(f"{name} cannot be removed: {error.strerror or error}.") from None

    def all(self) -> Iterator[CompiledRules]:
        """All added rules, by name.

        Raises:
            AddedRulesDamaged: Some cannot be read, were changed, or do not compile any more.
        """
        for name in sorted(self._names()):
            yield self._rules(name)

    def _names(self) -> set[str]:
        try:
            files = [each for each in self._folder.iterdir() if not each.name.startswith(".")]
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise AddedRulesDamaged(f"{self._folder} cannot be read: {error.strerror or error}.") from None
        for file in files:
            if file.suffix not in {_NOTE, _COPY} or not _NAME.fullmatch(file.stem):
                raise AddedRulesDamaged(
                    f"{file} is not a file that `waybill rules add` wrote; add it with that, or take it away."
                )
        return {file.stem for file in files}

    def _insist_on_free(self, name: str) -> None:
        taken = {each.lower() for each in (*self._names(), *BUILT_IN_NAMES)}
        if name.lower() in taken:
            raise NotAdded(
                f"There are rules named {name} already: give another --name, or `waybill rules remove` them."
            )

    def _compiled(self, content: bytes, note: Note) -> CompiledRules:
        try:
            rules = self._kept.compiled(content, note.rule_set)
        except Exception as error:
            raise NotAdded(f"These rules do not compile: {type(error).__name__}: {error}") from error
        if not rules.checks:
            raise NotAdded("There is not one rule in this file.")
        unknown = set(note.allowed) - {code for code, _ in rules.uncompilable}
        if unknown:
            raise NotAdded(
                f"Nothing is to be allowed about {', '.join(sorted(unknown))}: take the --allow away."
            )
        return rules

    def _rules(self, name: str) -> CompiledRules:
        try:
            note = _note(json.loads((self._folder / f"{name}{_NOTE}").read_bytes()))
            content = (self._folder / f"{name}{_COPY}").read_bytes()
        except OSError as error:
            raise _damaged(name, f"{error.filename} cannot be read ({error.strerror})") from None
        except (ValueError, TypeError, KeyError):
            raise _damaged(name, f"{self._folder / name}{_NOTE} is not what was written") from None
        if note.name != name or sha256(content).hexdigest() != note.sha256:
            raise _damaged(name, "they are not what was added")
        try:
            return _complete(self._kept.compiled(content, note.rule_set), note)
        except Exception as error:
            raise _damaged(name, f"they do not compile any more: {error}") from error


def _content_of(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise NotAdded(f"{file} cannot be read: {error.strerror or error}.") from None
    if len(content) > MAX_BYTES:
        raise NotAdded(f"{file} has more than {MAX_BYTES:,} bytes; no official rules have.")
    return content


def _noted(content: bytes, file: Path, wanted: Wanted) -> Note:
    digest = sha256(content).hexdigest()
    try:
        title = read_artefact(content).title
    except NotSchematron as error:
        raise NotAdded(f"{file} cannot be added. {error}") from None
    name = wanted.name or _name_from(title) or _name_from(file.stem) or digest[:12]
    if not _NAME.fullmatch(name):
        raise NotAdded(f"{name} cannot be a name: it takes up to 64 letters, digits, dots, - and _.")
    version = wanted.version or stated_version(content) or digest[:12]
    return Note(name, version, digest, wanted.customizations, wanted.allowed)


def _name_from(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:64].rstrip("-.")


def _complete(rules: CompiledRules, note: Note) -> CompiledRules:
    """The rules with what is noted of them.

    Raises:
        NotAdded: Some could not be compiled and are not allowed to be left out.
    """
    rules = replace(rules, allowed=frozenset(note.allowed), customizations=note.customizations)
    if rules.refused:
        reasons = "".join(f"\n  {code}: {why}" for code, why in rules.refused)
        allow = " ".join(f"--allow {code}" for code, _ in rules.refused)
        raise NotAdded(
            f"Not all rules of {note.name} could be compiled, so a document would pass that breaks one of them:"
            f"{reasons}\nIf that may be, add them with {allow}"
        )
    return rules


def _note(data: dict[str, Any]) -> Note:
    note = Note(
        name=data["name"],
        version=data["version"],
        sha256=data["sha256"],
        customizations=tuple(data["customizations"]),
        allowed=tuple(data["allowed"]),
    )
    texts = (note.name, note.version, note.sha256, *note.customizations, *note.allowed)
    if not all(isinstance(each, str) for each in texts):
        raise TypeError
    return note


def _damaged(name: str, how: str) -> AddedRulesDamaged:
    return AddedRulesDamaged(
        f"The added rules {name} cannot be asked, so nothing is checked: {how}. "
        f"`waybill rules remove {name}`, then add them again."
    )
