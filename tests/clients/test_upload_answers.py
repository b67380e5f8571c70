"""The table of answers to an upload: a test for every row, and for what operators may add."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.answers import ROWS, Consequence, OperatorRow, Outcome, classified
from clients.evidence import Evidence, Phase, evidence_of

UUID = "5d2c1b0a-0000-4000-8000-000000000001"
TAKEN = {"data": {"uploadFile": {"uuid": UUID, "name": "a.xml", "amountOfPages": 1}}}
REFUSAL = {"errors": [{"message": "Wrong administration"}], "data": None}
BAD_TOKEN = {"errors": [{"message": "Unauthenticated."}], "data": None}
BOTH = {**TAKEN, "errors": [{"message": "Oops"}]}


def answered(status, body, retry_after=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return evidence_of(status, raw, retry_after)


CASES = [
    ("not_sent", Outcome.NOT_DELIVERED, Evidence(Phase.NOT_SENT)),
    ("no_answer", Outcome.UNKNOWN, Evidence(Phase.NO_ANSWER)),
    ("accepted", Outcome.ACCEPTED, answered(200, TAKEN)),
    ("accepted", Outcome.ACCEPTED, answered(200, {**TAKEN, "errors": []})),
    ("accepted", Outcome.ACCEPTED, answered(200, {**TAKEN, "errors": None})),
    ("graphql_errors", Outcome.REFUSED, answered(200, REFUSAL)),
    ("graphql_errors", Outcome.REFUSED, answered(200, {"errors": [{"message": "No"}]})),
    ("graphql_errors", Outcome.REFUSED, answered(200, {"errors": [{}], "data": {"uploadFile": None}})),
    (
        "graphql_errors",
        Outcome.REFUSED,
        answered(200, {"errors": [{"message": "Unauthenticated"}, {"message": "No"}]}),
    ),
    ("contradictory", Outcome.UNKNOWN, answered(200, BOTH)),
    (
        "contradictory",
        Outcome.UNKNOWN,
        answered(200, {"errors": [{}], "data": {"uploadFile": {"uuid": None}}}),
    ),
    ("contradictory", Outcome.UNKNOWN, answered(401, BOTH)),
    ("contradictory", Outcome.UNKNOWN, answered(400, TAKEN)),
    ("contradictory", Outcome.UNKNOWN, answered(500, TAKEN)),
    ("token", Outcome.NOT_DELIVERED, answered(401, b"")),
    ("token", Outcome.NOT_DELIVERED, answered(403, b"<html>")),
    ("token", Outcome.NOT_DELIVERED, answered(200, BAD_TOKEN)),
    ("token", Outcome.NOT_DELIVERED, answered(400, BAD_TOKEN)),
    ("rate_limited", Outcome.NOT_DELIVERED, answered(429, b"", 7)),
    ("rate_limited", Outcome.NOT_DELIVERED, answered(429, REFUSAL)),
    ("moved", Outcome.REFUSED, answered(301, b"")),
    ("moved", Outcome.REFUSED, answered(308, b"")),
    ("request_timeout", Outcome.UNKNOWN, answered(408, b"")),
    ("too_large", Outcome.REFUSED, answered(413, b"")),
    ("rejected", Outcome.REFUSED, answered(400, REFUSAL)),
    ("rejected", Outcome.REFUSED, answered(404, b"<html>")),
    ("rejected", Outcome.REFUSED, answered(422, b"")),
    ("server_error", Outcome.UNKNOWN, answered(500, b"")),
    ("server_error", Outcome.UNKNOWN, answered(502, b"<html>")),
    ("server_error", Outcome.UNKNOWN, answered(503, REFUSAL, 5)),
    ("server_error", Outcome.UNKNOWN, answered(504, BAD_TOKEN)),
    ("unreadable", Outcome.UNKNOWN, Evidence(Phase.ANSWERED)),
    ("unreadable", Outcome.UNKNOWN, answered(204, b"")),
    ("unreadable", Outcome.UNKNOWN, answered(799, b"")),
    *(
        ("unreadable", Outcome.UNKNOWN, answered(200, body))
        for body in (
            *(b"", b"<html>", b"null", b"[]", b"{}", b"\xff", b"[" * 5000, b"1" * 5000, b"NaN"),
            *({"data": None}, {"data": {}}, {"data": []}, {"data": {"uploadFile": {}}}),
            *(
                {"data": {"uploadFile": {"uuid": each}}}
                for each in (None, 7, "", "a b", "x" * 101, "a\0", {})
            ),
            *({**TAKEN, "errors": each} for each in ("Oops", ["Oops"], {"message": "Oops"}, 7)),
            *({"data": each, "errors": [{"message": "Oops"}]} for each in (["x"], "x", 7)),
        )
    ),
]


@pytest.mark.parametrize(("code", "outcome", "evidence"), CASES)
def test_every_kind_of_answer_has_its_meaning(code, outcome, evidence):
    row = classified(evidence)
    assert (row.code, row.outcome) == (code, outcome)


def test_every_row_of_the_table_is_reached_by_a_case():
    reached = {id(classified(evidence)) for _, _, evidence in CASES}
    unreached = [row for row in ROWS if id(row) not in reached]
    assert unreached == []


@pytest.mark.parametrize(
    "message",
    [
        "Unauthenticated.",
        "unauthorized",
        "Unauthorised!",
        "Invalid token",
        "expired token",
        "Invalid or expired token",
        "The token is invalid",
        "Token has expired",
        "invalid access token",
    ],
)
def test_an_error_that_only_says_that_the_token_is_bad_stops_the_deliveries(message):
    row = classified(answered(200, {"errors": [{"message": message}] * 2, "data": None}))
    assert (row.code, row.outcome, row.consequence) == ("token", Outcome.NOT_DELIVERED, Consequence.STOP)


@pytest.mark.parametrize(
    "message", ["", "Unauthorized administration", "Invalid token in document", "Forbidden"]
)
def test_an_error_that_says_more_than_that_is_a_refusal(message):
    assert classified(answered(200, {"errors": [{"message": message}]})).outcome is Outcome.REFUSED


def test_a_bad_token_stops_the_deliveries_and_a_rate_limit_has_them_wait():
    assert classified(answered(401, b"")).consequence is Consequence.STOP
    assert classified(answered(429, b"")).consequence is Consequence.WAIT
    assert classified(answered(413, b"")).consequence is Consequence.CONTINUE


def test_every_row_says_in_a_sentence_what_happened():
    assert all(re.fullmatch(r"[A-Z].*\.", row.meaning) for row in ROWS)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "errors", "uploadFile", "uuid", "message"]), inner, max_size=4
        )
    ),
)


@given(st.integers(100, 999), ANYTHING.map(lambda value: json.dumps(value).encode()) | st.binary())
def test_only_a_200_with_a_uuid_and_no_errors_is_ever_accepted(status, body):
    row = classified(evidence_of(status, body, None))
    if row.outcome is Outcome.ACCEPTED:
        answer = json.loads(body)
        assert status == 200
        assert not answer.get("errors")
        assert answer["data"]["uploadFile"]["uuid"]


@given(st.integers(500, 599), st.binary())
def test_a_failing_server_never_makes_an_upload_safe_to_repeat(status, body):
    assert classified(evidence_of(status, body, 1.0)).outcome is Outcome.UNKNOWN


GATEWAY = OperatorRow(Outcome.NOT_DELIVERED, status=503, retry_after=True)


def test_an_operator_may_say_that_a_503_with_retry_after_was_not_delivered():
    row = classified(answered(503, b"", 5), [GATEWAY])
    assert (row.code, row.outcome, row.consequence) == ("operator", Outcome.NOT_DELIVERED, Consequence.WAIT)


@pytest.mark.parametrize(
    "evidence",
    [
        answered(503, b""),
        answered(500, b"", 5),
        answered(503, TAKEN, 5),
        answered(503, BOTH, 5),
        Evidence(Phase.NO_ANSWER, retry_after=5),
    ],
)
def test_an_operators_row_is_for_no_other_answers_and_for_none_with_a_receipt(evidence):
    assert classified(evidence, [GATEWAY]).code != "operator"


def test_an_operator_may_go_by_a_message():
    rows = [OperatorRow(Outcome.UNKNOWN, message=re.compile("virus", re.IGNORECASE), retry_after=False)]
    assert classified(answered(200, {"errors": [{"message": "Virus scan"}]}), rows).outcome is Outcome.UNKNOWN
    assert classified(answered(404, b"<b>No virus</b>"), rows).outcome is Outcome.UNKNOWN
    assert classified(answered(404, b"<b>No</b>"), rows).outcome is Outcome.REFUSED
    assert classified(answered(404, b"virus", 5), rows).outcome is Outcome.REFUSED


def test_of_an_operators_rows_the_first_that_fits_counts():
    rows = [GATEWAY, OperatorRow(Outcome.REFUSED, status=503)]
    assert classified(answered(503, b"", 5), rows).outcome is Outcome.NOT_DELIVERED
    assert classified(answered(503, b""), rows).outcome is Outcome.REFUSED


def test_an_operator_may_never_say_that_an_upload_was_accepted():
    with pytest.raises(ValueError, match="receipt"):
        OperatorRow(Outcome.ACCEPTED, status=202)


def test_an_operators_row_must_tell_answers_apart():
    with pytest.raises(ValueError, match="apart"):
        OperatorRow(Outcome.REFUSED)
