"""`waybill user`: people who may call the facade; the first administrator is made here."""

import pytest
from sqlalchemy import text

from api.passwords import hash_password

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _own_ledger(settings, database_url):
    settings.setenv("WAYBILL_DATABASE_URL", database_url.render_as_string(hide_password=False))


@pytest.fixture
def add(waybill):
    def add(name, *options, password=PASSWORD):
        return waybill(
            "user", "add", name, *(options or ("--role", "user")), "--password-stdin", input=password
        )

    return add


def events(owner):
    with owner.connect() as connection:
        return connection.execute(
            text("SELECT kind, actor, details FROM security_event ORDER BY position")
        ).all()


def shown(waybill):
    return [
        (row["name"], row["role"], row["companies"], row["disabled_at"] is not None)
        for row in waybill.rows("user", "list")
    ]


def test_accounts_are_added_and_listed(waybill, add, owner):
    assert add("an@example.be", "--role", "admin").exit_code == 0
    assert (
        add("bart", "--role", "user", "--company", "BE 0999.000.129", "--company", "0403019261").exit_code
        == 0
    )
    assert shown(waybill) == [
        ("an@example.be", "admin", None, False),
        ("bart", "user", ["0403019261", "0999000129"], False),
    ]
    people = waybill("user", "list").stdout
    assert "0403019261" in people
    assert "all" in people
    (first, second) = events(owner)
    assert first.kind == "account_made"
    assert first.actor.endswith("(waybill user)")
    assert second.details == {"name": "bart", "role": "user", "companies": ["0403019261", "0999000129"]}


def test_the_password_is_kept_as_an_argon2_hash(add, owner):
    add("an@example.be")
    with owner.connect() as connection:
        kept = connection.execute(text("SELECT password_hash FROM account")).scalar_one()
    assert kept.startswith("$argon2id$")
    assert hash_password(PASSWORD, kept.rpartition("$")[0]) == kept


def test_a_password_is_asked_for_twice_and_not_shown(waybill):
    made = waybill("user", "add", "an@example.be", "--role", "admin", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert made.exit_code == 0
    assert PASSWORD not in made.stdout + made.stderr
    differing = waybill("user", "add", "bart", "--role", "user", input=f"{PASSWORD}\nother\n")
    assert differing.exit_code != 0
    assert [name for name, *_ in shown(waybill)] == ["an@example.be"]


@pytest.mark.parametrize(
    ("name", "options", "password", "why"),
    [
        ("AN@example.be", (), PASSWORD, "of this name already"),
        ("bart", (), "short", "at least 12"),
        ("bart.van.de.velde", (), "Bart.Van.De.Velde", "not the name"),
        ("bart.van.de.velde@example.be", (), "bart.van.de.velde", "not the name"),
        ("bart", (), "aaaaaaaaaaaa", "three different"),
        ("bart", (), "x1y2" * 300, "at most"),
        ("b", (), PASSWORD, "2 to 128"),
        ("bart and an", (), PASSWORD, "2 to 128"),
        ("bart", ("--role", "admin", "--company", "0403019261"), PASSWORD, "sees every company"),
        ("bart", ("--role", "user", "--company", "12"), PASSWORD, "enterprise number"),
        ("bart", ("--role", "service"), PASSWORD, "--role"),
    ],
)
def test_what_cannot_be_an_account_is_refused_with_the_reason(waybill, add, name, options, password, why):
    add("an@example.be")
    refused = add(name, *options, password=password)
    assert refused.exit_code == 2
    assert why in " ".join(refused.stderr.split())
    assert [each for each, *_ in shown(waybill)] == ["an@example.be"]


def test_a_disabled_account_stays_listed_and_is_disabled_once(waybill, add, owner):
    add("an@example.be")
    assert waybill("user", "disable", "An@Example.be").exit_code == 0
    assert shown(waybill) == [("an@example.be", "user", None, True)]
    again = waybill("user", "disable", "an@example.be")
    assert again.exit_code == 2
    assert "disabled already" in again.stderr
    assert [each.kind for each in events(owner)] == ["account_made", "account_disabled"]


def test_a_disabled_account_is_let_in_again_once(waybill, add, owner):
    add("an@example.be")
    waybill("user", "disable", "an@example.be")
    assert waybill("user", "enable", "An@Example.be").exit_code == 0
    assert shown(waybill) == [("an@example.be", "user", None, False)]
    again = waybill("user", "enable", "an@example.be")
    assert (again.exit_code, "not disabled" in again.stderr) == (2, True)
    assert events(owner)[-1].kind == "account_enabled"


def test_the_last_administrator_cannot_be_disabled(waybill, add):
    add("an@example.be", "--role", "admin")
    refused = waybill("user", "disable", "an@example.be")
    assert refused.exit_code == 2
    assert "last administrator" in refused.stderr
    add("bart", "--role", "admin")
    assert waybill("user", "disable", "an@example.be").exit_code == 0


def test_another_password_ends_the_sign_ins(waybill, add, owner):
    add("an@example.be")
    with owner.begin() as connection:
        connection.execute(text("INSERT INTO sign_in (account_id) SELECT id FROM account"))
    changed = waybill("user", "password", "an@example.be", "--password-stdin", input="battery horse correct")
    assert changed.exit_code == 0
    with owner.connect() as connection:
        assert connection.execute(text("SELECT ended_why FROM sign_in")).scalar_one() == "password_changed"
    assert events(owner)[-1].kind == "password_changed"


@pytest.mark.parametrize("command", ["disable", "enable", "password"])
def test_a_name_that_nobody_has_is_said(waybill, command):
    options = ("--password-stdin",) if command == "password" else ()
    result = waybill("user", command, "nobody", *options, input=PASSWORD)
    assert result.exit_code == 2
    assert "no account nobody" in result.stderr


def test_without_a_command_it_explains_itself(waybill):
    assert "People who may call the facade" in waybill("user").output
