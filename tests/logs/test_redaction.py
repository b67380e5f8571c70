"""Redaction: nothing secret is left of any value, nested however, and what is left is JSON of a bounded size."""

import json
from collections import namedtuple
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr
from sqlalchemy import make_url

from logs.redaction import Redaction, redact
from logs.text import GONE

HUSH = "hush7f3a9c"
Pair = namedtuple("Pair", ["user", "password"])  # noqa: PYI024 - as libraries give them


@dataclass
class Account:
    name: str
    password: str


class Login(BaseModel):
    name: str
    refresh_token: str


class Shown:
    def __repr__(self):
        return f"Shown(api_key='{HUSH}')"


class Colour(StrEnum):
    RED = "red"


def refused():
    first = KeyError(f"password={HUSH}")
    first.add_note(f"token: {HUSH}")
    raise ValueError(f"Bearer {HUSH}") from first


def raised():
    try:
        refused()
    except ValueError as error:
        return error


SECRETS = st.one_of(
    st.sampled_from(
        ["password", "PassWord", "X-Api-Key", "authorization", "set_cookie", "refreshToken"]
    ).flatmap(
        lambda name: st.sampled_from(
            [
                {name: HUSH},
                {name: [HUSH, {"a": HUSH}]},
                {name.encode(): HUSH.encode()},
                (name, HUSH),
                [name.encode(), HUSH],
                f"{name}={HUSH}",
                {f"{name}={HUSH}": 1},
            ]
        )
    ),
    st.sampled_from(
        [
            f"Bearer {HUSH}",
            HUSH.encode(),
            bytearray(HUSH.encode()),
            Account("jan", HUSH),
            Login(name="jan", refresh_token=HUSH),
            Pair("jan", HUSH),
            Shown(),
            SecretStr(HUSH),
            make_url(f"postgresql://waybill:{HUSH}@db/waybill"),
            raised(),
            ExceptionGroup(f"secret={HUSH}", [raised()]),
            {f"{HUSH}@firma.example"},
        ]
    ),
)
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.decimals(),
    st.uuids(),
    st.datetimes(),
)


def nested(leaves):
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.lists(inner, max_size=4).map(tuple),
            st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), inner, max_size=4),
            inner.map(lambda value: Account(name=value, password="x")),
            inner.map(lambda value: ValueError("of", value)),
            inner.map(lambda value: Pair(value, "x")),
        ),
        max_leaves=12,
    )


@given(nested(st.one_of(SECRETS, ANYTHING)), st.text(max_size=10))
def test_no_secret_is_left_of_any_value(value, name):
    assert HUSH not in json.dumps(redact(None, "info", {"event": "x", name: value}))


@given(nested(ANYTHING))
def test_what_is_left_is_json_on_one_line(value):
    line = json.dumps(Redaction().value(value), allow_nan=False)
    assert line.isascii()
    assert line.isprintable()


def test_a_long_text_a_wide_list_and_a_deep_one_are_cut():
    deep = [deep_inside := []]
    for _ in range(10_000):
        deep_inside.append(deep_inside := [])
    said = Redaction().event({"text": "word " * 100_000, "wide": list(range(10_000)), "deep": deep})
    assert said["text"].endswith("... [500000 characters]")
    assert len(said["wide"]) == 64
    assert len(json.dumps(said["deep"])) < 100


def test_a_value_that_holds_itself_ends():
    loop = {}
    loop["again"] = loop
    assert "..." in json.dumps(Redaction().value(loop))


@pytest.mark.parametrize("word", ["word ", "\N{PILE OF POO}"])
def test_many_values_together_are_cut(word):
    assert len(json.dumps(Redaction().value([[[word * 2000] * 60] * 60] * 60))) < 300_000


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Decimal("1.50"), "1.50"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02 00:00:00+00:00"),
        (Path("/a/b"), "/a/b"),
        (Colour.RED, "red"),
        (10**400, "(a huge number)"),
        (float("inf"), "inf"),
        (b"abc", "[3 bytes]"),
        (True, True),
        (1.5, 1.5),
    ],
)
def test_plain_values_are_said_plainly(value, said):
    assert Redaction().value(value) == said


def test_objects_that_cannot_be_shown_break_nothing():
    class Broken:
        def __str__(self):
            raise RuntimeError("no")

    assert Redaction().value([Broken(), {Broken(): 1}]) == ["(unreadable Broken)", {"Broken": 1}]


def test_a_secret_that_is_not_there_is_seen_not_to_be():
    assert Redaction().value({"token": None, "password": ""}) == {"token": None, "password": GONE}


def test_a_fault_is_told_with_its_causes_and_places_but_no_values():
    [last, first] = Redaction().value(raised())
    assert (last["type"], last["message"]) == ("ValueError", f"Bearer {GONE}")
    assert (first["type"], first["message"]) == ("KeyError", f"'password={GONE}\ntoken: {GONE}")
    assert last["frames"][0].startswith(f"{__file__}:")
    assert [each.rsplit(" ", 1)[1] for each in last["frames"]] == ["raised", "refused"]


def test_a_fault_that_goes_round_or_deep_is_told_in_part():
    def fall(depth):
        if depth:
            fall(depth - 1)
        raise one

    one, two = ValueError("one"), ValueError("two")
    one.__context__, two.__context__ = two, one
    with pytest.raises(ValueError, match="one"):
        fall(200)
    told = Redaction().value(one)
    assert [each["message"] for each in told] == ["one", "two"]
    assert told[0]["frames"][0].endswith("more")
    assert len(told[0]["frames"]) == 31


def test_a_fault_without_text_is_told():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("no")

    assert Redaction().value(Mute())[0]["message"] == "(it has no text)"
