"""What the tests of `waybill check` share: documents, and what is read from its answers."""

import json

from sandbox.demo import demo_records

DEMO = {record.source_id: record.read_document() for record in demo_records() if record.version == 1}
VALID, BREAKS_SCHEMA, NOT_XML = DEMO["ERP-1001"], DEMO["ERP-1042"], DEMO["ERP-1041"]
WRONG_TOTAL = VALID.replace(b">461.18</cbc:TaxInclusiveAmount>", b">462.18</cbc:TaxInclusiveAmount>")
"""Breaks BR-CO-15 and BR-CO-16."""


def with_lines(count, unit="C62"):
    """An invoice of so many lines, each with this unit; its totals are not those of its lines."""
    start, end = VALID.index(b"<cac:InvoiceLine>"), VALID.rindex(b"</Invoice>")
    line = VALID[start : VALID.index(b"</cac:InvoiceLine>") + len(b"</cac:InvoiceLine>")]
    line = line.replace(b'unitCode="C62"', f'unitCode="{unit}"'.encode())
    return VALID[:start] + b"\n".join([line] * count) + VALID[end:]


def reports(result):
    """The objects that `--json` printed."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def verdicts(result):
    """The verdict of each file."""
    return {report["file"]: report["verdict"] for report in reports(result)}


def codes(report):
    """The ids of the rules that a file breaks."""
    return [finding["code"] for finding in report["findings"]]


def without_a_database(monkeypatch, data_dir):
    """Set nothing but where rules are kept; and no database can be reached."""
    monkeypatch.setenv("WAYBILL_DATA_DIR", str(data_dir))
    monkeypatch.setenv("WAYBILL_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nowhere")
    return monkeypatch
