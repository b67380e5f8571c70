"""Zip archives for `waybill check`: members read into memory one by one, never unpacked, never trusted."""

import io
import lzma
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from cli.check_reading import MAX_READ, NotRead, read_at_most
from invoices.document import MAX_BYTES
from invoices.legible import legible

_DIRECTORY_BYTES = 8_000_000
"""Limit of an archive's list of members: some 80,000."""
_MOST_TIMES = 200
"""How much larger than itself what an archive holds may be; XML becomes some ten times smaller."""
_ENCRYPTED = 0x1
_NESTED = (".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz")
_LEADS_OUT = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:")
_BROKEN = (
    *(BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, OverflowError),
    *(zlib.error, lzma.LZMAError, MemoryError),
)
"""What `zipfile` raises over archives that are damaged or made to harm."""


class Archive:
    """An archive whose members are read in turn; open from the first reading until the last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: ZipFile | None = None
        self._left = 0
        self._budget = 0

    def members(self) -> Iterator["Member"]:
        """The XML files in it, and what is in it that is not opened.

        Raises:
            NotRead: It cannot be read.
        """
        try:
            with self._open() as opened:
                infos = [each for each in opened.infolist() if _concerns(each)]
            self._budget = _MOST_TIMES * self._path.stat().st_size + MAX_BYTES
        except FileNotFoundError as error:
            raise NotRead("WB-FILE", error.strerror or "") from None
        except _BROKEN as error:
            raise NotRead("WB-ARCHIVE", _reason(error)) from None
        self._left = len(infos)
        return (Member(self, each) for each in infos)

    def read(self, info: ZipInfo) -> bytes:
        """A member's content.

        Raises:
            NotRead: It is damaged, encrypted, too large, an archive itself, or has a name that leads elsewhere.
        """
        try:
            _insist_on_plain(info)
            if self._budget <= 0:
                raise NotRead("WB-ARCHIVE-SIZE")
            return self._content(info)
        except _BROKEN as error:
            raise NotRead("WB-ARCHIVE", _reason(error)) from None
        finally:
            self._left -= 1
            if not self._left:
                self.close()

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()
            self._file = None

    def _content(self, info: ZipInfo) -> bytes:
        self._file = self._file or self._open()
        read = 0
        with self._file.open(info) as member:
            try:
                content = read_at_most(member)
                read = len(content)
                return content
            except NotRead:
                read = MAX_READ
                raise
            finally:
                self._budget -= read

    def _open(self) -> ZipFile:
        return ZipFile(_Guarded(self._path))


class Member:
    """A member of an archive."""

    def __init__(self, archive: Archive, info: ZipInfo) -> None:
        self._archive = archive
        self._info = info

    @property
    def name(self) -> str:
        """Its name in the archive, as the archive has it."""
        return self._info.filename

    def read(self) -> bytes:
        """Its content; see `Archive.read`."""
        return self._archive.read(self._info)


class _Guarded(io.FileIO):
    """A file of which only so much is read at once: `zipfile` reads the whole list of members in one go."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _DIRECTORY_BYTES:
            raise BadZipFile("it holds too many files")
        return super().read(size) or b""


def _concerns(info: ZipInfo) -> bool:
    name = info.filename.lower()
    is_ours = not name.startswith("__macosx/")
    return not info.is_dir() and is_ours and name.endswith((".xml", *_NESTED))


def _insist_on_plain(info: ZipInfo) -> None:
    if _LEADS_OUT.search(info.filename):
        raise NotRead("WB-ARCHIVE-NAME")
    if info.filename.lower().endswith(_NESTED):
        raise NotRead("WB-ARCHIVE-NESTED")
    if info.flag_bits & _ENCRYPTED:
        raise NotRead("WB-ARCHIVE-ENCRYPTED")
    if info.file_size > MAX_BYTES:
        raise NotRead("WB-SIZE")


def _reason(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return legible(text, 120) or type(error).__name__


def is_archive(path: Path) -> bool:
    """Whether a file is treated as an archive."""
    return path.suffix.lower() == ".zip"
