"""What the Java backend answers: records, documents and refusals, gzipped where the caller takes it."""

import base64
import gzip
import hashlib
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.faults import Fault, FaultKind
from sandbox.java_backend.feed import Change
from sandbox.reception import RefusedCallError

FOREIGN_ORIGIN = "http://elsewhere.invalid"


def items(changes: list[Change], fault: Fault | None, *, with_documents: bool) -> list[dict[str, Any]]:
    """The records of a page; the fault may repeat a record."""
    found = []
    for change in changes:
        times = 2 if _befallen_by(fault, change) is FaultKind.REPEATED_RECORD else 1
        found += [item(change, fault, with_document=with_documents)] * times
    return found


def item(change: Change, fault: Fault | None, *, with_document: bool) -> dict[str, Any]:
    """One record; the fault may take its document away or point elsewhere for it."""
    record = change.record
    befallen_by = _befallen_by(fault, change)
    url = f"/api/v1/invoices/{quote(record.source_id, safe='')}/ubl?revision={change.revision}"
    shown: dict[str, Any] = {
        "id": record.source_id,
        "version": record.version,
        "direction": record.direction.value,
        "companyNumber": record.company_number,
        "number": record.number,
        "updatedAt": change.updated_at.isoformat().replace("+00:00", "Z"),
        "ublUrl": FOREIGN_ORIGIN + url if befallen_by is FaultKind.FOREIGN_UBL_URL else url,
    }
    if with_document and befallen_by is not FaultKind.FOREIGN_UBL_URL:
        document = None if befallen_by is FaultKind.MISSING_DOCUMENT else record.read_document()
        shown["ubl"] = None if document is None else base64.b64encode(document).decode("ascii")
    return shown | dict(record.overrides)


def _befallen_by(fault: Fault | None, change: Change) -> FaultKind | None:
    if fault is None or fault.source_id not in {None, change.record.source_id}:
        return None
    return fault.fault


def document_answer(request: Request, change: Change, fault: Fault | None) -> Response:
    """The document's bytes with their SHA-256 as ETag.

    Raises:
        RefusedCallError: There is none.
    """
    document = change.record.read_document()
    if document is None or _befallen_by(fault, change) is FaultKind.MISSING_DOCUMENT:
        raise refusal(404, "No document for this invoice")
    response = Response(document, media_type="application/xml")
    response.headers["ETag"] = f'"{hashlib.sha256(document).hexdigest()}"'
    return _gzipped(request, response)


def json_answer(request: Request, body: dict[str, Any]) -> Response:
    """A JSON answer."""
    return _gzipped(request, JSONResponse(body))


def _gzipped(request: Request, response: Response) -> Response:
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return response
    packed = gzip.compress(bytes(response.body), compresslevel=1, mtime=0)
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(packed, response.status_code, headers | {"content-encoding": "gzip"})


def refusal(status: int, reason: str) -> RefusedCallError:
    """A refusal with this status, its reason in the body."""
    return RefusedCallError(reason, JSONResponse({"status": status, "error": reason}, status))
