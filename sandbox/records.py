"""What the sandbox holds: the records of its Java backend and the companies that its Clearfacts lists."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from invoices.source import Direction


@dataclass(frozen=True, slots=True)
class SandboxRecord:
    """One version of one record.

    Attributes:
        company_number: In any usual spelling, as an ERP would have it.
        document: The document's bytes, or what makes the same bytes whenever it is called; None for none.
        updated_at: When it changed; None for the moment at which it is put into the feed.
        label: What it shows, in a few words.
        overrides: Replace fields of the record as it is served, to serve absurd ones.
    """

    source_id: str
    version: int
    direction: Direction
    company_number: str
    number: str
    document: bytes | Callable[[], bytes] | None = field(repr=False)
    updated_at: datetime | None = None
    label: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def read_document(self) -> bytes | None:
        """The document's bytes, made now where they are not stored."""
        return self.document() if callable(self.document) else self.document


@dataclass(frozen=True, slots=True)
class Administration:
    """A company whose books Clearfacts keeps; `company_number` is ten bare digits."""

    company_number: str
    name: str
    account_manager: str = "Sandbox"
    email: str = "boekhouding@example.com"

    def as_graphql(self) -> dict[str, Any]:
        """All fields of the contract's administration."""
        return {
            "name": self.name,
            "companyNumber": self.company_number,
            "accountManager": self.account_manager,
            "emails": [{"type": "INVOICES", "emailAddress": self.email}],
        }
