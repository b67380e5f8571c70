"""Runs one way of forwarding all invoices, alone in this process: `python -m bench.way flow`.

Each checking process imports this, too; so only what is cheap is imported at its top.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable


def _flow() -> float:
    from flows.process import process_invoices  # noqa: PLC0415

    started = time.perf_counter()
    asyncio.run(process_invoices())
    return time.perf_counter() - started


def _naive() -> float:
    from bench.naive import forward_all  # noqa: PLC0415

    return forward_all()


def _bare() -> float:
    from bench.bare import forward_all  # noqa: PLC0415

    started = time.perf_counter()
    asyncio.run(forward_all())
    return time.perf_counter() - started


WAYS: dict[str, Callable[[], float]] = {"flow": _flow, "naive": _naive, "bare": _bare}


if __name__ == "__main__":
    print(json.dumps({"seconds": WAYS[sys.argv[1]]()}))
