"""Checks that hang or kill their process on demand; what a CheckPool's processes run in tests."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from invoices.check import CheckedDocument, Checker, could_not_check

HANGS, DIES = b"<hangs/>", b"<dies/>"


@dataclass(frozen=True)
class Misbehaving:
    """Checks documents, if it is given a checker; `HANGS` never ends and `DIES` takes its process with it."""

    checker: Checker | None = None

    def __call__(self, contents: Sequence[bytes]) -> list[CheckedDocument]:
        return [self._check(content) for content in contents]

    def _check(self, content: bytes) -> CheckedDocument:
        if content == HANGS:
            threading.Event().wait()
        if content == DIES:
            os._exit(7)
        return self.checker.check(content) if self.checker else could_not_check("nobody checks here")
