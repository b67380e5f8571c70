"""What is around a facade in tests: invoices in its ledger, and a sandbox for its neighbours."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.settings import PREFECT_API_URL, temporary_settings

from db.ledger import Ledger
from sandbox.demo import DEMO_ADMINISTRATIONS, demo_records
from sandbox.serve import Sandbox
from tests.db.conftest import Arrange


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
