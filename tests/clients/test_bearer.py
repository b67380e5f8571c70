"""The token: on a request of ours, and nowhere else."""

import base64
import html
import json
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.bearer import Bearer, UnusableTokenError

TOKENS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=16, max_size=80)


def header_with(bearer):
    request = httpx.Request("GET", "http://h")
    next(bearer.auth_flow(request))
    return request.headers.get("Authorization")


def test_a_token_is_put_on_a_request():
    assert header_with(Bearer("abc")) == "Bearer abc"


def test_an_empty_token_puts_nothing_on_a_request():
    assert header_with(Bearer("")) is None


@pytest.mark.parametrize("token", ["sec ret", "secret\n", "secret\x00", "sécret", "\u2028secret"])
def test_a_token_that_http_cannot_carry_is_refused_without_being_shown(token):
    with pytest.raises(UnusableTokenError) as refusal:
        Bearer(token)
    assert "ret" not in str(refusal.value)


@given(TOKENS)
def test_a_token_is_not_in_its_representation(token):
    assert token not in repr(Bearer(token))


@given(TOKENS)
def test_every_echo_of_a_token_is_scrubbed(token):
    echoes = [token, quote(token, safe=""), html.escape(token), json.dumps(token)[1:-1]]
    echoes.append(base64.b64encode(token.encode()).decode())
    body = "\n".join(echoes).encode()
    scrubbed = Bearer(token).scrubbed(body).decode()
    assert token not in scrubbed
    assert echoes[-1] not in scrubbed


def test_without_a_token_nothing_is_scrubbed():
    assert Bearer("").scrubbed(b"abc") == b"abc"
