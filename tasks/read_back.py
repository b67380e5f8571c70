"""Reading a receipt back: Clearfacts shows a document under it, and that document is the invoice's."""

from contextlib import closing
from uuid import UUID

from clients.errors import OutsideError
from clients.naming import Ref, parse_ref
from settings import Settings
from tasks.workbench import open_destination


class NotReadBack(Exception):
    """The receipt could not be confirmed; the message says what was found, and what to do."""


def read_back(settings: Settings, invoice_id: UUID, receipt: str) -> None:
    """Make sure that Clearfacts shows the invoice's document under `receipt`.

    Raises:
        NotReadBack: It does not, or could not be asked.
    """
    try:
        with closing(open_destination(settings)) as destination:
            document = destination.document(receipt)
    except OutsideError as error:
        raise NotReadBack(f"{receipt} could not be read back ({error}).") from None
    if document is None:
        raise NotReadBack(f"Clearfacts does not show a document {receipt} to this account.")
    ref = parse_ref(document.comment or "")
    if ref is None or ref.short_id != Ref.of(invoice_id, "0" * 64).short_id:
        raise NotReadBack(f"Document {receipt} is not this invoice: its comment is {document.comment!r}.")
