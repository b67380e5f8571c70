"""Signatures of webhooks: whatever is altered, stale, foreign or rubbish is refused, and in words."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.webhook_signature import SignatureRefused, insist_on_signature, keys_of, signed

KEY, OTHER_KEY = bytes(range(32)), bytes(range(32, 64))
BODY = '{"type": "invoices.changed", "é": 1}'.encode()


def now():
    return datetime.now(UTC)


def headers_for(body=BODY, keys=(KEY,), webhook_id="msg_1", at=None, **altered):
    made = signed(keys, webhook_id, at or now(), body)
    return {**made, **{f"webhook-{name}": value for name, value in altered.items()}}


def test_what_is_signed_is_let_through():
    assert insist_on_signature([KEY], headers_for(), BODY) == "msg_1"


def test_one_of_several_signatures_is_enough():
    (mine,) = (headers_for()["webhook-signature"],)
    given_ = headers_for(signature=f"v1a,xx rubbish v1,{'A' * 43}= {mine}")
    assert insist_on_signature([KEY], given_, BODY) == "msg_1"


def test_one_of_several_keys_is_enough():
    assert insist_on_signature([OTHER_KEY, KEY], headers_for(), BODY) == "msg_1"
    assert insist_on_signature([KEY], headers_for(keys=(OTHER_KEY, KEY)), BODY) == "msg_1"


@pytest.mark.parametrize(
    ("altered", "words"),
    [
        ({"id": ""}, "`webhook-id` is missing"),
        ({"timestamp": ""}, "`webhook-timestamp` is missing"),
        ({"signature": ""}, "`webhook-signature` is missing"),
        ({"id": "msg.1"}, "without a full stop"),
        ({"id": "msg\x001"}, "printable"),
        ({"id": "m" * 129}, "1 to 128"),
        ({"timestamp": "soon"}, "whole seconds"),
        ({"timestamp": "1e9"}, "whole seconds"),
        ({"timestamp": "99999999999"}, "ahead"),
        ({"id": "msg_2"}, "No `v1` signature"),
        ({"signature": "v2,AAAA"}, "No `v1` signature"),
        ({"signature": f"v1,{'A' * 43}="}, "No `v1` signature"),
        ({"signature": "v1,%%%"}, "No `v1` signature"),
        ({"signature": "é"}, "No `v1` signature"),
    ],
)
def test_what_does_not_hold_is_refused_in_words(altered, words):
    with pytest.raises(SignatureRefused, match=words):
        insist_on_signature([KEY], headers_for(**altered), BODY)


@pytest.mark.parametrize(
    ("minutes", "words"), [(-6, "more than 5 minutes ago"), (6, "more than 5 minutes ahead")]
)
def test_a_clock_that_is_far_off_is_named(minutes, words):
    with pytest.raises(SignatureRefused, match=words):
        insist_on_signature([KEY], headers_for(at=now() + timedelta(minutes=minutes)), BODY)


def test_five_minutes_are_tolerated():
    for minutes in (-4, 4):
        assert insist_on_signature([KEY], headers_for(at=now() + timedelta(minutes=minutes)), BODY)


def test_an_altered_body_is_refused():
    with pytest.raises(SignatureRefused, match="No `v1` signature"):
        insist_on_signature([KEY], headers_for(), BODY + b" ")


def test_a_body_that_is_not_utf8_is_refused():
    with pytest.raises(SignatureRefused, match="No `v1` signature"):
        insist_on_signature([KEY], headers_for(), b"\xff")


@given(st.text(), st.text(), st.text(), st.binary())
def test_rubbish_is_refused_and_nothing_else_is_raised(webhook_id, timestamp, signature, body):
    headers = {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
    with pytest.raises(SignatureRefused):
        insist_on_signature([KEY], headers, body)


class TestSecrets:
    def test_are_base64_with_or_without_the_prefix_and_the_padding(self):
        encoded = base64.b64encode(KEY).decode()
        assert keys_of(f"whsec_{encoded}, {encoded.rstrip('=')}") == (KEY, KEY)

    @pytest.mark.parametrize("secret", ["", "whsec_", "whsec_%%%", "whsec_c2hvcnQ=", "é", "a,b"])
    def test_that_are_short_or_no_base64_are_not_repeated(self, secret):
        with pytest.raises(ValueError, match="a webhook secret must") as refused:
            keys_of(secret)
        assert "c2hvcnQ" not in str(refused.value)
