"""Invoices: lists of them, the history of what happened, and one with all that is known of it."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from api.answers import NOT_MODIFIED, success
from api.envelope import Success, documented
from api.invoice_models import HistoryQuery, InvoiceDetail, InvoicePage, ListQuery
from api.languages import preferred_language
from api.paging import Bookmarks, InvalidCursor
from api.problems import InvalidRequest, NotFound
from api.visits import ReadsInvoices, Visit
from db.details import NEAR_DUPLICATE, Detail, invoice_detail
from db.listing import Key, Sort, Wanted, invoice_page, usable_key
from db.search import Search
from invoices.explain import Language, explained
from invoices.findings import Finding
from invoices.why import SENTENCES, Why
from invoices.words import search_for, search_for_supplier

router = APIRouter(tags=["invoices"])

IfNoneMatch = Annotated[str | None, Header(description="An `ETag` of before: 304 where nothing has changed.")]


@router.get(
    "/invoices",
    operation_id="listInvoices",
    summary="Invoices, a page at a time",
    response_model=Success[InvoicePage],
    responses={**documented(InvalidRequest, InvalidCursor), **NOT_MODIFIED},
)
async def invoices(
    request: Request,
    visit: ReadsInvoices,
    query: Annotated[ListQuery, Query()],
    if_none_match: IfNoneMatch = None,  # noqa: ARG001 - documented here, read where it is answered
) -> Response:
    """Invoices that the caller may see, filtered and sorted; those received last first unless asked otherwise.

    A page ends with `next_cursor`: give it back as `cursor`, with the same filters and sort, for the page after it.
    """
    return await _page(request, visit, query)


@router.get(
    "/invoices/history",
    operation_id="listHistory",
    summary="What happened last",
    response_model=Success[InvoicePage],
    responses={**documented(InvalidRequest, InvalidCursor), **NOT_MODIFIED},
)
async def history(
    request: Request,
    visit: ReadsInvoices,
    query: Annotated[HistoryQuery, Query()],
    if_none_match: IfNoneMatch = None,  # noqa: ARG001 - documented here, read where it is answered
) -> Response:
    """The same invoices, in every state, by the last time that something happened to them; the last first."""
    return await _page(request, visit, query)


async def _page(request: Request, visit: Visit, query: ListQuery | HistoryQuery) -> Response:
    chosen = query.model_dump(mode="json", exclude={"cursor", "limit"})
    bookmarks = Bookmarks((visit.caller.id, request.url.path, json.dumps(chosen, sort_keys=True)))
    page = await visit.ask(invoice_page, _wanted(visit, query, bookmarks))
    cursor = None if page.next is None else bookmarks.cursor(page.next)
    data = f'{{"items":[{page.items}],"count":{page.count},"next_cursor":{json.dumps(cursor)}}}'
    return success(request, data.encode(), f"{page.count} invoice{'' if page.count == 1 else 's'}.")


def _wanted(visit: Visit, query: ListQuery | HistoryQuery, bookmarks: Bookmarks) -> Wanted:
    sort = Sort(query.sort.removeprefix("-"))
    return Wanted(
        seen=visit.caller.companies,
        states=query.states(),
        company_number=query.company,
        direction=query.direction,
        currency=query.currency,
        number=query.number,
        issued_from=query.issued_from,
        issued_until=query.issued_until,
        amount_min=None if query.amount_min is None else Decimal(query.amount_min),
        amount_max=None if query.amount_max is None else Decimal(query.amount_max),
        job=query.job,
        search=_search(query),
        sort=sort,
        descending=query.sort.startswith("-"),
        limit=query.limit,
        after=None if query.cursor is None else _after(sort, bookmarks.place(query.cursor)),
    )


def _search(query: ListQuery | HistoryQuery) -> Search | None:
    if query.text is None and query.supplier is None:
        return None
    asked = [] if query.text is None else [search_for(query.text)]
    asked += [] if query.supplier is None else [search_for_supplier(query.supplier)]
    named = query.text.strip() if query.text and query.supplier is None else ""
    return Search(" & ".join(asked), named)


def _after(sort: Sort, place: list[Any]) -> Key:
    try:
        return usable_key(sort, *place)
    except (TypeError, ValueError):
        raise InvalidCursor from None


@router.get(
    "/invoices/{invoice_id}",
    operation_id="readInvoice",
    summary="One invoice, with all that is known of it",
    response_model=Success[InvoiceDetail],
    responses={**documented(NotFound, InvalidRequest), **NOT_MODIFIED},
)
async def invoice(
    request: Request,
    invoice_id: UUID,
    visit: ReadsInvoices,
    accept_language: Annotated[str | None, Header(description="For the findings: nl, fr or en.")] = None,
    if_none_match: IfNoneMatch = None,  # noqa: ARG001 - documented here, read where it is answered
) -> Response:
    """An invoice with its findings (in the language of `Accept-Language`), attempts, transitions and decisions.

    What it names of invoices that the caller may not see is left out.
    """
    detail = await visit.ask(invoice_detail, invoice_id)
    if detail is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    language = preferred_language(accept_language)
    data = json.dumps(_told(detail, language), ensure_ascii=False).encode()
    about = {"Content_Language": language.value, "Vary": "Accept-Language"}
    return success(request, data, f"Invoice {detail.item['number'] or invoice_id}.", **about)


def _told(detail: Detail, language: Language) -> dict[str, Any]:
    here = f"/api/v1/invoices/{detail.item['id']}"
    return {
        **detail.item,
        "why": detail.why,
        "disposition": detail.disposition,
        "rule_sets": list(detail.rule_sets),
        "findings_count": len(detail.findings),
        "findings": [_finding(each, language) for each in detail.findings],
        "blocker": detail.others.get(detail.item["blocked_by"]),
        "near_duplicates": [
            {"evidence": each.message, "invoice": detail.others[each.found]}
            for each in detail.findings
            if each.code == NEAR_DUPLICATE and each.found is not None
        ],
        "attempts": list(detail.attempts),
        "events": [{**each, "sentence": _sentence(each)} for each in detail.events],
        "decisions": list(detail.decisions),
        "links": {"self": here, "document": f"{here}/document", "resolve": f"{here}/resolve"},
    }


def _finding(finding: Finding, language: Language) -> dict[str, Any]:
    words = explained(finding, language)
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": words.message,
        "fix": words.fix,
        "location": finding.location,
        "line": finding.line,
        "term": finding.term,
        "found": finding.found,
        "expected": finding.expected,
    }


def _sentence(event: Mapping[str, Any]) -> str:
    return SENTENCES[Why(event["why"])]
