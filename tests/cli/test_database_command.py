"""`waybill db`, and what any command says of a database or a setting that cannot be used."""

import pytest
from sqlalchemy import text

from db import migrate


@pytest.fixture(autouse=True)
def _own_ledger(settings, database_url):
    settings.setenv("WAYBILL_DATABASE_URL", database_url.render_as_string(hide_password=False))


def revision(owner):
    with owner.connect() as connection:
        return migrate.current(connection)


def tables(owner):
    with owner.connect() as connection:
        query = text(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        return connection.execute(query).scalar_one()


def test_the_schema_goes_down_and_up_again(waybill, owner):
    down = waybill("db", "downgrade", "base", "--yes")
    assert (down.exit_code, revision(owner), tables(owner)) == (0, None, 0)
    up = waybill("db", "upgrade")
    assert (up.exit_code, revision(owner)) == (0, migrate.newest())
    assert up.stdout == f"The ledger is at revision {migrate.newest()}.\n"


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_without_a_yes_nothing_is_taken_back(waybill, owner, answer):
    result = waybill("db", "downgrade", "base", input=answer)
    assert result.exit_code != 0
    assert revision(owner) == migrate.newest()


def test_a_yes_at_the_question_will_do(waybill, owner):
    assert waybill("db", "downgrade", "base", input="y\n").exit_code == 0
    assert revision(owner) is None


def test_an_unknown_revision_is_said_and_nothing_changes(waybill, owner):
    result = waybill("db", "downgrade", "9999", "--yes")
    assert result.exit_code == 2
    assert "9999" in result.stderr
    assert revision(owner) == migrate.newest()


class TestWhatCannotBeUsed:
    def test_a_database_that_is_away(self, waybill, settings):
        settings.setenv("WAYBILL_DATABASE_URL", "postgresql://an:hush@127.0.0.1:9/waybill")
        result = waybill("invoices")
        assert result.exit_code == 2
        assert "Check WAYBILL_DATABASE_URL." in " ".join(result.stderr.split())
        assert "hush" not in result.stderr

    @pytest.mark.parametrize(
        "url", ["a database, please", "sqlite:///hush.db", "postgresql://an:hush@db:port/waybill"]
    )
    def test_an_address_that_is_none_of_postgresql(self, waybill, settings, url):
        settings.setenv("WAYBILL_DATABASE_URL", url)
        result = waybill("jobs")
        assert result.exit_code == 2
        assert "WAYBILL_DATABASE_URL" in result.stderr
        assert "hush" not in result.stderr

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("WAYBILL_CHUNK_SIZE", "0", "WAYBILL_CHUNK_SIZE: Input should be greater than or equal to 1"),
            (
                "WAYBILL_CLEARFACTS_URL",
                "https://an:hush@api",
                "WAYBILL_CLEARFACTS_URL: must not carry a user name",
            ),
            (
                "WAYBILL_SOURCE",
                "folder",
                "WAYBILL_SOURCE is folder, so WAYBILL_FOLDER_PATH must say which one",
            ),
            ("WAYBILL_CLEARFACTS_ANSWERS", "not JSON", "clearfacts_answers"),
            (
                "WAYBILL_CLEARFACTS_ANSWERS",
                '[{"status": 503, "outcome": "accepted"}]',
                "WAYBILL_CLEARFACTS_ANSWERS, 0, outcome: Input should be",
            ),
        ],
    )
    def test_a_setting_is_named_and_its_value_not_repeated(self, waybill, settings, name, value, said):
        settings.setenv(name, value)
        result = waybill("invoices")
        assert result.exit_code == 2
        assert said in " ".join(result.stderr.split())
        assert "hush" not in result.stderr
