"""Signatures of webhooks by the Standard Webhooks scheme: made for those that go out, checked on those that come in."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER = "webhook-id", "webhook-timestamp", "webhook-signature"
SHORTEST_KEY_BYTES = 24
_PREFIX = "whsec_"
_MOST_SIGNATURES = 16
# What is signed is id, timestamp and body with full stops between them: the first two may hold none.
_ID = re.compile(r"[\x21-\x2d\x2f-\x7e]{1,128}")
_TIMESTAMP = re.compile(r"[0-9]{1,11}")
_SIGNATURE = re.compile(r"v1,[A-Za-z0-9+/]{43}=")

_NO_SIGNATURE = "No `v1` signature fits the id, the timestamp and the bytes of the body."
_WORDS = {
    "Message timestamp too old": f"`{TIMESTAMP_HEADER}` is more than 5 minutes ago: check both clocks.",
    "Message timestamp too new": f"`{TIMESTAMP_HEADER}` is more than 5 minutes ahead: check both clocks.",
}


class SignatureRefused(Exception):
    """A webhook's headers are missing or unusable, or no signature fits; the message says which."""


def keys_of(secret: str) -> tuple[bytes, ...]:
    """The keys that a setting names: base64, with or without `whsec_` before it, several separated by commas.

    Raises:
        ValueError: One is not base64, or shorter than 24 bytes; its text is not repeated.
    """
    return tuple(_key(part.strip()) for part in secret.split(","))


def _key(text: str) -> bytes:
    encoded = text.removeprefix(_PREFIX).rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a webhook secret must be base64, such as whsec_MfKQ...") from None
    if len(key) < SHORTEST_KEY_BYTES:
        raise ValueError(f"a webhook secret must have {SHORTEST_KEY_BYTES} bytes or more")
    return key


def signed(keys: Sequence[bytes], webhook_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers for `body`, with a signature by each key; `at` is in UTC."""
    content = body.decode()
    return {
        ID_HEADER: webhook_id,
        TIMESTAMP_HEADER: str(int(at.timestamp())),
        SIGNATURE_HEADER: " ".join(Webhook(key).sign(webhook_id, at, content) for key in keys),
    }


def insist_on_signature(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes) -> str:
    """The id of a webhook that somebody who has one of the keys signed in the last five minutes.

    Raises:
        SignatureRefused: A header is missing or unusable, or nothing fits.
    """
    webhook_id = _header(headers, ID_HEADER, _ID, "1 to 128 printable ASCII characters without a full stop")
    timestamp = _header(headers, TIMESTAMP_HEADER, _TIMESTAMP, "whole seconds since 1970")
    given = _header(headers, SIGNATURE_HEADER, re.compile(".*"), "signatures separated by spaces")
    # One that cannot be read must not hide one that fits.
    readable = [each for each in given.split(" ")[:_MOST_SIGNATURES] if _SIGNATURE.fullmatch(each)]
    checked = {ID_HEADER: webhook_id, TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: " ".join(readable)}
    reason = _NO_SIGNATURE
    for key in keys if readable else ():
        try:
            Webhook(key).verify(body, checked, json_parse=False)
        except WebhookVerificationError as refused:
            reason = _WORDS.get(str(refused), _NO_SIGNATURE)
        except (ValueError, OverflowError):  # a body that is not UTF-8, a year that no calendar has
            reason = _NO_SIGNATURE
        else:
            return webhook_id
    raise SignatureRefused(reason)


def _header(headers: Mapping[str, str], name: str, usable: re.Pattern[str], expected: str) -> str:
    value = headers.get(name)
    if not value:
        raise SignatureRefused(f"The header `{name}` is missing.")
    if not usable.fullmatch(value):
        raise SignatureRefused(f"The header `{name}` is not usable: it holds {expected}.")
    return value
