"""Signing in, staying signed in and signing out."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import jwt
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import text

from tests.api.conftest import PASSWORD

AUTH = "/api/v1/auth"
USERS = "/api/v1/admin/users"


@pytest.fixture
def an(caller):
    """The name of a person who may sign in with PASSWORD."""
    return caller("admin").caller_name


@pytest.fixture
def sign_in(facade, an):
    def sign_in(name=None, password=PASSWORD, client=facade):
        return client.post(f"{AUTH}/token", json={"name": name or an, "password": password})

    return sign_in


def kinds(owner, kind=None):
    with owner.connect() as connection:
        rows = connection.execute(text("SELECT kind FROM security_event ORDER BY position")).scalars()
        return [each for each in rows if kind is None or each == kind]


def refresh(client, token):
    return client.post(f"{AUTH}/refresh", json={"refresh_token": token})


def works(client, access_token):
    answer = client.get(USERS, headers={"Authorization": f"Bearer {access_token}"})
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


def fails_as(answer, status, code):
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


class TestSigningIn:
    def test_gives_tokens_that_let_the_person_in(self, facade, sign_in, owner):
        answer = sign_in()
        assert answer.status_code == 200
        tokens = answer.json()["data"]
        assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
        assert works(facade, tokens["access_token"])
        assert kinds(owner) == ["signed_in"]

    def test_takes_the_name_in_whatever_case(self, sign_in, an):
        assert sign_in(an.upper()).status_code == 200

    def test_is_not_kept_by_anything_between(self, facade, sign_in):
        for answer in (sign_in(), sign_in(password="wrong"), refresh(facade, "wbr_no")):
            assert answer.headers["cache-control"] == "no-store"

    def test_says_the_same_of_an_unknown_name_and_a_wrong_password(self, sign_in, owner):
        wrong, unknown = sign_in(password="battery horse correct"), sign_in("nobody@example.be")
        fails_as(wrong, 401, "unauthenticated")
        changing = {"timestamp", "correlation_id"}
        assert {k: v for k, v in wrong.json().items() if k not in changing} == {
            k: v for k, v in unknown.json().items() if k not in changing
        }
        assert wrong.headers["www-authenticate"] == unknown.headers["www-authenticate"] == "Bearer"
        assert kinds(owner) == ["sign_in_failed"] * 2

    def test_hashes_as_much_for_an_unknown_name_as_for_a_wrong_password(self, sign_in, monkeypatch):
        hashed = []
        original = Argon2Hasher.hash

        def observed(self, password, *, salt=None):
            result = original(self, password, salt=salt)
            hashed.append(result.rpartition("$")[0].rpartition("$")[0])
            return result

        monkeypatch.setattr(Argon2Hasher, "hash", observed)
        sign_in(password="battery horse correct")
        sign_in("nobody@example.be")
        wrong, unknown = hashed
        assert wrong == unknown
        assert wrong.startswith("$argon2id$v=19$m=65536,t=3,p=4")

    def test_is_refused_to_a_disabled_account_as_to_an_unknown_one(self, sign_in, an, caller, owner):
        caller("admin")
        with owner.begin() as connection:
            connection.execute(text("UPDATE account SET disabled_at = now() WHERE name = :an"), {"an": an})
        fails_as(sign_in(), 401, "unauthenticated")
        with owner.connect() as connection:
            assert connection.execute(text("SELECT details FROM security_event")).scalar_one() == {
                "why": "disabled"
            }

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"name": "an@example.be"},
            {"name": "an", "password": ""},
            {"name": "a\x00n", "password": PASSWORD},
            {"name": "'; DROP TABLE account; --", "password": PASSWORD},
            {"name": "an", "password": "x" * 1025},
            {"name": ["an"], "password": PASSWORD},
            {"name": "an", "password": PASSWORD, "role": "admin"},
        ],
    )
    def test_needs_a_name_and_a_password(self, facade, body):
        fails_as(facade.post(f"{AUTH}/token", json=body), 422, "invalid-request")

    def test_leaves_no_password_and_no_unknown_name_behind(self, sign_in, owner):
        sign_in("MyPasswordByMistake", "AnotherSecret")
        with owner.connect() as connection:
            kept = "".join(
                str(connection.execute(text(f"SELECT * FROM {table}")).all())
                for table in ("security_event", "sign_in_throttle", "sign_in")
            )
        assert "mypassword" not in kept.lower()
        assert "AnotherSecret" not in kept


class TestStayingSignedIn:
    def test_takes_a_refresh_token_once_and_gives_the_next(self, facade, sign_in):
        first = sign_in().json()["data"]
        second = refresh(facade, first["refresh_token"]).json()["data"]
        assert second["refresh_token"] != first["refresh_token"]
        assert works(facade, second["access_token"])
        third = refresh(facade, second["refresh_token"])
        assert third.status_code == 200

    def test_ends_for_all_when_a_refresh_token_comes_twice(self, facade, sign_in, owner):
        first = sign_in().json()["data"]
        second = refresh(facade, first["refresh_token"]).json()["data"]
        fails_as(refresh(facade, first["refresh_token"]), 401, "unauthenticated")
        fails_as(refresh(facade, second["refresh_token"]), 401, "unauthenticated")
        assert not works(facade, first["access_token"])
        assert not works(facade, second["access_token"])
        assert kinds(owner).count("refresh_token_reused") == 1

    def test_leaves_other_sign_ins_alone(self, facade, sign_in):
        stolen, other = sign_in().json()["data"], sign_in().json()["data"]
        for _ in range(2):
            refresh(facade, stolen["refresh_token"])
        assert works(facade, other["access_token"])
        assert refresh(facade, other["refresh_token"]).status_code == 200

    def test_of_two_at_the_same_moment_one_wins_and_the_sign_in_ends(self, facade, sign_in):
        for _ in range(5):
            token = sign_in().json()["data"]["refresh_token"]
            together = Barrier(2)

            def use(token=token, together=together):
                together.wait()
                return refresh(facade, token)

            with ThreadPoolExecutor(2) as pool:
                answers = [each.result() for each in [pool.submit(use), pool.submit(use)]]
            assert sorted(each.status_code for each in answers) == [200, 401]
            (winner,) = [each.json()["data"] for each in answers if each.status_code == 200]
            assert not works(facade, winner["access_token"])
            fails_as(refresh(facade, winner["refresh_token"]), 401, "unauthenticated")

    def test_ends_after_the_idle_days(self, facade, sign_in, owner):
        token = sign_in().json()["data"]["refresh_token"]
        with owner.begin() as connection:
            (days,) = connection.execute(
                text("SELECT extract(day FROM expires_at - created_at) FROM refresh_token")
            ).one()
            assert days == 30
            connection.execute(text("UPDATE refresh_token SET expires_at = now()"))
        fails_as(refresh(facade, token), 401, "unauthenticated")

    def test_lasts_as_long_as_the_setting_says(self, serve, sign_in, owner):
        sign_in(client=serve(refresh_token_days=3))
        with owner.connect() as connection:
            (days,) = connection.execute(
                text("SELECT extract(day FROM expires_at - created_at) FROM refresh_token")
            ).one()
        assert days == 3

    def test_is_refused_to_an_unknown_token(self, facade, owner):
        for token in ("wbr_unknown", "'", "\x00", "é" * 100):
            fails_as(refresh(facade, token), 401, "unauthenticated")
        assert kinds(owner) == []

    def test_forgets_tokens_that_have_expired(self, sign_in, owner):
        sign_in()
        with owner.begin() as connection:
            connection.execute(text("UPDATE refresh_token SET expires_at = now()"))
        sign_in()
        with owner.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM refresh_token")).scalar_one() == 1


class TestSigningOut:
    def test_ends_access_at_once(self, facade, sign_in, owner):
        tokens = sign_in().json()["data"]
        answer = facade.post(f"{AUTH}/logout", json={"refresh_token": tokens["refresh_token"]})
        assert (answer.status_code, answer.content) == (204, b"")
        assert not works(facade, tokens["access_token"])
        fails_as(refresh(facade, tokens["refresh_token"]), 401, "unauthenticated")
        assert kinds(owner) == ["signed_in", "signed_out", "token_refused"]

    def test_says_nothing_of_a_token_that_is_no_good(self, facade, owner):
        answer = facade.post(f"{AUTH}/logout", json={"refresh_token": "wbr_unknown"})
        assert answer.status_code == 204
        assert kinds(owner) == []

    def test_is_noted_once(self, facade, sign_in, owner):
        token = sign_in().json()["data"]["refresh_token"]
        for _ in range(2):
            facade.post(f"{AUTH}/logout", json={"refresh_token": token})
        assert kinds(owner, "signed_out") == ["signed_out"]


class TestThrottling:
    def fail(self, sign_in, times, name=None):
        return [sign_in(name, "battery horse correct").status_code for _ in range(times)]

    def test_begins_with_the_fifth_failure_and_says_when_to_come_back(self, sign_in, owner):
        assert self.fail(sign_in, 5) == [401] * 5
        answer = sign_in()
        fails_as(answer, 429, "too-many-sign-ins")
        assert 1 <= int(answer.headers["retry-after"]) <= 15
        assert kinds(owner)[-1] == "sign_in_throttled"

    def test_counts_unknown_names_alike(self, sign_in):
        assert self.fail(sign_in, 6, "nobody@example.be") == [401] * 5 + [429]

    def test_is_noted_once_a_minute(self, sign_in, owner):
        self.fail(sign_in, 10)
        assert kinds(owner, "sign_in_throttled") == ["sign_in_throttled"]

    def test_does_not_hash_while_it_lasts(self, sign_in, monkeypatch):
        self.fail(sign_in, 5)
        monkeypatch.setattr(Argon2Hasher, "hash", lambda *_, **__: pytest.fail("it was hashed"))
        assert self.fail(sign_in, 1) == [429]

    def test_waits_longer_each_time_but_not_for_ever(self, sign_in, owner):
        self.fail(sign_in, 5)
        waits = []
        for _ in range(8):
            with owner.begin() as connection:
                waits.append(
                    connection.execute(
                        text(
                            "SELECT round(extract(epoch FROM max(blocked_until - last_failed_at)))"
                            " FROM sign_in_throttle"
                        )
                    ).scalar_one()
                )
                connection.execute(text("UPDATE sign_in_throttle SET blocked_until = now()"))
            assert self.fail(sign_in, 1) == [401]
        assert waits == [15, 30, 60, 120, 240, 480, 900, 900]

    def test_ends_with_the_right_password(self, sign_in):
        self.fail(sign_in, 4)
        assert sign_in().status_code == 200
        assert self.fail(sign_in, 4) == [401] * 4
        assert sign_in().status_code == 200

    def test_forgets_after_an_hour(self, sign_in, owner):
        self.fail(sign_in, 5)
        with owner.begin() as connection:
            connection.execute(
                text(
                    "UPDATE sign_in_throttle SET last_failed_at = now() - interval '61 minutes', blocked_until = now()"
                )
            )
        assert self.fail(sign_in, 5) == [401] * 5

    def test_of_an_address_holds_for_every_name(self, sign_in):
        names = [f"guess-{number}" for number in range(10)]
        assert [self.fail(sign_in, 2, name) for name in names] == [[401, 401]] * 10
        fails_as(sign_in(), 429, "too-many-sign-ins")

    def test_counts_guesses_at_the_same_moment_one_after_the_other(self, sign_in):
        with ThreadPoolExecutor(8) as pool:
            guesses = [pool.submit(sign_in, None, f"battery horse {number}") for number in range(12)]
            statuses = [each.result().status_code for each in guesses]
        assert (statuses.count(401), statuses.count(429)) == (5, 7)


def test_tokens_of_an_older_secret_still_work_and_new_ones_are_signed_with_the_first(serve, sign_in):
    old, new = "o" * 32, "n" * 32
    before, after, later = (serve(jwt_secret=each) for each in (old, f"{new}, {old}", new))
    token = sign_in(client=before).json()["data"]["access_token"]
    assert [works(each, token) for each in (before, after, later)] == [True, True, False]
    token = sign_in(client=after).json()["data"]["access_token"]
    assert [works(each, token) for each in (before, after, later)] == [False, True, True]
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
