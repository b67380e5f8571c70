"""Housekeeping: what has been kept long enough is erased."""

from prefect import flow

FLOW_NAME = "housekeeping"


@flow(name=FLOW_NAME, validate_parameters=True, persist_result=False)
async def housekeeping(dry_run: bool = False, requested_by: str = "prefect") -> None:
    """Erase what has been kept long enough.

    Args:
        dry_run: Say what would be erased, and erase nothing.
        requested_by: Who asked for it.
    """
