"""What a run is to do: what it was started for, and what requests of the ledger ask of it beside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from db.requests import Taken


@dataclass(frozen=True, slots=True)
class Wanted:
    """Work for a run; ids may be named also where everything is wanted.

    Attributes:
        everything: All that can go on, and all that the source has anew.
        invoice_ids: Ledger ids.
        source_ids: Ids that the source gave, each to be fetched.
        forced: Of the ledger ids: those to check again where invalid and to release where failed.
        force_all: All that is invalid or failed.
    """

    everything: bool = False
    invoice_ids: frozenset[UUID] = frozenset()
    source_ids: frozenset[str] = frozenset()
    forced: frozenset[UUID] = frozenset()
    force_all: bool = False

    def __bool__(self) -> bool:
        return self.everything or bool(self.invoice_ids or self.source_ids)

    @classmethod
    def of(cls, invoice_ids: Sequence[UUID] | None, *, force: bool) -> "Wanted":
        """What a run's own parameters ask: named invoices, or everything."""
        if invoice_ids is None:
            return cls(everything=True, force_all=force)
        named = frozenset(invoice_ids)
        return cls(invoice_ids=named, forced=named if force else frozenset())

    @classmethod
    def by(cls, requests: Iterable[Taken]) -> "Wanted":
        """What requests ask, taken together."""
        taken = list(requests)
        return cls(
            everything=any(each.asks_for_everything for each in taken),
            invoice_ids=frozenset(name for each in taken for name in each.invoice_ids or ()),
            source_ids=frozenset(name for each in taken for name in each.source_ids or ()),
            forced=frozenset(name for each in taken if each.force for name in each.invoice_ids or ()),
        )

    def __or__(self, other: "Wanted") -> "Wanted":
        return Wanted(
            self.everything or other.everything,
            self.invoice_ids | other.invoice_ids,
            self.source_ids | other.source_ids,
            self.forced | other.forced,
            self.force_all or other.force_all,
        )
