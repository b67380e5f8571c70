"""Multipart forms, read back by an independent parser."""

import uuid
from email.parser import BytesParser

from hypothesis import given
from hypothesis import strategies as st

from clients.multipart import Part, form


def parsed(body):
    head = f"Content-Type: {body.content_type}\r\n\r\n".encode()
    return BytesParser().parsebytes(head + b"".join(body.pieces)).get_payload()


def test_parts_come_in_their_order_with_exactly_their_headers():
    body = form([Part("query", b"{ a }"), Part("file", b"<a/>", "a.xml", "application/xml")])
    boundary = body.content_type.partition("boundary=")[2]
    assert b"".join(body.pieces).decode() == (
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="query"\r\n'
        "\r\n"
        "{ a }\r\n"
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="file"; filename="a.xml"\r\n'
        "Content-Type: application/xml\r\n"
        "\r\n"
        "<a/>\r\n"
        f"--{boundary}--\r\n"
    )


def test_a_document_is_not_copied():
    document = bytes(1000)
    assert any(piece is document for piece in form([Part("file", document)]).pieces)


def test_a_boundary_that_a_document_holds_is_not_used(monkeypatch):
    one, other = uuid.uuid4(), uuid.uuid4()
    drawn = iter([one, other])
    monkeypatch.setattr(uuid, "uuid4", lambda: next(drawn))
    body = form([Part("file", f"--waybill-{one.hex}--".encode())])
    assert body.content_type.endswith(other.hex)


@given(st.text(st.characters(), max_size=50))
def test_no_file_name_can_break_out_of_its_header(filename):
    [part] = parsed(form([Part("file", b"x", filename)]))
    assert part.keys() == ["Content-Disposition"]
    assert part.get_param("name", header="content-disposition") == "file"
