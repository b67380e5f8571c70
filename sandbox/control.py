"""The sandbox's own controls over HTTP: journal, faults, invoices, administrations, documents and scopes.

GET    /sandbox/journal[?kind=upload]        entries, oldest first, and counts by kind and outcome
DELETE /sandbox/journal
GET    /sandbox/faults                       those in force
POST   /sandbox/faults                       a fault (see `faults.Fault`); answers it with its id
DELETE /sandbox/faults[/{id}]
GET    /sandbox/invoices                     the feed's changes, without documents
PUT    /sandbox/invoices                     a list of changes to add (see `RecordBody`)
DELETE /sandbox/invoices
POST   /sandbox/invoices/{id}/repeat         the record comes once more in the feed, unchanged
GET    /sandbox/administrations
PUT    /sandbox/administrations/{number}     {"name": ...}
DELETE /sandbox/administrations/{number}
GET    /sandbox/documents                    what Clearfacts has, oldest first
POST   /sandbox/documents                    one that came by another channel (see `DocumentBody`)
PUT    /sandbox/documents/{uuid}             {"comment": ...}, as people can change it
DELETE /sandbox/documents/{uuid}             it is lost
PUT    /sandbox/scopes                       a list of what the Clearfacts token may do
POST   /sandbox/webhooks                     the Java backend sends Waybill a signed webhook (see `WebhookBody`)
"""

import base64
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
from fastapi import Body, FastAPI, HTTPException
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from invoices.source import Direction
from sandbox.clearfacts.app import Clearfacts
from sandbox.clearfacts.portal import Portal, StoredDocument
from sandbox.clearfacts.schema import SCOPES
from sandbox.faults import Fault, Faults
from sandbox.java_backend.answers import item
from sandbox.java_backend.feed import Feed
from sandbox.java_backend.webhooks import send_webhook
from sandbox.journal import Call, Journal
from sandbox.records import Administration, SandboxRecord


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


class RecordBody(BaseModel):
    """A record as the contract has it; `overrides` replace fields as it is served, to serve absurd ones."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=128)]
    version: Annotated[int, Field(ge=1)] = 1
    direction: Direction
    companyNumber: str  # noqa: N815 - the contract's name
    number: str
    updatedAt: AwareDatetime | None = None  # noqa: N815 - the contract's name
    ubl: Annotated[bytes, BeforeValidator(_from_base64)] | None = None
    overrides: dict[str, Any] = {}

    def record(self) -> SandboxRecord:
        """The sandbox's record of it."""
        return SandboxRecord(
            source_id=self.id,
            version=self.version,
            direction=self.direction,
            company_number=self.companyNumber,
            number=self.number,
            document=self.ubl,
            updated_at=self.updatedAt,
            overrides=self.overrides,
        )


class AdministrationBody(BaseModel):
    """A company to list."""

    model_config = ConfigDict(extra="forbid")

    name: str


class DocumentBody(BaseModel):
    """A document that nobody uploaded here, but that Clearfacts has and counts."""

    model_config = ConfigDict(extra="forbid")

    companyNumber: str  # noqa: N815 - the contract's name
    invoicetype: str = "PURCHASE"
    name: str = "by-mail.pdf"
    comment: str | None = None


class CommentBody(BaseModel):
    """Another comment for a document."""

    model_config = ConfigDict(extra="forbid")

    comment: str | None


class WebhookBody(BaseModel):
    """A webhook to send to the address at which a facade takes them; without ids, all that is new."""

    model_config = ConfigDict(extra="forbid")

    url: str
    source_ids: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Controls:
    """What can be controlled."""

    journal: Journal
    faults: Faults
    feed: Feed
    portal: Portal
    clearfacts: Clearfacts
    webhook_secret: str

    def app(self) -> FastAPI:
        """The ASGI application."""
        app = FastAPI(title="Waybill sandbox", redirect_slashes=False)
        self._add_journal(app)
        self._add_faults(app)
        self._add_invoices(app)
        self._add_administrations(app)
        self._add_documents(app)
        self._add_webhooks(app)
        return app

    def _add_journal(self, app: FastAPI) -> None:
        @app.get("/sandbox/journal")
        def journal(kind: Call | None = None) -> dict[str, Any]:
            entries = [entry.as_json() for entry in self.journal.entries(kind)]
            return {"entries": entries, "counts": self.journal.counts()}

        @app.delete("/sandbox/journal", status_code=204)
        def clear_journal() -> None:
            self.journal.clear()

    def _add_faults(self, app: FastAPI) -> None:
        @app.get("/sandbox/faults")
        def faults() -> list[Fault]:
            return self.faults.in_force()

        @app.post("/sandbox/faults", status_code=201)
        def add_fault(fault: Fault) -> Fault:
            return self.faults.add(fault)

        @app.delete("/sandbox/faults", status_code=204)
        def clear_faults() -> None:
            self.faults.clear()

        @app.delete("/sandbox/faults/{fault_id}", status_code=204)
        def remove_fault(fault_id: int) -> None:
            if not self.faults.remove(fault_id):
                raise HTTPException(404, f"There is no fault {fault_id}.")

    def _add_invoices(self, app: FastAPI) -> None:
        @app.get("/sandbox/invoices")
        def changes() -> list[dict[str, Any]]:
            return [item(change, None, with_document=False) for change in self.feed.changes()]

        @app.put("/sandbox/invoices")
        def put(records: list[RecordBody]) -> list[dict[str, Any]]:
            return [item(self.feed.put(each.record()), None, with_document=False) for each in records]

        @app.delete("/sandbox/invoices", status_code=204)
        def clear() -> None:
            self.feed.clear()

        @app.post("/sandbox/invoices/{source_id:path}/repeat")
        def repeat(source_id: str) -> dict[str, Any]:
            change = self.feed.repeat(source_id)
            if change is None:
                raise HTTPException(404, f"There is no invoice {source_id}.")
            return item(change, None, with_document=False)

    def _add_administrations(self, app: FastAPI) -> None:
        @app.get("/sandbox/administrations")
        def administrations() -> list[dict[str, Any]]:
            return [each.as_graphql() for each in self.portal.administrations.values()]

        @app.put("/sandbox/administrations/{number}")
        def list_company(number: str, body: AdministrationBody) -> dict[str, Any]:
            listed = self.portal.list_company(Administration(number, body.name))
            return listed.as_graphql()

        @app.delete("/sandbox/administrations/{number}", status_code=204)
        def unlist_company(number: str) -> None:
            if not self.portal.unlist_company(number):
                raise HTTPException(404, f"{number} is not listed.")

        @app.put("/sandbox/scopes")
        def grant(scopes: Annotated[set[str], Body()]) -> list[str]:
            if not scopes <= SCOPES:
                raise HTTPException(422, f"Scopes are {', '.join(sorted(SCOPES))}.")
            self.clearfacts.scopes = frozenset(scopes)
            return sorted(scopes)

    def _add_documents(self, app: FastAPI) -> None:
        @app.get("/sandbox/documents")
        def documents() -> list[dict[str, Any]]:
            return [_shown(each) for each in self.portal.documents()]

        @app.post("/sandbox/documents", status_code=201)
        def receive(body: DocumentBody) -> dict[str, Any]:
            return _shown(self.portal.take(body.companyNumber, body.invoicetype, body.name, body.comment))

        @app.put("/sandbox/documents/{uuid}")
        def comment(uuid: str, body: CommentBody) -> dict[str, Any]:
            changed = self.portal.comment(uuid, body.comment)
            if changed is None:
                raise HTTPException(404, f"There is no document {uuid}.")
            return _shown(changed)

        @app.delete("/sandbox/documents/{uuid}", status_code=204)
        def lose(uuid: str) -> None:
            if not self.portal.lose(uuid):
                raise HTTPException(404, f"There is no document {uuid}.")

    def _add_webhooks(self, app: FastAPI) -> None:
        @app.post("/sandbox/webhooks")
        def send(body: WebhookBody) -> dict[str, Any]:
            try:
                answer = send_webhook(body.url, self.webhook_secret, body.source_ids)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise HTTPException(502, f"{body.url} gave no answer: {error}") from error
            return {"status": answer.status_code, "answer": answer.text}


def _shown(document: StoredDocument) -> dict[str, Any]:
    return {"uuid": document.uuid, "companyNumber": document.company_number, **document.as_graphql()}
