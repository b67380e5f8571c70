"""What is around a facade in tests: invoices in its ledger, and a sandbox for its neighbours."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import text

from db.ledger import Actor, Ledger
from db.waypoints import Waypoint
from sandbox.demo import DEMO_ADMINISTRATIONS, demo_records
from sandbox.serve import Sandbox
from tests.db.conftest import Arrange

PATIENCE_SECONDS = 20


@contextmanager
def arranging(ledger: Ledger) -> Iterator[Arrange]:
    """Builds invoices on `ledger`, as a living worker."""
    with ledger.worker() as worker:
        yield Arrange(ledger, worker)


@contextmanager
def a_sandbox() -> Iterator[Sandbox]:
    """A sandbox that offers the demo's invoices."""
    with Sandbox(demo_records(), DEMO_ADMINISTRATIONS) as running:
        yield running


def settings_of(sandbox: Sandbox) -> dict[str, str]:
    """The settings of a facade whose neighbours are those of the sandbox."""
    return {name.removeprefix("WAYBILL_").lower(): value for name, value in sandbox.environment.items()}


@contextmanager
def without_prefect() -> Iterator[None]:
    """No Prefect server is set, whichever other tests use."""
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        yield


def until(reached: Callable[[], object]) -> None:
    """Wait for what a background does by itself."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        assert time.monotonic() < ends_at
        time.sleep(0.02)


def an_invoice_that_is_superseded(ledger: Ledger) -> None:
    """By plain SQL: the shortest way to a change of the outward status, and to an event."""
    with ledger.transaction(Actor("a test"), Waypoint.DECIDED) as connection:
        connection.execute(
            text("""
                WITH p AS (
                    INSERT INTO payload (content, media_type, size, sha256)
                    VALUES ('', 'text/plain', 0, repeat('0', 64)) RETURNING id
                ), d AS (
                    INSERT INTO document (sha256, size, payload_id) SELECT repeat('0', 64), 0, id FROM p RETURNING id
                )
                INSERT INTO invoice (destination, source, source_id, version, document_id, state, why)
                SELECT 'clearfacts', 'java-backend', 'A1', 1, id, 'superseded', 'arrived_late' FROM d
            """)
        )
