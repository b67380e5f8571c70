"""`waybill deploy`: the deployments and automations, registered with a Prefect server for its workers."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import Json
from cli.output import STDOUT, fail, plain, print_json, tell

if TYPE_CHECKING:
    from flows.deployments import Registered

_POOL = "waybill"
_NOT_SCHEDULED = (
    "The Prefect server has written down no run for one of the schedules, so its scheduler does not work: see"
    " docs/deployments.md, A Prefect server of your own."
)


def deploy(
    pool: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The work pool whose workers run them, made where it is missing; else"
            " PREFECT_DEFAULT_WORK_POOL_NAME, or waybill.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Register what runs, and when, with the Prefect server of PREFECT_API_URL; again after each upgrade.

    These are the deployments of prefect.yaml, for workers of a work pool, and the automations that notice a run
    that was killed. What is registered already is brought up to date; what a person paused stays paused. Then
    start a worker where WAYBILL_DATABASE_URL and the other settings are set: `prefect worker start --pool waybill`.
    `waybill up` needs none of this. It says where
    the server keeps no schedules. Exit codes: 0 registered, 2 not.
    """
    from prefect.settings import PREFECT_API_URL, get_current_settings  # noqa: PLC0415 - slow to import

    if not PREFECT_API_URL.value():
        raise fail(
            "PREFECT_API_URL is not set: it names the Prefect server, such as http://prefect:4200/api."
        )
    name = pool or get_current_settings().deployments.default_work_pool_name or _POOL
    registered, scheduled = _registered(name)
    ids = {each: str(made) for each, made in registered.deployments.items()}
    automations = list(registered.automations)
    if as_json:
        print_json(
            {"work_pool": name, "deployments": ids, "automations": automations, "scheduled": scheduled}
        )
    else:
        for what, names in (("Deployments", ids), ("Automations", automations)):
            STDOUT.print(f"{what}: {plain(', '.join(names))}", highlight=False, soft_wrap=True)
        tell(f"Workers run them: prefect worker start --pool {plain(name)}")
    if not scheduled:
        tell(_NOT_SCHEDULED)


def _registered(pool: str) -> "tuple[Registered, bool]":
    """What was registered, and whether the server keeps its schedules."""
    import httpx  # noqa: PLC0415 - as above
    from prefect.deployments.runner import DeploymentApplyError  # noqa: PLC0415
    from prefect.exceptions import PrefectException  # noqa: PLC0415

    from flows.deployments import are_scheduled, register  # noqa: PLC0415

    try:
        registered = asyncio.run(register(pool))
        return registered, asyncio.run(are_scheduled(registered.deployments.values()))
    except (httpx.HTTPError, OSError, DeploymentApplyError, PrefectException) as error:
        words = (str(error).strip().split("\n", 1)[0] or type(error).__name__).rstrip(".")
        answered = isinstance(error, (httpx.HTTPStatusError, DeploymentApplyError))
        check = "" if answered else " Check PREFECT_API_URL."
        raise fail(f"Prefect did not take the deployments: {words}.{check}") from error
