"""The official documents of `../shared/corpora`, with what the official artefacts say of each."""

import json
import lzma
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

CORPORA = Path(os.environ.get("WAYBILL_CORPORA", Path(__file__).parents[1] / "../shared/corpora"))

_REPOSITORIES = {
    "ConnectingEurope/eInvoicing-EN16931": "b6c9e06a59812fb1a83585da40923b3678a649ad",
    "OpenPEPPOL/peppol-bis-invoice-3": "78d7f7dfa223f39f8ebd8d35c127f2690e646322",
    "oasis-tcs/ubl": "876778c2b322f23bc4a8841573424e252303cd56",
    "phax/phive-rules": "432f0e9a8cff5c03d06625abe7a5fd8e7e346a64",
}
HOW_TO_GET_THEM = (
    f"The official documents are not at {CORPORA}. To have them, check out from GitHub, into folders of these "
    f"names with + for /: {', '.join(f'{name} at {commit}' for name, commit in _REPOSITORIES.items())}; put "
    "expected-findings.jsonl and mutants.jsonl.xz beside them, and set WAYBILL_CORPORA to where they are."
)


@dataclass(frozen=True)
class OfficialDocument:
    """A document with what the official artefacts say of it.

    Attributes:
        xsd: Whether the UBL 2.1 schema takes it.
        en16931, peppol: How often each rule fails; None where the reference engine stopped with an error.
        whole: Whether it is an invoice, rather than the fragment of a unit test.
    """

    name: str
    content: bytes = field(repr=False)
    xsd: bool
    en16931: Mapping[str, int] | None = field(repr=False)
    peppol: Mapping[str, int] | None = field(repr=False)
    whole: bool


def official_documents() -> Iterator[OfficialDocument]:
    """Every example and every unit test, as `expected-findings.jsonl` lists them."""
    with (CORPORA / "expected-findings.jsonl").open(encoding="utf-8") as lines:
        for expected in map(json.loads, lines):
            file, test = CORPORA / expected["file"], expected.get("test")
            content = file.read_bytes() if test is None else _tests(file)[test]
            name = expected["file"] if test is None else f"{expected['file']} test {test}"
            yield _document(name, content, expected, whole=test is None)


def mutants() -> Iterator[OfficialDocument]:
    """Belgian invoices with small random damage."""
    with lzma.open(CORPORA / "mutants.jsonl.xz", "rt", encoding="utf-8") as lines:
        for each in map(json.loads, lines):
            yield _document(each["id"], each["document"].encode(), each, whole=True)


def _document(name: str, content: bytes, expected: Mapping[str, Any], *, whole: bool) -> OfficialDocument:
    return OfficialDocument(name, content, expected["xsd"], expected["en16931"], expected["peppol"], whole)


@lru_cache(maxsize=4)
def _tests(file: Path) -> list[bytes]:
    root = etree.parse(str(file)).getroot()
    documents = root.iterfind("{*}test/*")
    return [
        etree.tostring(each) for each in documents if etree.QName(each).localname in {"Invoice", "CreditNote"}
    ]
