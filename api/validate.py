"""Validation: what the rules say of a document that is posted, in the caller's language; nothing is stored."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.body_limits import BodyTooLarge
from api.checking import Busy
from api.envelope import Success, documented
from api.invoice_models import FindingShown, RuleSet
from api.languages import preferred_language
from api.problems import InvalidRequest, Unavailable
from api.refusals import UnsupportedMediaType
from api.visits import Validates
from invoices.explain import Language, explained
from invoices.findings import Checked, Finding, Verdict

router = APIRouter(tags=["validation"])

_MEDIA_TYPES = ("application/xml", "text/xml", "application/octet-stream")


class Validation(BaseModel):
    """What the rules say of a document, as `waybill check --json` says it."""

    model_config = ConfigDict(extra="forbid")

    file: str | None = Field(
        description="The name that the caller gave it.", examples=["invoice-2026-17.xml"]
    )
    verdict: Verdict = Field(description="`could_not_check`: the check itself failed, which is never a pass.")
    rule_sets: list[RuleSet]
    findings: list[FindingShown]


_MESSAGES = {
    Verdict.VALID: "Valid.",
    Verdict.INVALID: "Not valid; see the findings.",
    Verdict.COULD_NOT_CHECK: "It could not be checked; see the findings.",
}

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The bytes of one document; its own XML declaration says how they are encoded.",
        "content": {each: {"schema": {"type": "string", "format": "binary"}} for each in _MEDIA_TYPES},
    }
}


FileName = Annotated[
    str | None,
    Query(
        max_length=255,
        description="What to call the document in the answer.",
        examples=["invoice-2026-17.xml"],
    ),
]


@router.post(
    "/validate",
    operation_id="validateDocument",
    summary="Check a document and explain",
    responses=documented(BodyTooLarge, UnsupportedMediaType, Busy, Unavailable),
    openapi_extra=_BODY,
)
async def validate(
    request: Request,
    response: Response,
    visit: Validates,
    file: FileName = None,
    accept_language: Annotated[str | None, Header(description="For the findings: nl, fr or en.")] = None,
) -> Success[Validation]:
    """Check one document by all rules that apply to it, and explain in the language of `Accept-Language`.

    Nothing is stored or sent. What is not XML, or no invoice, is `invalid` with a finding that says so.
    """
    _insist_on_xml(request)
    checking = visit.facade.checking
    # A check may take a minute: nobody else should wait for the connection meanwhile.
    await visit.connection.close()
    with checking.place():
        document = await request.body()
        if not document:
            raise InvalidRequest("The body is empty: post the bytes of the document.")
        checked = await checking.check(document)
    language = preferred_language(accept_language)
    response.headers.update({"Content-Language": language, "Vary": "Accept-Language"})
    return Success(data=_validation(checked, language, file), message=_MESSAGES[checked.verdict])


def _insist_on_xml(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in _MEDIA_TYPES:
        raise UnsupportedMediaType(
            f"Post the document as {', '.join(_MEDIA_TYPES[:-1])} or {_MEDIA_TYPES[-1]}."
        )


def _validation(checked: Checked, language: Language, file: str | None) -> Validation:
    return Validation(
        file=file,
        verdict=checked.verdict,
        rule_sets=[RuleSet(**asdict(each)) for each in checked.rule_sets],
        findings=[_shown(finding, language) for finding in checked.findings],
    )


def _shown(finding: Finding, language: Language) -> FindingShown:
    words = explained(finding, language)
    return FindingShown.model_validate(finding.as_json() | {"message": words.message, "fix": words.fix})
