"""Connections: whether everything outside that a run needs would let it in, tried now, without changing anything."""

from collections.abc import Sequence
from functools import partial
from time import monotonic

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.envelope import Success, documented
from api.looking import Look, Looker, Seen, all_at_once, in_haste, look_at_prefect, look_at_source
from api.oversight import Oversees
from api.problems import Conflict, Forbidden
from api.watch import Watch, Watching
from db.measures import companies
from settings import Settings
from tasks.workbench import open_destination, open_source

router = APIRouter(prefix="/admin", tags=["admin"])

_CALL_SECONDS = 5.0
_TEST_SECONDS = 15.0
_NAMED = 20


class Tried(Look):
    """One thing that was tried."""

    name: str = Field(examples=["clearfacts-token"])


class Connections(BaseModel):
    """What was tried, and whether all of it went well."""

    well: bool
    tried: list[Tried]


@router.post(
    "/test-connection",
    operation_id="testConnection",
    summary="Try the connections to the outside",
    responses=documented(Forbidden, Conflict),
)
async def test_connection(visit: Oversees, watch: Watching) -> Success[Connections]:
    """Tries Clearfacts' token, its list of companies, the source, and Prefect; one test at a time.

    Nothing is uploaded, acknowledged or moved, and the source's position stays where it is. It takes fifteen
    seconds at most.
    """
    if watch.testing.locked():
        raise Conflict("The connections are being tried just now: ask again when that has ended.")
    async with watch.testing:
        known = await visit.ask(companies)
        tried = await _tried(visit.facade.settings, watch, known)
    unwell = [each.name for each in tried if not each.well]
    message = f"Not well: {', '.join(unwell)}." if unwell else "All connections are well."
    return Success(data=Connections(well=not unwell, tried=tried), message=message)


async def _tried(settings: Settings, watch: Watch, known: Sequence[str]) -> list[Tried]:
    lookers: dict[str, Looker] = {
        "clearfacts-token": watch.in_thread(partial(try_token, settings)),
        "clearfacts-companies": watch.in_thread(partial(try_companies, settings, known)),
        "source": watch.in_thread(partial(look_at_source, settings, _CALL_SECONDS)),
        "source-token": watch.in_thread(partial(try_page, settings)),
        "prefect": partial(look_at_prefect, watch.orchestrator),
    }
    looks = await all_at_once(lookers, _TEST_SECONDS)
    return [Tried(name=name, **look.model_dump()) for name, (look, _) in looks.items()]


def try_token(settings: Settings) -> Seen:
    """Whose token it is; blocks.

    Raises:
        OutsideError: Clearfacts does not accept it, or gives no usable answer.
    """
    if not settings.clearfacts_token.get_secret_value():
        return Seen("No token is set: WAYBILL_CLEARFACTS_TOKEN.", well=False)
    client = open_destination(in_haste(settings, _CALL_SECONDS))
    try:
        user = client.userinfo()
    finally:
        client.close()
    return Seen(
        f"The token is accepted; it acts as {user.username or user.sub}. Clearfacts tells neither its scopes nor"
        " when it expires: a personal access token does not, and what it may do shows when it is used."
    )


def try_companies(settings: Settings, known: Sequence[str]) -> Seen:
    """How many companies the token may deliver to, and which of those `known` to the ledger are not among them; blocks.

    Raises:
        OutsideError: As `try_token`.
    """
    client = open_destination(in_haste(settings, _CALL_SECONDS))
    try:
        listed = client.administrations()
    finally:
        client.close()
    says = (
        f"The token has the scope read_administrations; {len(listed.company_numbers):,} companies are listed."
    )
    if listed.malformed:
        says += f" {listed.malformed:,} more have a number that cannot be read."
    missing = sorted(set(known) - listed.company_numbers)
    if not missing:
        return Seen(f"{says} All {len(known):,} companies of the ledger are among them.")
    named = ", ".join(missing[:_NAMED]) + (", ..." if len(missing) > _NAMED else "")
    return Seen(
        f"{says} Of the ledger's {len(known):,}, these {len(missing):,} are not, and their invoices are held:"
        f" {named}. Give the token's user access to them in Clearfacts.",
        well=False,
    )


def try_page(settings: Settings) -> Seen:
    """Whether the source hands over a page of one record; nothing remembers that it did. Blocks.

    Raises:
        OutsideError: It does not.
    """
    source = open_source(in_haste(settings, _CALL_SECONDS))
    started = monotonic()
    try:
        page = source.page(None)
    finally:
        source.close()
    count = len(page.records) + len(page.rejected)
    what = "one record" if count else "no record, for there is none"
    return Seen(f"The first page was handed over in {monotonic() - started:.1f} s, with {what}.")
