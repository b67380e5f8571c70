"""Files of a drop folder on disk: found, and read while they do not change."""

import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from clients.drop_layout import digest_of, key_of

_logger = logging.getLogger(__name__)
_READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes when a file does; times in nanoseconds."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> Self | None:
        """The stamp of the regular file at `path`; None where there is none, or a link."""
        try:
            return cls.of_stat(path.lstat())
        except OSError:
            return None

    @classmethod
    def of_stat(cls, status: os.stat_result) -> Self | None:
        """The stamp of a regular file; None of anything else."""
        if not stat.S_ISREG(status.st_mode):
            return None
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    @property
    def modified_at(self) -> datetime | None:
        """When it was last changed; None for a moment that no calendar has."""
        try:
            return datetime.fromtimestamp(self.modified / 1e9, UTC)
        except (ValueError, OverflowError, OSError):
            return None

    @property
    def digest(self) -> str:
        """Stands in for the digest of a file that is not read."""
        return digest_of(f"{self.size} {self.modified}".encode())


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a file that did not change while they were read."""

    stamp: Stamp
    data: bytes = field(repr=False)


def files_below(
    folder: Path, endings: tuple[str, ...], without: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Relative paths of the files below `folder` with such an ending, but for links and hidden ones.

    `endings` are in lower case; `without` names the directories in `folder` itself that are left out.

    Raises:
        OSError: `folder` cannot be read.
    """
    directories = [""]
    while directories:
        directory = directories.pop()
        for entry in _entries(folder, directory):
            relative = f"{directory}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if relative not in without:
                    directories.append(f"{relative}/")
            elif entry.is_file(follow_symlinks=False) and entry.name.lower().endswith(endings):
                yield relative


def _entries(folder: Path, directory: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder / directory) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        if not directory:
            raise
        _logger.warning("%s in the drop folder was passed over: %s", key_of(directory), error.strerror)
        return []


def content_of(path: Path, max_bytes: int) -> Content | None:
    """The file's content; None where it changes, is larger than `max_bytes` or no regular file.

    Raises:
        OSError: It cannot be read.
    """
    descriptor = os.open(path, _READ_FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        before = Stamp.of_stat(os.fstat(descriptor))
        if before is None or before.size > max_bytes:
            return None
        data = file.read(max_bytes + 1)
        unchanged = Stamp.of_stat(os.fstat(descriptor)) == before and len(data) == before.size
    return Content(before, data) if unchanged else None


def content_held(folder: Path, relative: str, digest: str, max_bytes: int) -> Content | None:
    """The content of a file that has this digest, with no link on the way to it; else None."""
    path = folder / relative
    if os.path.realpath(path) != os.path.join(os.path.realpath(folder), relative):  # noqa: PTH118 - keeps `..`
        return None
    try:
        content = content_of(path, max_bytes)
    except OSError:
        return None
    return content if content and digest_of(content.data) == digest else None
