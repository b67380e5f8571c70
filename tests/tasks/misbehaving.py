"""Checks that hang or kill their process on demand; what a CheckPool's processes run in tests."""

import os
import threading
from collections.abc import Sequence

from invoices.check import CheckedDocument, check

HANGS, DIES = b"<hangs/>", b"<dies/>"


def misbehave(contents: Sequence[bytes]) -> list[CheckedDocument]:
    """Check documents; `HANGS` never ends and `DIES` takes its process with it."""
    return [_check(content) for content in contents]


def _check(content: bytes) -> CheckedDocument:
    if content == HANGS:
        threading.Event().wait()
    if content == DIES:
        os._exit(7)
    return check(content)
