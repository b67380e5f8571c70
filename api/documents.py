"""Documents: the exact bytes of an invoice, as they came."""

import re
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Request, Response

from api.answers import NOT_MODIFIED, has_it_already, named_tags
from api.envelope import documented
from api.problems import InvalidRequest, NotFound, Problem, Unavailable
from api.visits import ReadsInvoices
from db.documents import kept_document_of
from db.vault import CannotDecrypt

router = APIRouter(tags=["invoices"])

# Whoever wrote the document may have meant it for a browser.
_NEVER_RENDERED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-cache",
}


class Erased(Problem):
    """The document was erased; its SHA-256 and what became of the invoice are still known."""

    status = HTTPStatus.GONE
    code = "erased"
    title = "The document was erased"


_BYTES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The bytes, as an attachment; `ETag` is their SHA-256 in hexadecimal.",
        "content": {"application/xml": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get(
    "/invoices/{invoice_id}/document",
    operation_id="readDocument",
    summary="The exact bytes of an invoice",
    response_class=Response,
    responses={**documented(NotFound, Erased, InvalidRequest, Unavailable), **NOT_MODIFIED, **_BYTES},
)
async def document(
    request: Request,
    invoice_id: UUID,
    visit: ReadsInvoices,
    if_none_match: Annotated[str | None, Header(description="An `ETag` of before.")] = None,  # noqa: ARG001
) -> Response:
    """The document as it came, byte for byte: an attachment, which no browser shows as a page of this site."""
    kept = await visit.ask(kept_document_of, invoice_id, named_tags(request))
    if kept is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    if kept.is_erased:
        raise Erased(f"The document of invoice {invoice_id} was erased; its SHA-256 was {kept.sha256}.")
    headers = {
        **_NEVER_RENDERED,
        "ETag": f'"{kept.sha256}"',
        "Content-Disposition": _attachment(kept.number, invoice_id),
    }
    if kept.content is None or has_it_already(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    try:
        content = await run_sync(visit.facade.vault.plain, kept.content, kept.key_id)
    except CannotDecrypt as cause:
        raise Unavailable(f"The document of invoice {invoice_id} cannot be had: {cause}.") from cause
    return Response(content, media_type="application/xml", headers=headers)


def _attachment(number: str | None, invoice_id: UUID) -> str:
    name = re.sub(r"[^\w.-]+", "_", number or "").strip("._-")[:80] or str(invoice_id)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._-") or str(invoice_id)
    return f"attachment; filename=\"{plain}.xml\"; filename*=UTF-8''{quote(name, safe='')}.xml"
