"""The trays `done/` and `refused/` of a drop folder: files are moved there, over nothing, and found again."""

import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from clients.drop_files import content_held, files_below
from clients.drop_layout import DOCUMENT, key_of, path_of
from invoices.findings import Finding

DONE, REFUSED = "done", "refused"
_LONGEST_NAME_BYTES = 230
_LONGEST_STEM_BYTES = 200
_logger = logging.getLogger(__name__)


class Trays:
    """Where the files of `folder` go. One that cannot be moved stays, and a warning says so."""

    def __init__(self, folder: Path, max_document_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_document_bytes

    def accept(self, relative: str, digest: str) -> None:
        """Move a file of the folder into `done/`, keeping its path."""
        try:
            self._move(relative, DONE, relative, digest)
        except OSError as error:
            _warn(relative, error)

    def refuse(self, relative: str, digest: str, findings: Sequence[Finding]) -> None:
        """Move a file of the folder into `refused/`, keeping its path, with a `.txt` that says why."""
        self._refuse(relative, relative, digest, findings)

    def refuse_done(self, key: str, digest: str, findings: Sequence[Finding]) -> None:
        """Move the file of this key and digest from `done/` into `refused/`, if it is there."""
        done = self._folder / DONE
        for relative in _candidates(done, key, digest):
            if content_held(done, relative, digest, self._max_bytes):
                self._refuse(f"{DONE}/{relative}", relative, digest, findings)
                return

    def _refuse(self, source: str, relative: str, digest: str, findings: Sequence[Finding]) -> None:
        try:
            refused = self._move(source, REFUSED, relative, digest)
            _explain(refused, "\n".join(map(_in_words, findings)))
        except OSError as error:
            _warn(source, error)

    def _move(self, source: str, tray: str, relative: str, digest: str) -> Path:
        directory = self._folder / tray / PurePosixPath(relative).parent
        directory.mkdir(parents=True, exist_ok=True)
        *own, unique = (directory / name for name in _names(PurePosixPath(relative).name, digest))
        reserved = next((path for path in own if _reserve(path)), None)
        try:
            return (self._folder / source).replace(reserved or unique)
        except OSError:
            if reserved:
                reserved.unlink()
            raise


def _candidates(done: Path, key: str, digest: str) -> list[str]:
    """Where in `done` a file may lie; one whose key was cut is looked for."""
    relative = path_of(key)
    if relative is not None:
        path = PurePosixPath(relative)
        return [str(path.parent / name) for name in _names(path.name, digest)]
    with suppress(OSError):
        return [
            each for each in files_below(done, (DOCUMENT,)) if key_of(each) == key or f".{digest}." in each
        ]
    return []


def _names(name: str, digest: str) -> list[str]:
    """The names that a file may get in a tray: its own, and one that no other content can have."""
    path = PurePosixPath(name)
    stem = os.fsdecode(os.fsencode(path.stem)[:_LONGEST_STEM_BYTES])
    unique = f"{stem}.{digest}{path.suffix}"
    return [name, unique] if len(os.fsencode(name)) <= _LONGEST_NAME_BYTES else [unique]


def _reserve(path: Path) -> bool:
    """Take the name, so that moving there replaces nothing of anybody's."""
    with suppress(FileExistsError):
        path.touch(exist_ok=False)
        return True
    return False


def _explain(path: Path, words: str) -> None:
    beside = path.with_name(f"{path.name}.txt")
    # Never written through a link that somebody laid there.
    beside.unlink(missing_ok=True)
    with beside.open("x", encoding="utf-8", errors="backslashreplace") as text:
        text.write(words)


def _in_words(finding: Finding) -> str:
    lines = (
        f"{finding.message} [{finding.code}]",
        finding.location and f"Where: {finding.location}",
        finding.expected and f"Expected: {finding.expected}",
        finding.fix and f"What to do: {finding.fix}",
    )
    return "".join(f"{line}\n" for line in lines if line)


def _warn(relative: str, error: OSError) -> None:
    _logger.warning("%s stays where it is in the drop folder: %s", key_of(relative), error.strerror)
