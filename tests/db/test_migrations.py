"""Migrations: each can be taken back, and together they make the tables that the code believes in."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from db import migrate
from db.models import METADATA

REVISIONS = [each.revision for each in ScriptDirectory("migrations").walk_revisions()][::-1]

_SHAPE = """
SELECT 'column', table_name, column_name, data_type, is_nullable FROM information_schema.columns
WHERE table_schema = 'public'
UNION ALL SELECT 'index', tablename, indexname, indexdef, '' FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', c.relname, t.tgname, pg_get_triggerdef(t.oid), '' FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL SELECT 'check', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '' FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'function', proname, '', prosrc, '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


def shape(connection):
    return sorted(map(tuple, connection.execute(text(_SHAPE))))


def tables(connection):
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_migration_can_be_taken_back_and_made_again(owner, revision):
    with owner.begin() as connection:
        migrate.downgrade(connection, "base")
        assert tables(connection) == set()
        assert migrate.current(connection) is None
        migrate.upgrade(connection, revision)
        after = shape(connection)
        migrate.upgrade(connection)
        migrate.downgrade(connection, revision)
        assert migrate.current(connection) == revision
        assert shape(connection) == after


def test_down_to_nothing_and_up_again_gives_the_same_ledger(owner):
    with owner.begin() as connection:
        before = shape(connection)
        migrate.downgrade(connection, "base")
        migrate.upgrade(connection)
        assert shape(connection) == before


def test_the_tables_are_those_that_the_code_believes_in(owner):
    with owner.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        # Constraints and indexes stand in the migrations alone.
        differences = [each for each in compare_metadata(context, METADATA) if "column" in str(each[0])]
        assert differences == []
        assert tables(connection) == set(METADATA.tables)


def test_upgrading_what_is_up_to_date_changes_nothing(owner):
    with owner.begin() as connection:
        before = shape(connection)
        migrate.upgrade(connection)
        assert (migrate.current(connection), shape(connection)) == (migrate.newest(), before)
