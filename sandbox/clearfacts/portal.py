"""What the sandbox's Clearfacts keeps: the administrations it lists and the documents it took."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.records import Administration

_BRUSSELS = ZoneInfo("Europe/Brussels")


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document that was uploaded; its bytes are not kept."""

    uuid: str
    company_number: str
    invoicetype: str
    name: str
    comment: str | None
    taken_at: datetime

    def as_graphql(self) -> dict[str, Any]:
        """All fields of the contract's `InvoiceDocument`."""
        return {
            "date": self.taken_at.date().isoformat(),
            "comment": self.comment,
            "type": self.invoicetype,
            "paymentState": "UNPAID",
            "file": {"uuid": self.uuid, "name": self.name},
        }


class Portal:
    """Administrations in the order in which they were listed, and documents by uuid."""

    def __init__(self, administrations: Iterable[Administration] = ()) -> None:
        self.administrations = {each.company_number: each for each in administrations}
        self._documents: dict[str, StoredDocument] = {}

    def list_company(self, administration: Administration) -> Administration:
        """List a company, or list it anew under another name."""
        self.administrations[administration.company_number] = administration
        return administration

    def unlist_company(self, company_number: str) -> bool:
        """Take a company off the list; False where it was not on it."""
        return self.administrations.pop(company_number, None) is not None

    def take(self, company_number: str, invoicetype: str, name: str, comment: str | None) -> StoredDocument:
        """Keep a document under a uuid of its own; the same one again is another document."""
        document = StoredDocument(
            str(uuid.uuid4()), company_number, invoicetype, name, comment, datetime.now(UTC)
        )
        self._documents[document.uuid] = document
        return document

    def document(self, document_id: str) -> StoredDocument | None:
        """The document of this uuid."""
        return self._documents.get(document_id)

    def documents(self) -> list[StoredDocument]:
        """All documents, in the order in which they were taken."""
        return list(self._documents.values())

    def comment(self, document_id: str, comment: str | None) -> StoredDocument | None:
        """Put another comment on a document, as people can in the real portal; None where there is none."""
        if (found := self._documents.get(document_id)) is None:
            return None
        self._documents[document_id] = changed = replace(found, comment=comment)
        return changed

    def lose(self, document_id: str) -> bool:
        """Have a document no more; False where there was none."""
        return self._documents.pop(document_id, None) is not None

    def statistics(self, start: date, end: date) -> list[dict[str, Any]]:
        """Per administration how many documents were taken in each month, as in Brussels, of the period."""
        taken = Counter(
            (each.company_number, f"{each.taken_at.astimezone(_BRUSSELS):%m/%Y}") for each in self.documents()
        )
        months = list(_months(start, end))
        return [
            {
                "companyNumber": f"BE{number}",
                "items": [{"period": month, "value": taken[number, month]} for month in months],
            }
            for number in self.administrations
        ]


def _months(start: date, end: date) -> Iterator[str]:
    for index in range(start.year * 12 + start.month - 1, end.year * 12 + end.month):
        yield f"{index % 12 + 1:02d}/{index // 12}"
