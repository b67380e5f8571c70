"""Reading for `waybill check`: never more than a document may have, and why something was not read."""

from typing import IO

from invoices.document import MAX_BYTES
from invoices.findings import Checked, Finding, PolicyClass, Severity, Verdict

MAX_READ = MAX_BYTES + 1
_PIECE = 1_000_000


class NotRead(Exception):
    """A file that was not read: the id of the reason, and what the system says of it."""

    def __init__(self, code: str, found: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.found = found

    @property
    def checked(self) -> Checked:
        """The verdict: nobody knows whether the document is valid."""
        finding = Finding(self.code, Severity.FATAL, PolicyClass.STRUCTURE, "", found=self.found)
        return Checked(Verdict.COULD_NOT_CHECK, (), (finding,))


def read_at_most(file: IO[bytes]) -> bytes:
    """All of a file.

    Raises:
        NotRead: It is larger than documents may be.
    """
    content = bytearray()
    while piece := file.read(_PIECE):
        content += piece
        if len(content) > MAX_BYTES:
            raise NotRead("WB-SIZE")
    return bytes(content)
