"""Metrics for Prometheus: what the ledger holds, how the pipeline fares, what the facade was asked, and its process."""

from collections.abc import Iterable

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from api.envelope import documented
from api.figures import LedgerFigures
from api.oversight import Oversees
from api.pipeline_figures import PipelineFigures
from api.problems import Forbidden
from api.telling_figures import TellingFigures
from api.visits import Visit
from api.watch import Watch, Watching

router = APIRouter(prefix="/admin", tags=["admin"])

_EXAMPLE = """\
# HELP waybill_invoices Invoices in each state.
# TYPE waybill_invoices gauge
waybill_invoices{state="ready"} 3.0
"""


def exposition(registry: CollectorRegistry, *of_ledger: Collector) -> bytes:
    """What the process counts and what the ledger holds, in Prometheus' text format."""
    asked = CollectorRegistry()
    for each in of_ledger:
        asked.register(each)
    return generate_latest(registry) + generate_latest(asked)


async def _of_ledger(visit: Visit, watch: Watch) -> Iterable[Collector]:
    return (
        LedgerFigures(await watch.figures(visit), watch.neighbours),
        PipelineFigures(await watch.pipeline(visit)),
        TellingFigures(*await watch.telling(visit)),
    )


@router.get(
    "/metrics",
    operation_id="readMetrics",
    summary="Metrics for Prometheus",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus' text format, version 0.0.4.",
            "content": {"text/plain": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        },
        **documented(Forbidden),
    },
)
async def metrics(request: Request, visit: Oversees, watch: Watching) -> Response:
    """What the ledger holds (at most ten seconds old), what the facade was asked, and its process."""
    text = exposition(request.app.state.registry, *await _of_ledger(visit, watch))
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)
