"""A running sandbox, emptied between tests, and callers that speak its contracts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from invoices.source import Direction
from sandbox.clearfacts.schema import SCOPES
from sandbox.records import Administration, SandboxRecord
from sandbox.serve import Sandbox

COMPANY = "0999000129"
TLS = httpx.create_ssl_context()
"""Loaded once: a client would read the certificates again, which plain HTTP never uses."""

UPLOAD = """
mutation upload($companyNumber: String, $filename: String!, $invoicetype: InvoiceTypeArgument, $comment: String) {
  uploadFile(companyNumber: $companyNumber, filename: $filename, invoicetype: $invoicetype, comment: $comment) {
    uuid
    name
    amountOfPages
  }
}
"""


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.journal.clear()
    running_sandbox.journal.keep_bodies = False
    running_sandbox.faults.clear()
    running_sandbox.feed.clear()
    running_sandbox.clearfacts.scopes = SCOPES
    running_sandbox.portal.administrations = {COMPANY: Administration(COMPANY, "Bakkerij Goudkorst BV")}
    return running_sandbox


@pytest.fixture
def java_backend(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {sandbox.java_backend_token}"}
    with httpx.Client(base_url=sandbox.java_backend_url, headers=headers, verify=TLS) as client:
        yield client


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox.control_url}/sandbox", verify=TLS) as client:
        yield client


@dataclass
class ClearfactsCaller:
    """Calls Clearfacts as the contract has it."""

    url: str
    client: httpx.Client
    upload_variables: dict[str, Any] = field(
        default_factory=lambda: {
            "companyNumber": COMPANY,
            "filename": "2026-03-14_VERKOOP_Kade_2026-0412_WB7F3K9.xml",
            "invoicetype": "SALE",
            "comment": "Ref WB-7F3K9 0a1b2c3d",
        }
    )

    def upload(
        self,
        query: str = UPLOAD,
        content: bytes = b"<Invoice/>",
        content_type: str = "application/xml",
        **variables: object,
    ) -> httpx.Response:
        form = {"query": query, "variables": json.dumps(self.upload_variables | variables)}
        file = ("invoice.xml", content, content_type)
        return self.client.post(self.url, data=form, files={"file": file})

    def ask(self, query: str, **variables: object) -> httpx.Response:
        return self.client.post(self.url, json={"query": query, "variables": variables})


@pytest.fixture
def clearfacts(sandbox: Sandbox) -> Iterator[ClearfactsCaller]:
    with httpx.Client(headers={"Authorization": f"Bearer {sandbox.clearfacts_token}"}, verify=TLS) as client:
        yield ClearfactsCaller(sandbox.clearfacts_url, client)


@pytest.fixture
def record() -> Any:
    """Makes a record for the feed."""

    def made(
        source_id: str = "A1", version: int = 1, document: bytes | None = b"<Invoice/>"
    ) -> SandboxRecord:
        return SandboxRecord(source_id, version, Direction.SALE, COMPANY, f"N-{source_id}", document)

    return made
