"""Passwords: what they must be, and their hashes."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pwdlib import PasswordHash

from api.passwords import WeakPassword, hash_beside, hash_password, insist_on_strength

LIKE = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzYWx0"


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1, max_size=200))
def test_the_same_password_has_the_same_hash_with_the_same_salt(password):
    hashed = hash_password(password, LIKE)
    assert hashed.startswith(f"{LIKE}$")
    assert hash_password(password, LIKE) == hashed
    assert hash_password(password + "x", LIKE) != hashed


def test_a_new_hash_has_a_salt_of_its_own_and_the_recommended_parameters():
    first, second = hash_password("correct horse battery"), hash_password("correct horse battery")
    assert first != second
    assert PasswordHash.recommended().verify("correct horse battery", first)
    assert not PasswordHash.recommended().current_hasher.check_needs_rehash(first)
    assert hash_password("correct horse battery", first.rpartition("$")[0]) == first


def test_a_password_is_the_same_however_its_accents_are_written():
    assert hash_password("caf\u00e9 au lait noir", LIKE) == hash_password("cafe\u0301 au lait noir", LIKE)


def test_what_is_no_hash_to_be_like_is_as_none():
    for like in ("", "nonsense", "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHRzYWx0", LIKE + "$hash"):
        assert hash_password("correct horse battery", like).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_many_at_once_all_come_to_an_end():
    async def hashes():
        return await asyncio.gather(*(hash_beside("correct horse battery", LIKE) for _ in range(20)))

    assert len(set(asyncio.run(hashes()))) == 1


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "at least 12"),
        ("eleven-char", "has 11"),
        ("An.De.Smet@Example.be", "not the name"),
        ("x1y2" * 257, "at most 1024"),
        ("abcabcabcabc", "three different"),
    ],
)
def test_a_weak_one_is_refused_with_the_reason(password, why):
    with pytest.raises(WeakPassword, match=why) as refused:
        insist_on_strength("an.de.smet@example.be", password)
    assert not password or password not in str(refused.value)


@pytest.mark.parametrize(
    "password", ["twelve chars", "correct horse battery", "ünïcödé-pässwörd", "x1y2" * 256]
)
def test_a_long_one_is_enough(password):
    insist_on_strength("an.de.smet@example.be", password)
