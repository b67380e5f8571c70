"""The facade's way into the ledger: as a role that row security binds, and for one transaction at a time."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from db.facade import FACADE_ROLE, FacadeLedger, SeesTooMuch
from db.waypoints import Waypoint, listening


@asynccontextmanager
async def opened(url):
    ledger = FacadeLedger(url)
    try:
        yield ledger
    finally:
        await ledger.close()


def ask(url, work):
    async def main():
        async with opened(url) as ledger:
            return await work(ledger)

    return asyncio.run(main())


async def who(ledger):
    async with ledger.transaction() as connection:
        return tuple((await connection.execute(text("SELECT session_user, current_user"))).one())


def test_it_acts_as_the_facades_role_whoever_logs_in(database_url):
    assert ask(database_url, who) == (database_url.username, FACADE_ROLE)
    assert ask(database_url.set(username=FACADE_ROLE), who) == (FACADE_ROLE, FACADE_ROLE)


@pytest.mark.parametrize("of_login", [True, False])
def test_the_role_of_its_own_is_bound_by_row_security(database_url, of_login):
    ask(
        database_url.set(username=FACADE_ROLE),
        lambda ledger: ledger.insist_on_row_security(of_login=of_login),
    )


def test_an_owner_that_logs_in_could_go_back_to_seeing_all(database_url):
    ask(database_url, lambda ledger: ledger.insist_on_row_security(of_login=False))
    with pytest.raises(SeesTooMuch, match="WAYBILL_FACADE_DATABASE_URL"):
        ask(database_url, lambda ledger: ledger.insist_on_row_security(of_login=True))


def test_a_role_that_sees_all_is_refused(database_url, owner, administration):
    with administration.connect() as connection:
        connection.execute(text("CREATE ROLE waybill_sees_all LOGIN BYPASSRLS"))
    try:
        with pytest.raises(SeesTooMuch, match="waybill_sees_all"):
            ask(
                database_url.set(username="waybill_sees_all"),
                lambda ledger: ledger.insist_on_row_security(of_login=False),
            )
    finally:
        with administration.connect() as connection:
            connection.execute(text("DROP ROLE waybill_sees_all"))


async def _set(ledger, waypoint):
    async with ledger.transaction(waypoint) as connection:
        await connection.execute(text("CREATE TEMPORARY TABLE IF NOT EXISTS kept (a int)"))
        await connection.execute(text("INSERT INTO kept VALUES (1)"))


def test_what_is_written_is_committed_and_reaches_its_waypoint(database_url):
    async def write(ledger):
        reached = []
        with listening(reached.append):
            await _set(ledger, Waypoint.RUN_REQUESTED)
        async with ledger.transaction() as connection:
            return reached, (await connection.execute(text("SELECT count(*) FROM kept"))).scalar_one()

    assert ask(database_url, write) == ([Waypoint.RUN_REQUESTED], 1)


async def _insert_and_raise(ledger):
    async with ledger.transaction(Waypoint.RUN_REQUESTED) as connection:
        await connection.execute(text("INSERT INTO kept VALUES (2)"))
        raise ZeroDivisionError


def test_what_raises_is_not_committed(database_url):
    async def write(ledger):
        await _set(ledger, Waypoint.RUN_REQUESTED)
        with pytest.raises(ZeroDivisionError):
            await _insert_and_raise(ledger)
        async with ledger.transaction() as connection:
            return (await connection.execute(text("SELECT count(*) FROM kept"))).scalar_one()

    assert ask(database_url, write) == 1
