"""Whatever the source sends, each bad document ends in a clear finding of its own and the others go on."""

import base64
from dataclasses import replace

import pytest

from sandbox.demo import demo_records
from sandbox.journal import Call

GOOD = next(record for record in demo_records() if record.source_id == "ERP-1001")
XML = GOOD.read_document() or b""
INVOICE = b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">%s</Invoice>'

LAUGHS = b"<!DOCTYPE lolz [<!ENTITY a 'lol'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(9)
)
BAD_DOCUMENTS = {
    "billion laughs": (LAUGHS + b"]>" + INVOICE % b"&j;", "WB-DOCTYPE"),
    "external entity": (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + INVOICE % b"&e;",
        "WB-DOCTYPE",
    ),
    "another document": (b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>', "WB-ROOT"),
    "wrong encoding": (XML.replace(b"UTF-8", b"UTF-16"), "WB-ENCODING"),
    "not XML": (b"%PDF-1.7\n", "WB-XML"),
    "nothing": (b"", "WB-XML"),
    "cut off": (XML[: len(XML) // 2], "WB-XML"),
    "deep": (b"<a>" * 100_000, "WB-DEPTH"),
    "against the schema": (XML.replace(b"2026-01-12", b"12/01/2026"), "UBL-XSD"),
}


def with_attachment(size: int) -> bytes:
    """The good invoice with an embedded PDF of `size` bytes."""
    pdf = base64.b64encode(b"%PDF-1.7\n" + bytes(size))
    reference = (
        b"<cac:AdditionalDocumentReference><cbc:ID>PDF</cbc:ID><cac:Attachment>"
        b'<cbc:EmbeddedDocumentBinaryObject mimeCode="application/pdf" filename="invoice.pdf">%s'
        b"</cbc:EmbeddedDocumentBinaryObject></cac:Attachment></cac:AdditionalDocumentReference>" % pdf
    )
    return XML.replace(b"<cac:AccountingSupplierParty>", reference + b"<cac:AccountingSupplierParty>", 1)


def test_each_bad_document_is_invalid_with_its_finding_and_the_good_one_is_sent(sandbox, run_job, rows):
    for name, (document, _) in BAD_DOCUMENTS.items():
        sandbox.feed.put(replace(GOOD, source_id=name, document=document, updated_at=None))
    sandbox.feed.put(replace(GOOD, updated_at=None))

    report = run_job()

    found = {row["source_id"]: row for row in rows()}
    assert found.pop(GOOD.source_id)["state"] == "sent"
    assert {row["state"] for row in found.values()} == {"invalid"}
    assert {name: row["findings"][0]["code"] for name, row in found.items()} == {
        name: code for name, (_, code) in BAD_DOCUMENTS.items()
    }
    assert report.state == "needs_person"


def test_a_document_beyond_a_limit_could_not_be_checked_and_after_three_runs_waits_for_a_person(
    sandbox, run_job, rows
):
    sandbox.feed.put(
        replace(GOOD, source_id="huge", document=b"<a>" + b"<b/>" * 600_000 + b"</a>", updated_at=None)
    )
    for expected in ("could_not_check", "could_not_check", "held"):
        run_job()
        (row,) = rows()
        assert row["state"] == expected
    assert row["findings"][0]["code"] == "WB-ELEMENTS"


def test_a_20_mb_pdf_inside_is_forwarded(sandbox, run_job, states):
    sandbox.feed.put(replace(GOOD, document=with_attachment(20_000_000), updated_at=None))

    run_job()

    assert states() == {"sent": 1}


def test_a_document_beyond_the_limit_is_a_rejected_record(sandbox, run_job, states):
    sandbox.feed.put(replace(GOOD, source_id="too large", document=b" " * 50_000_000, updated_at=None))
    sandbox.feed.put(replace(GOOD, updated_at=None))

    report = run_job()

    assert report.counts["rejected_records"] == 1
    assert states() == {"sent": 1}


@pytest.mark.parametrize(
    "overrides",
    [
        {"id": "x" * 200},
        {"version": 0},
        {"version": "two"},
        {"direction": "SIDEWAYS"},
        {"companyNumber": "BE0123.456.788"},
        {"companyNumber": None},
        {"number": "A\x00B"},
        {"updatedAt": "yesterday"},
        {"ublUrl": "http://elsewhere.invalid/x", "ubl": None},
    ],
    ids=str,
)
def test_an_absurd_record_is_kept_as_rejected_and_does_not_stop_the_page(
    sandbox, run_job, states, ledger, overrides
):
    sandbox.feed.put(replace(GOOD, source_id="absurd", overrides=overrides, updated_at=None))
    sandbox.feed.put(replace(GOOD, updated_at=None))

    report = run_job()

    assert report.counts["fetched"] == 2
    assert report.counts["rejected_records"] == 1
    assert states() == {"sent": 1}
    assert len(sandbox.journal.entries(Call.UPLOAD)) == 1
