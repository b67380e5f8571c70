"""Which files `waybill check` is to check: names, folders, patterns and archives, in their order."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from glob import has_magic, iglob
from pathlib import Path

from cli.check_archives import Archive, is_archive
from cli.check_reading import NotRead, read_at_most

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Input:
    """A document to check: its name for people, and how it is read, which may raise NotRead."""

    name: str
    read: Callable[[], bytes]


def inputs(arguments: Iterable[str]) -> list[Input]:
    """Every document that the arguments name; one for what names none, which says so when it is read."""
    return [each for argument in arguments for each in _inputs(argument)]


def _inputs(argument: str) -> Iterator[Input]:
    if argument == STDIN:
        yield Input(STDIN, _read_stdin)
    elif has_magic(argument) and not os.path.lexists(argument):
        yield from _one_at_least(argument, (each for path in _matching(argument) for each in _at(path)))
    else:
        yield from _at(Path(argument))


def _at(path: Path) -> Iterator[Input]:
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where it may not look
        yield from _one_at_least(str(path), _in_folder(path))
    elif is_archive(path):
        yield from _one_at_least(str(path), _in_archive(path))
    else:
        yield _file(path)


def _one_at_least(name: str, found: Iterable[Input]) -> Iterator[Input]:
    empty = True
    for each in found:
        empty = False
        yield each
    if empty:
        yield _not_read(name, NotRead("WB-NOTHING"))


def _matching(pattern: str) -> list[Path]:
    return [Path(each) for each in sorted(iglob(pattern, recursive=True))]  # noqa: PTH207 - absolute ones too


def _in_folder(folder: Path) -> Iterator[Input]:
    unreadable: list[OSError] = []
    for here, folders, files in os.walk(folder, onerror=unreadable.append):
        folders.sort()
        for name in sorted(files):
            path = Path(here, name)
            if path.suffix.lower() == ".xml" and os.path.isfile(path):  # noqa: PTH113 - as above
                yield _file(path)
    for error in unreadable:
        yield _not_read(str(error.filename), NotRead("WB-FILE", error.strerror))


def _in_archive(path: Path) -> Iterator[Input]:
    try:
        for member in Archive(path).members():
            yield Input(_shown(f"{path}!{member.name}"), member.read)
    except NotRead as problem:
        yield _not_read(str(path), problem)


def _file(path: Path) -> Input:
    return Input(_shown(str(path)), lambda: _read_file(path))


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return read_at_most(file)
    except (OSError, ValueError) as error:
        raise NotRead("WB-FILE", getattr(error, "strerror", None) or str(error)) from None


def _read_stdin() -> bytes:
    try:
        return read_at_most(sys.stdin.buffer)
    except OSError as error:
        raise NotRead("WB-FILE", error.strerror or "") from None


def _not_read(name: str, problem: NotRead) -> Input:
    def read() -> bytes:
        raise problem

    return Input(_shown(name), read)


def _shown(name: str) -> str:
    """A file's name, which need not be text, as text."""
    return os.fsencode(name).decode("utf-8", "replace")
