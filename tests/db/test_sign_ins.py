"""Sign-ins that are slowed down: by name and address together, by address, and by name, each with its limit."""

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from db import sign_ins
from db.accounts import make_account
from db.sign_ins import Family

HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA"
NAME, HOME = "an@example.be", "192.0.2.1"
IDLE = timedelta(days=30)


@pytest.fixture
def door(database_url, owner):
    """Tries to sign in as the facade does, one transaction for each."""
    with owner.begin() as connection:
        make_account(connection, NAME, "user", None, HASH)
    engine = create_engine(database_url.set(username="waybill_facade", password=None))
    serials = iter(range(10_000))

    def knock(address, hashed="$argon2id$wrong", name=NAME):
        refresh_hash = f"{next(serials):064x}"
        with engine.begin() as connection:
            return sign_ins.sign_in(connection, name, hashed, address, refresh_hash, IDLE)

    yield knock
    engine.dispose()


def wait(owner, address, name=NAME):
    with owner.begin() as connection:
        return sign_ins.challenge(connection, name, address).wait


def test_the_right_hash_signs_in(door):
    assert isinstance(door(HOME, HASH), Family)


def test_nobody_signs_in_with_a_hash_of_nothing(door):
    assert door(HOME, None) == 0
    assert door(HOME, "") == 0
    assert door(HOME, HASH, "nobody") == 0


def test_who_waits_is_not_told_whether_the_password_was_right(door):
    for _ in range(5):
        assert door(HOME) == 0
    assert 0 < door(HOME) <= 15
    assert 0 < door(HOME, HASH) <= 15


def test_tries_while_one_waits_do_not_make_it_longer(door, owner):
    for _ in range(5):
        door(HOME)
    first = wait(owner, HOME)
    for _ in range(20):
        door(HOME)
    assert wait(owner, HOME) <= first


def test_one_address_that_fails_keeps_no_other_out(door):
    for _ in range(6):
        door("198.51.100.9")
    assert isinstance(door(HOME, HASH), Family)


class TestAStrangerWhoTriesANameFromEverywhere:
    @pytest.fixture
    def attacked(self, door, owner):
        assert isinstance(door(HOME, HASH), Family)
        for number in range(20):
            assert door(f"198.51.100.{number}") == 0
        return owner

    @pytest.mark.usefixtures("attacked")
    def test_is_slowed_down_wherever_they_come_from(self, door):
        assert 0 < door("198.51.100.200") <= 60

    def test_does_not_keep_the_person_out_of_where_they_were_before(self, attacked, door):
        assert wait(attacked, HOME) == 0
        assert isinstance(door(HOME, HASH), Family)

    def test_keeps_them_out_of_elsewhere_for_a_minute_at_most(self, attacked, door):
        for number in range(50):
            with attacked.begin() as connection:
                connection.execute(text("UPDATE sign_in_throttle SET blocked_until = now()"))
            door(f"203.0.113.{number}")
        assert 0 < wait(attacked, "192.0.2.99") <= 60
        with attacked.begin() as connection:
            connection.execute(text("UPDATE sign_in_throttle SET blocked_until = now()"))
        assert isinstance(door("192.0.2.99", HASH), Family)

    def test_counts_for_a_place_that_was_left_long_ago(self, attacked):
        with attacked.begin() as connection:
            connection.execute(text("UPDATE sign_in SET created_at = now() - interval '91 days'"))
        assert 0 < wait(attacked, HOME) <= 60

    def test_leaves_other_names_alone(self, attacked):
        assert wait(attacked, "198.51.100.200", "bart@example.be") == 0


def test_an_own_account_does_not_buy_guesses_at_others(door, owner):
    with owner.begin() as connection:
        make_account(connection, "eve", "user", None, HASH)
    for number in range(20):
        assert door(HOME, name=f"guess-{number}") == 0
        if number % 4 == 0 and number < 19:
            assert isinstance(door(HOME, HASH, "eve"), Family)
    assert wait(owner, HOME, "guess-99") > 0


def test_what_was_counted_is_forgotten_after_an_hour(door, owner):
    for number in range(5):
        door(HOME, name=f"guess-{number}")
    with owner.begin() as connection:
        connection.execute(text("UPDATE sign_in_throttle SET last_failed_at = now() - interval '61 minutes'"))
    door(HOME)
    with owner.connect() as connection:
        assert connection.execute(text("SELECT max(failures) FROM sign_in_throttle")).scalar_one() == 1


def test_names_and_addresses_are_kept_as_hashes_alone(door, owner):
    door(HOME, name="AnsPassword1234")
    with owner.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM sign_in_throttle")).all())
    assert "anspassword" not in kept.lower()
    assert HOME not in kept
