"""What every part of the ledger machine shares: the ledger, its workers, the model of the world, the invariants."""

import logging
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import Engine, Row, text

from db.ledger import Actor, Ledger
from invoices.policy import Preset
from invoices.routes import Route
from tests.db.conftest import COMPANY, OTHER_COMPANY, START, Arrange
from tests.db.machine.invariants import FORCED, broken
from tests.db.machine.outside import Outside
from tests.db.machine.world import key_of

_LOG = logging.getLogger(__name__)

WORKERS = 2
PERSON = "an@example.be"

WIPE = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'
                AND tablename NOT IN ('ledger', 'transition', 'alembic_version') LOOP
        EXECUTE 'DELETE FROM ' || name;
    END LOOP;
END $$
"""

pick = st.integers(0, 5)
"""Which of some invoices or uploads: counted on in a circle, so that any number finds one."""
picks = st.lists(pick, min_size=1, max_size=4)
worker_index = st.integers(0, WORKERS - 1)
companies = st.sampled_from([frozenset({COMPANY, OTHER_COMPANY})] * 3 + [frozenset({COMPANY}), frozenset()])


@dataclass
class Worker:
    """A worker's life: its lock, whether the lock's connection was cut, and what its dedupe let pass."""

    number: int
    life: ExitStack
    cut: bool = False
    passed: set[UUID] = field(default_factory=set)


class LedgerBase(RuleBasedStateMachine):
    """The ledger between two steps; `ledger` and `owner` are of one database, wiped for each example."""

    ledger: ClassVar[Ledger]
    owner: ClassVar[Engine]

    def __init__(self) -> None:
        super().__init__()
        self._as_owner(WIPE)
        self.workers = [self._hire() for _ in range(WORKERS)]
        self.actors = [Actor(f"run {index}") for index in range(WORKERS)]
        self.arrange = Arrange(self.ledger, 0)
        self.outside = Outside()
        self.arrived: set[tuple[str, int, str]] = set()
        self.rejected: set[str] = set()
        self.documents: dict[str, bytes] = {}
        self.routes = self.arrange.routes
        self._rows: list[Row] | None = None

    def teardown(self) -> None:
        """Let the workers go."""
        for worker in self.workers:
            worker.life.close()

    @invariant()
    def nothing_is_broken(self) -> None:
        """All that `invariants` and the model say."""
        self._rows = None
        rows = self.by_id()
        found = [
            *broken(
                self.owner,
                [*(each.name for each in self.actors), PERSON, FORCED],
                self.arrived,
                self.rejected,
            ),
            *self.outside.unaccounted(rows),
            *self.outside.twice(rows),
        ]
        if found:
            # A race may not come again when hypothesis tries the sequence once more: then this is all there is.
            _LOG.error("\n".join([*found, *self._story()]))
        assert not found, "\n".join([*found, *self._story()])

    def _story(self) -> list[str]:
        """Each invoice in one line, for whoever reads a failure."""
        arrivals = {row.id: row.arrival for row in self.rows()}
        return [
            f"{row.arrival}: {row.id} {row.source_id} version {row.version}, number {row.number}, {row.state}"
            f" ({row.why}), blocked by {arrivals.get(row.blocked_by)}, override {row.override_id is not None}"
            for row in self.rows()
        ]

    def rows(self) -> list[Row]:
        """All invoices as they arrived; read once a step."""
        if self._rows is None:
            with self.owner.connect() as connection:
                query = text("SELECT * FROM invoice ORDER BY arrival")
                self._rows = list(connection.execute(query))
        return self._rows

    def by_id(self) -> dict[UUID, Row]:
        """All invoices by their ids."""
        return {row.id: row for row in self.rows()}

    def chosen(self, wanted: Iterable[int], *states: str) -> list[UUID]:
        """Some invoices, the newest first; of these states, where any are given."""
        found = [row.id for row in reversed(self.rows()) if not states or row.state in states]
        return list(dict.fromkeys(found[each % len(found)] for each in wanted)) if found else []

    def remember(self, records: Iterable) -> None:
        """These are committed: the ledger may never lose them."""
        for record in records:
            self.arrived.add(key_of(record))
            self.documents[sha256(record.document).hexdigest()] = record.document

    def _hire(self) -> Worker:
        life = ExitStack()
        return Worker(life.enter_context(self.ledger.worker()), life)

    def _as_owner(self, statement: str, **parameters: object) -> None:
        """Past the triggers, as nobody can who works for Waybill."""
        with self.owner.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(statement), parameters)

    def _route(self, *, enabled: bool = True, deliver_from: date = START, preset: Preset = Preset.BALANCED):
        self.routes = replace(self.routes, defaults=Route(enabled, deliver_from, preset))
