"""Patience: what the background of a facade does is done once the ledger is back, and not given up."""

import asyncio

from sqlalchemy import create_engine, text

from api.patience import patiently


def test_a_ledger_that_was_away_is_asked_again(database_url, caplog):
    gone, there = create_engine(database_url.set(database="nowhere")), create_engine(database_url)
    asked = []

    def work():
        asked.append(gone if not asked else there)
        with asked[-1].connect() as connection:
            return connection.execute(text("SELECT 1")).scalar()

    assert asyncio.run(patiently(work, "events wait")) == 1
    assert asked == [gone, there]
    assert caplog.messages == ["events wait: the ledger answered OperationalError"]
    gone.dispose()
    there.dispose()
