"""Hostile files of a drop folder: how each is laid there, and what a run makes of it."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.documents import SOUND, sound, zipped

PLACE = "0999000129/purchase"


@dataclass(frozen=True)
class HostileFile:
    """Something in the folder.

    Attributes:
        path: From the folder; what is not UTF-8 in it as lone surrogates, as `os.fsdecode` has them.
        lay: Puts it there.
        state: In which the run leaves the invoice; `rejected` where it is none, `left` where it is left alone.
        code: Of the finding that says why.
        says: Part of what people read of it.
    """

    path: str
    lay: Callable[[Path], None]
    state: str
    code: str | None = None
    says: str = ""


def holding(content: bytes) -> Callable[[Path], None]:
    """Lays a file of these bytes."""

    def lay(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    return lay


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100_000_000)


def _socket(path: Path) -> None:
    # The path of a socket may be a hundred bytes long, which a test's folder is by itself.
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
    finally:
        os.chdir(before)


def _named(number: int, name: str) -> HostileFile:
    return HostileFile(f"{PLACE}/{name}", holding(sound(f"FILE-{number}")), "sent")


def _archive(name: str, content: bytes) -> HostileFile:
    return HostileFile(f"{PLACE}/{name}", holding(content), "rejected", "WB-FOLDER-ARCHIVE", "Unpack it")


NAMES = tuple(
    _named(number, name)
    for number, name in enumerate(
        (
            "a\nAccepted b.xml",
            "\x1b[31mred.xml",
            "\x9b31m\u202elmx.xml",
            "caf\udce9.xml",
            "x" * 251 + ".xml",
            "-rf.xml",
            "$(touch evil).xml",
            "%2e%2e%2fa.xml",
            "<!channel> [bold]a :skull:.XML",
            "a\\..\\..\\b.xml",
            "a.xml.txt.xml",
        )
    )
)

ARCHIVES = (
    _archive("invoices.zip", zipped("invoice.xml", SOUND)),
    _archive("bomb.ZIP", zipped("a.zip", zipped("a.xml", bytes(20_000_000)))),
    _archive("climbing.zip", zipped("../../../etc/cron.d/a.xml", SOUND)),
    _archive("absolute.zip", zipped("/etc/cron.d/a.xml", SOUND)),
    _archive("invoices.xml.gz", b"\x1f\x8b"),
    _archive("invoices.tar", b"x"),
)

CONTENTS = (
    HostileFile(
        f"{PLACE}/zip.xml", holding(zipped("a.xml", SOUND)), "invalid", "WB-XML", "looks like a zip archive"
    ),
    HostileFile(f"{PLACE}/empty.xml", holding(b""), "invalid", "WB-XML", "The document is empty"),
    HostileFile(f"{PLACE}/huge.xml", _sparse, "rejected", "WB-RECORD-SIZE", "100,000,000 bytes"),
    HostileFile("Peeters/sale/a.xml", holding(SOUND), "rejected", "WB-FOLDER-COMPANY", "Peeters"),
    HostileFile(f"{PLACE}/folder.xml/a.xml", holding(SOUND), "rejected", "WB-FOLDER-LAYOUT", "Move it there"),
)

LEFT = (
    HostileFile(f"{PLACE}/link.xml", lambda path: path.symlink_to("/etc/passwd"), "left"),
    HostileFile(f"{PLACE}/circle.xml", lambda path: path.symlink_to(path), "left"),
    HostileFile("0999000129/sale", lambda path: path.symlink_to("/etc"), "left"),
    HostileFile(f"{PLACE}/pipe.xml", os.mkfifo, "left"),
    HostileFile(f"{PLACE}/socket.xml", _socket, "left"),
    HostileFile(f"{PLACE}/.hidden.xml", holding(SOUND), "left"),
    HostileFile(".hidden/a.xml", holding(SOUND), "left"),
    HostileFile(f"{PLACE}/readme.txt", holding(SOUND), "left"),
    HostileFile(f"{PLACE}/a.xml.part", holding(SOUND), "left"),
)

FILES = (*NAMES, *ARCHIVES, *CONTENTS, *LEFT)
