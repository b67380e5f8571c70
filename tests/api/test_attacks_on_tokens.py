"""The usual attacks on who calls: forged, foreign, stale and doubled credentials."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from sqlalchemy import create_engine, text

from api.tokens import Claims, NoSecret, NoToken, Signer, signer
from db.api_keys import make_key
from settings import Settings
from tests.api.conftest import serving, signed_in

SECRET = "a secret of the tests that is long enough"
KEY = SECRET.encode()
KID = sha256(KEY).hexdigest()[:16]
USERS = "/api/v1/admin/users"
JOBS = "/api/v1/jobs/00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def door(administration, postgres, template):
    """A facade whose secret the tests know, and an administrator's claims; for attacks that change nothing."""
    name = f"waybill_door_{uuid4().hex[:8]}"
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    url = postgres.set(database=name)
    owner = create_engine(url)
    with owner.begin() as connection:
        whose = Claims(*signed_in(connection, "an@example.be", "admin"))
        _, key = make_key(connection, "erp", ["jobs:read"])
    settings = Settings(
        database_url=url.render_as_string(hide_password=False),
        facade_database_url=url.set(username="waybill_facade", password=None).render_as_string(
            hide_password=False
        ),
        jwt_secret=SECRET,
    )
    said = jwt.decode(signer(settings).sign(whose), options={"verify_signature": False})
    with serving(settings) as base_url, httpx.Client(base_url=base_url, timeout=30) as client:
        yield client, said, key
    owner.dispose()
    with administration.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def claims(door):
    """What a token of the administrator says."""
    return door[1]


@pytest.fixture
def knock(door):
    """The status of a call with these credentials."""

    def knock(token=None, path=USERS, headers=None):
        sent = headers if headers is not None else {"Authorization": f"Bearer {token}"}
        answer = door[0].get(path, headers=sent)
        if answer.status_code == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["error"]["code"] == "unauthenticated"
        return answer.status_code

    return knock


@pytest.fixture
def server(serve):
    """A facade of the test's own whose secret it knows."""
    return serve(jwt_secret=SECRET)


@pytest.fixture
def admin(caller, server):
    return caller("admin", server=server, jwt_secret=SECRET)


def signed(claims, secret=KEY, **headers):
    """A token signed by hand: the library refuses to make some that an attacker would."""
    to_sign = f"{part({'alg': 'HS256', 'kid': KID, 'typ': 'at+jwt', **headers})}.{part(claims)}"
    return f"{to_sign}.{encoded(hmac.digest(secret, to_sign.encode(), 'sha256'))}"


def by_library(claims, secret, algorithm, **headers):
    return jwt.encode(claims, secret, algorithm=algorithm, headers={"kid": KID, "typ": "at+jwt", **headers})


def encoded(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def part(value):
    return encoded(json.dumps(value, default=lambda moment: int(moment.timestamp())).encode())


def test_a_token_as_the_facade_makes_it_is_let_in(knock, claims):
    assert knock(signed(claims)) == 200


class TestForgery:
    @pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None])
    def test_without_an_algorithm(self, knock, claims, algorithm):
        header = part({"alg": algorithm, "kid": KID, "typ": "at+jwt"})
        assert knock(f"{header}.{part(claims)}.") == 401
        genuine = signed(claims).rpartition(".")[2]
        assert knock(f"{header}.{part(claims)}.{genuine}") == 401

    @pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
    @pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
    def test_with_another_algorithm_and_our_secret(self, knock, claims, algorithm):
        assert knock(by_library(claims, SECRET, algorithm)) == 401

    def test_with_a_key_pair_of_the_attacker(self, knock, claims):
        key = generate_private_key(65537, 2048)
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        assert knock(by_library(claims, key, "RS256")) == 401
        assert knock(signed(claims, public)) == 401
        own = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        assert knock(by_library(claims, key, "RS256", jwk=own)) == 401
        assert knock(by_library(claims, key, "RS256", jku="https://attacker.example/keys.json")) == 401

    @pytest.mark.parametrize(
        "kid",
        [
            "another",
            "",
            "../../../../dev/null",
            "' UNION SELECT 'a secret of the attacker that is long' --",
            "0" * 16,
            KID.upper(),
            KID + "\x00",
        ],
    )
    def test_with_another_key_id(self, knock, claims, kid):
        assert knock(signed(claims, kid=kid)) == 401
        assert knock(signed(claims, b"", kid=kid)) == 401

    @pytest.mark.parametrize("kid", [None, 1, ["a"], {"a": 1}])
    def test_with_a_key_id_that_is_no_text(self, knock, claims, kid):
        assert knock(signed(claims, kid=kid)) == 401

    def test_without_a_key_id(self, knock, claims):
        to_sign = f"{part({'alg': 'HS256', 'typ': 'at+jwt'})}.{part(claims)}"
        signature = encoded(hmac.digest(SECRET.encode(), to_sign.encode(), "sha256"))
        assert knock(f"{to_sign}.{signature}") == 401

    def test_with_another_secret(self, knock, claims):
        assert knock(signed(claims, SECRET.encode() + b"!")) == 401
        assert knock(signed(claims, b"")) == 401

    def test_with_other_claims_under_a_genuine_signature(self, knock, claims):
        header, _, signature = signed(claims).split(".")
        assert knock(f"{header}.{part({**claims, 'sub': str(uuid4())})}.{signature}") == 401

    def test_of_another_kind_of_token(self, knock, claims):
        assert knock(signed(claims, typ="JWT")) == 401
        assert knock(signed(claims, typ="refresh+jwt")) == 401

    @pytest.mark.parametrize("missing", ["iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"])
    def test_without_a_claim(self, knock, claims, missing):
        assert knock(signed({name: value for name, value in claims.items() if name != missing})) == 401

    @pytest.mark.parametrize(
        "changes",
        [
            {"iss": "another"},
            {"aud": "another"},
            {"aud": ["waybill-facade", "another"]},
            {"sub": "admin"},
            {"sub": 1},
            {"sub": "00000000-0000-4000-8000-000000000001"},
            {"sid": "00000000-0000-4000-8000-000000000001"},
            {"sid": "' OR true --"},
            {"sid": None},
            {"sid": ["a"]},
            {"exp": "later"},
            {"exp": 10**30},
            {"exp": float("inf")},
            {"jti": 1},
        ],
        ids=str,
    )
    def test_with_a_claim_that_is_not_ours(self, knock, claims, changes):
        status = knock(signed({**claims, **changes}))
        # A signed time far away is ours to give: only who has the secret can.
        assert status == (200 if changes == {"exp": 10**30} else 401)

    def test_with_times_that_are_not_now(self, knock, claims):
        now = datetime.now(UTC)
        for changes in (
            {"exp": now - timedelta(seconds=1)},
            {"nbf": now + timedelta(minutes=1)},
            {"iat": now + timedelta(minutes=1)},
        ):
            assert knock(signed({**claims, **changes})) == 401

    @pytest.mark.parametrize(
        "token",
        [
            ".",
            "..",
            "....",
            "a.b.c",
            "é" * 10,
            "null",
            f"{part([])}.{part([])}.",
            f"{part({'alg': 'HS256', 'kid': KID, 'typ': 'at+jwt'})}..",
            "A" * 6000,
        ],
    )
    def test_with_rubbish(self, knock, token):
        assert knock(headers={"Authorization": f"Bearer {token}".encode("latin-1")}) == 401

    def test_with_a_token_of_any_size(self, knock, claims):
        assert knock(signed({**claims, "padding": "A" * 3000})) == 401


class TestHeaders:
    def test_two_credentials_are_one_too_many(self, knock, claims, door):
        bearer, key = ("Authorization", f"Bearer {signed(claims)}"), door[2]
        assert knock(headers=[bearer]) == 200
        assert knock(headers=[("X-API-Key", key)], path=JOBS) == 404
        assert knock(headers=[bearer, bearer]) == 401
        assert knock(headers=[bearer, ("X-API-Key", key)]) == 401
        assert knock(headers=[("X-API-Key", key), ("X-API-Key", key)]) == 401

    @pytest.mark.parametrize("scheme", ["Basic", "Token", "Bearer,", "Bearer:"])
    def test_another_scheme_is_none(self, knock, claims, scheme):
        assert knock(headers={"Authorization": f"{scheme} {signed(claims)}"}) == 401

    def test_the_scheme_is_read_in_whatever_case(self, knock, claims):
        assert knock(headers={"Authorization": f"bearer {signed(claims)}"}) == 200

    def test_what_a_gateway_might_send_lets_nobody_in(self, knock, claims):
        for name in ("X-Forwarded-User", "X-User", "X-Account", "X-Original-Authorization", "Cookie"):
            assert knock(headers={name: f"Bearer {signed(claims)}"}) == 401

    def test_a_token_in_the_address_lets_nobody_in(self, door, claims):
        token = signed(claims)
        assert door[0].get(USERS, params={"access_token": token, "token": token}).status_code == 401


class TestStaleness:
    """What was true when a token was made counts for nothing: the ledger is asked at each call."""

    def change(self, owner, statement, **parameters):
        with owner.begin() as connection:
            connection.execute(text(statement), parameters)

    def test_a_disabled_account_is_out_at_once(self, admin, caller, server, owner):
        caller("admin", server=server, jwt_secret=SECRET)
        assert admin.get(USERS).status_code == 200
        self.change(owner, "UPDATE account SET disabled_at = now() WHERE id = :id", id=admin.caller_id)
        assert admin.get(USERS).status_code == 401
        assert admin.get(JOBS).status_code == 401
        with owner.connect() as connection:
            found = connection.execute(text("SELECT kind, account_id, details FROM security_event")).all()
        # Once a minute: whoever holds such a token could fill the ledger with it.
        assert found == [("token_refused", admin.caller_id, {"why": "disabled"})]

    def test_a_sign_in_that_ended_is_over_at_once(self, admin, owner):
        self.change(owner, "UPDATE sign_in SET ended_at = now(), ended_why = 'signed_out'")
        assert admin.get(USERS).status_code == 401

    def test_a_sign_in_of_somebody_else_does_not_do(self, admin, caller, server):
        other = caller("user", server=server, jwt_secret=SECRET)
        said = said_by(admin)
        for token, status in ((signed(said), 404), (signed({**said, "sub": str(other.caller_id)}), 401)):
            assert server.get(JOBS, headers={"Authorization": f"Bearer {token}"}).status_code == status

    def test_a_role_is_lost_at_once(self, admin, caller, server, owner):
        caller("admin", server=server, jwt_secret=SECRET)
        self.change(owner, "UPDATE account SET role = 'user' WHERE id = :id", id=admin.caller_id)
        answer = admin.get(USERS)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
        assert admin.get(JOBS).status_code == 404

    def test_a_role_in_the_token_counts_for_nothing(self, caller, server):
        said = said_by(caller("user", server=server, jwt_secret=SECRET))
        assert set(said) == {"iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"}
        token = signed({**said, "role": "admin", "scope": "admin", "scopes": ["admin"]})
        assert server.get(USERS, headers={"Authorization": f"Bearer {token}"}).status_code == 403

    def test_another_password_ends_what_was_signed_in(self, admin, owner):
        self.change(owner, "UPDATE account SET password_hash = '$argon2id$other'")
        assert admin.get(USERS).status_code == 401


class TestKeys:
    def test_a_key_of_a_service_never_administers(self, caller, server):
        assert caller("service", server=server).get(USERS).status_code == 403

    @pytest.mark.parametrize(
        "key", ["wbk_", "wbk_00000000_" + "A" * 43, "wbk_' OR true --", "x", "é", "wbk_" + "A" * 5000]
    )
    def test_a_key_that_there_is_not_is_refused(self, knock, key):
        assert knock(headers={"X-API-Key": key.encode("latin-1")}) == 401
        assert knock(headers={"Authorization": f"Bearer {key}".encode("latin-1")}) == 401

    def test_a_hash_is_not_a_key(self, caller, server, owner):
        caller("service", server=server)
        with owner.connect() as connection:
            hashed, prefix = connection.execute(text("SELECT hash, prefix FROM api_key")).one()
        for guess in (hashed, prefix, f"{prefix}_", f"{prefix}_{hashed}"):
            assert server.get(JOBS, headers={"X-API-Key": guess}).status_code == 401

    @pytest.mark.parametrize(
        ("change", "why"), [("revoked_at = now()", "revoked"), ("expires_at = now()", "expired")]
    )
    def test_a_key_that_is_over_is_refused_at_once_and_noted(self, caller, server, owner, change, why):
        service = caller("service", server=server)
        assert service.get(JOBS).status_code == 404
        with owner.begin() as connection:
            connection.execute(text(f"UPDATE api_key SET {change}"))
        assert [service.get(JOBS).status_code for _ in range(2)] == [401, 401]
        with owner.connect() as connection:
            found = connection.execute(text("SELECT kind, api_key_id, details FROM security_event")).all()
        assert found == [("key_refused", service.caller_id, {"why": why})]


class TestSecrets:
    def test_production_does_not_start_without_one(self, facade_settings):
        settings = Settings(**{**facade_settings, "environment": "production"})
        with pytest.raises(NoSecret, match="WAYBILL_JWT_SECRET is not set"):
            signer(settings)
        with pytest.raises(AssertionError), serving(settings):
            pytest.fail("it started")

    @pytest.mark.parametrize("environment", ["development", "production"])
    @pytest.mark.parametrize("secret", ["hush", f"{SECRET},hush", "x" * 31])
    def test_a_short_one_is_refused_without_repeating_it(self, environment, secret):
        with pytest.raises(NoSecret, match="shorter than 32 bytes") as refused:
            signer(Settings(environment=environment, jwt_secret=secret))
        assert secret.rpartition(",")[2] not in str(refused.value)

    def test_other_commands_need_none(self):
        assert Settings(environment="production").jwt_secret.get_secret_value() == ""

    def test_elsewhere_each_process_has_its_own(self):
        made = signer(Settings())
        assert made.read(made.sign(claims_of_nobody())) == claims_of_nobody()
        (secret,) = made.secrets.values()
        assert len(secret) == 32
        with pytest.raises(NoToken):
            Signer({made.first: bytes(32)}, made.first).read(made.sign(claims_of_nobody()))

    def test_the_id_of_a_secret_does_not_give_it_away(self):
        made = signer(Settings(jwt_secret=SECRET))
        assert made.first == KID
        assert "secret" not in repr(made)
        assert made.first not in SECRET


def said_by(client):
    token = client.headers["authorization"].removeprefix("Bearer ")
    return jwt.decode(token, options={"verify_signature": False})


def claims_of_nobody():
    return Claims(UUID(int=1), UUID(int=2))
