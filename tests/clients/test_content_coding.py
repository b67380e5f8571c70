"""Compressed answers: whole, in members, cut off, damaged, and far larger than they look."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.content_coding import decoded
from clients.errors import AnswerGarbled


def chunked(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(
    st.lists(st.binary(max_size=300), min_size=1, max_size=3),
    st.integers(1, 50),
    st.sampled_from(["gzip", "x-gzip", " GZIP "]),
)
def test_gzip_is_undone_however_it_is_cut_into_chunks_and_members(members, size, coding):
    packed = b"".join(map(gzip.compress, members))
    assert b"".join(decoded(chunked(packed, size), coding)) == b"".join(members)


@given(st.binary(), st.sampled_from(["", "identity"]))
def test_a_body_without_coding_passes_unchanged(body, coding):
    assert b"".join(decoded([body], coding)) == body


@given(st.binary(min_size=1), st.data())
def test_gzip_that_is_cut_off_anywhere_is_never_taken_for_whole(body, data):
    packed = gzip.compress(body)
    cut = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(AnswerGarbled):
        list(decoded([packed[:cut]], "gzip"))


@pytest.mark.parametrize(
    "body",
    [b"<html>", gzip.compress(b"x") + b"trailing", gzip.compress(b"x" * 99)[:-8] + b"\0" * 8],
    ids=["html", "something after it", "a wrong checksum"],
)
def test_what_says_it_is_gzip_and_is_not_is_garbled(body):
    with pytest.raises(AnswerGarbled):
        list(decoded([body], "gzip"))


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "nonsense"])
def test_a_coding_that_was_not_asked_for_is_garbled(coding):
    with pytest.raises(AnswerGarbled):
        decoded([b""], coding)


def test_a_gzip_bomb_comes_in_small_pieces():
    bomb = gzip.compress(bytes(8 * 1024 * 1024))
    pieces = decoded([bomb], "gzip")
    assert max(len(next(pieces)) for _ in range(4)) <= 64 * 1024
