"""The first half of an invoice's way: pages, checks, twins, and what is free to go on again."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from db.arrivals import CursorMoved, cursor_of, store_page, store_records
from db.checks import apply_judgements, store_verdicts, unchecked
from db.dedupe import dedupe
from db.freeing import free
from db.waypoints import Waypoint
from invoices.check import READING, CheckedDocument, could_not_check
from invoices.findings import Checked, PolicyClass
from invoices.source import Page
from tests.db.conftest import RULES_KEY
from tests.db.machine.base import LedgerBase, companies, picks, worker_index
from tests.db.machine.world import PAGES, SOURCE, garbage, read

VERDICTS = st.sampled_from(["valid"] * 6 + ["invalid", "hold", "could_not_check"])


class Arriving(LedgerBase):
    """Rules by which invoices come, are checked and are compared; each is done by one of the workers."""

    def __init__(self) -> None:
        super().__init__()
        self.cursors: list[str | None] = [None, None]
        self.pages = 0

    @rule(reader=worker_index, records=PAGES, rejected=st.booleans())
    def a_page_arrives(self, reader, records, rejected):
        garbled = [garbage(records[0].source_id)] * (rejected and len(records) > 2)
        self.pages += 1
        page = Page(tuple(records), tuple(garbled), f"page {self.pages}", has_more=True)
        with self.ledger.reading() as connection:
            stands_at = cursor_of(connection, SOURCE)
        try:
            store_page(self.ledger, self.actors[reader], SOURCE, page, self.cursors[reader])
        except CursorMoved:
            assert self.cursors[reader] != stands_at
            self.cursors[reader] = stands_at
            return
        assert self.cursors[reader] == stands_at
        self.cursors[reader] = page.next_cursor
        self.remember(records)
        self.rejected.update(each.source_id for each in garbled)

    def arrive(self, index, records):
        """One by one, as a run fetches what it missed before."""
        store_records(self.ledger, self.actors[index], SOURCE, records, [])
        self.remember(records)

    @initialize(records=PAGES)
    def there_are_records(self, records):
        self.arrive(0, records)

    @rule(index=worker_index, records=PAGES)
    def records_arrive(self, index, records):
        self.arrive(index, records)

    @rule(index=worker_index, wanted=picks, verdict=VERDICTS)
    def a_chunk_is_checked(self, index, wanted, verdict):
        self.check(index, self.chosen(wanted), verdict)

    @rule(index=worker_index)
    def all_are_checked_and_compared(self, index):
        ids = [row.id for row in self.rows()]
        self.check(index, ids, "valid")
        self.compare(index, ids, self.arrange.listed)

    def check(self, index, ids, verdict):
        """As `tasks.validate` does, with a verdict made up for documents that have none."""
        actor = self.actors[index]
        with self.ledger.reading() as connection:
            waiting = unchecked(connection, ids, RULES_KEY)
        known = {
            each.document_id: CheckedDocument(each.checked, each.facts) for each in waiting if each.checked
        }
        new = {each.document_id: self._result(each, verdict) for each in waiting if not each.checked}
        with self.ledger.transaction(actor, Waypoint.VERDICTS_STORED) as connection:
            store_verdicts(connection, new, RULES_KEY)
        self.arrange.routes = self.routes
        judged = [self.arrange.judged(each, {**known, **new}) for each in waiting]
        with self.ledger.transaction(actor, Waypoint.JUDGED) as connection:
            apply_judgements(connection, judged, RULES_KEY)

    def _result(self, waiting, verdict):
        if verdict == "could_not_check":
            return could_not_check("it hung")
        classes = {"valid": (), "invalid": (PolicyClass.STRUCTURE,), "hold": (PolicyClass.MONEY,)}[verdict]
        findings = tuple(self.arrange.finding(each) for each in classes)
        facts = self.arrange.facts(*read(self.documents[waiting.document_sha256]))
        return CheckedDocument(Checked.of(READING, findings), facts)

    @rule(index=worker_index, wanted=picks, listed=companies)
    def a_chunk_is_compared(self, index, wanted, listed):
        self.compare(index, self.chosen(wanted), listed)

    def compare(self, index, ids, listed):
        """Dedupe; what passes may be claimed by this worker from now on, soon or late."""
        with self.ledger.transaction(self.actors[index], Waypoint.DEDUPED) as connection:
            self.workers[index].passed.update(dedupe(connection, ids, listed, self.routes))

    @rule(index=worker_index, listed=companies)
    def what_is_free_goes_on(self, index, listed):
        self.set_free(index, listed)

    def set_free(self, index, listed):
        """Free, without the dedupe that follows."""
        with self.ledger.transaction(self.actors[index], Waypoint.FREED) as connection:
            free(connection, listed, self.routes)
