"""Connections: whether everything outside that a run needs would let it in, tried now, without changing anything."""

from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.envelope import Success, documented
from api.looking import Look, Looker, all_at_once, look_at_prefect, look_at_source
from api.oversight import Oversees
from api.problems import Conflict, Forbidden
from api.watch import Watch, Watching
from db.measures import companies
from settings import Settings
from tasks.trying import try_companies, try_page, try_token

router = APIRouter(prefix="/admin", tags=["admin"])

_CALL_SECONDS = 5.0
_TEST_SECONDS = 15.0


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
        "clearfacts-token": watch.in_thread(partial(try_token, settings, _CALL_SECONDS)),
        "clearfacts-companies": watch.in_thread(partial(try_companies, settings, known, _CALL_SECONDS)),
        "source": watch.in_thread(partial(look_at_source, settings, _CALL_SECONDS)),
        "source-token": watch.in_thread(partial(try_page, settings, _CALL_SECONDS)),
        "prefect": partial(look_at_prefect, watch.orchestrator),
    }
    looks = await all_at_once(lookers, _TEST_SECONDS)
    return [Tried(name=name, **look.model_dump()) for name, (look, _) in looks.items()]
