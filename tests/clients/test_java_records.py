"""One item of the Java backend's feed, as it should be and as it should not."""

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.java_records import BadRecordError, checked, is_source_id, rejected
from invoices.findings import PolicyClass, Severity
from invoices.source import Direction

CAP = 1000
GOOD = {
    "id": "INV-1",
    "version": 1,
    "direction": "SALE",
    "companyNumber": "BE 0123.456.749",
    "number": "2026/0412",
    "updatedAt": "2026-03-14T10:26:53+01:00",
    "ublUrl": "/api/v1/invoices/INV-1/ubl",
    "ubl": base64.b64encode(b"<Invoice/>").decode(),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def finding_of(**changed):
    with pytest.raises(BadRecordError) as error:
        checked({**GOOD, **changed}, CAP)
    return error.value.finding


def test_a_good_record_is_read_whole():
    item = checked(GOOD, CAP)
    assert (item.source_id, item.version, item.direction) == ("INV-1", 1, Direction.SALE)
    assert (item.company_number, item.number) == ("0123456749", "2026/0412")
    assert item.updated_at == datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
    assert (item.inline, item.url) == (b"<Invoice/>", "/api/v1/invoices/INV-1/ubl")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("id", [None, 7, "", "  ", "x" * 129, "a\0b", "a\nb", "a\x85b", "\ud800"]),
        ("version", [None, 0, -1, True, 1.0, "1", 2**31, [1]]),
        ("direction", [None, "", "sale", "BOTH", 1, ["SALE"], {}]),
        ("companyNumber", [None, 123456749, "", "0123456748", "BE", "0123\0456749", "\ud800"]),
        ("number", [None, 412, "a\0b", "\udc00", "x" * 257]),
        (
            "updatedAt",
            [
                *(None, 0, "", "yesterday", "2026-03-14", "2026-03-14T10:26:53", "2026-13-14T10:26:53Z"),
                *("0001-01-01T00:00:00+23:59", "2026-03-14T10:26:60Z", "\uff12026-03-14T10:26:53Z"),
            ],
        ),
    ],
)
def test_a_bad_field_is_named_with_what_was_found_and_how_to_fix_it(field, values):
    for value in values:
        finding = finding_of(**{field: value})
        assert finding.code == "WB-RECORD-FIELD"
        assert finding.message.startswith(field)
        assert (finding.severity, finding.policy_class) == (Severity.FATAL, PolicyClass.STRUCTURE)
        assert finding.found
        assert finding.expected
        assert finding.fix


@pytest.mark.parametrize("item", [None, 1, "x", [], [GOOD]])
def test_an_item_that_is_not_an_object_is_a_bad_record(item):
    with pytest.raises(BadRecordError) as error:
        checked(item, CAP)
    assert rejected(item, error.value).source_id is None


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-14T09:26:53Z",
        "2026-03-14t09:26:53z",
        "2026-03-14T09:26:53.123456789Z",
        "2026-03-14 10:26:53+01:00",
    ],
)
def test_every_form_of_a_date_time_is_read_as_utc(text):
    assert checked({**GOOD, "updatedAt": text}, CAP).updated_at.replace(microsecond=0) == datetime(
        2026, 3, 14, 9, 26, 53, tzinfo=UTC
    )


@pytest.mark.parametrize("ubl", [None, 7, [], "not base64!", "abc", "é", "A===", "-_-_"])
def test_a_document_that_is_not_base64_is_left_to_its_url(ubl):
    assert checked({**GOOD, "ubl": ubl}, CAP).inline is None


@given(st.binary(max_size=CAP))
def test_a_document_is_read_exactly_with_or_without_line_breaks(document):
    plain, mime = base64.b64encode(document).decode(), base64.encodebytes(document).decode()
    assert checked({**GOOD, "ubl": plain}, CAP).inline == document
    assert checked({**GOOD, "ubl": mime.replace("\n", "\r\n")}, CAP).inline == document


@pytest.mark.parametrize("size", [CAP + 1, CAP + 2, CAP + 3])
def test_a_document_over_the_cap_is_refused_and_not_kept(size):
    item = {**GOOD, "ubl": base64.b64encode(bytes(size)).decode()}
    with pytest.raises(BadRecordError) as error:
        checked(item, CAP)
    record = rejected(item, error.value)
    assert record.finding.code == "WB-RECORD-SIZE"
    assert json.loads(record.raw) == {**item, "ubl": None}


def test_a_rejected_record_keeps_its_bytes_and_what_can_be_read_of_it():
    item = {**GOOD, "number": "a\0\ud800b"}
    with pytest.raises(BadRecordError) as error:
        checked(item, CAP)
    record = rejected(item, error.value)
    assert json.loads(record.raw) == item
    assert (record.source_id, record.version, record.retryable) == ("INV-1", 1, False)


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), JSON))
def test_whatever_the_fields_hold_the_record_is_storable_or_rejected_with_storable_words(changed):
    item = {**GOOD, **changed}
    try:
        fields = checked(item, CAP)
    except BadRecordError as error:
        record = rejected(item, error)
        texts = [value for value in record.finding.as_json().values() if value is not None]
        texts.append(record.source_id or "")
    else:
        texts = [fields.source_id, fields.company_number, fields.number]
    for text in texts:
        assert "\0" not in text
        text.encode()


@pytest.mark.parametrize(
    ("text", "possible"), [("a/b ../c", True), ("é" * 128, True), ("", False), ("\n", False)]
)
def test_what_can_be_an_id_is_known(text, possible):
    assert is_source_id(text) is possible
