"""`python -m sandbox`: the sandbox alone, in the foreground."""

import argparse
import sys
from collections.abc import Sequence
from itertools import chain

from sandbox.demo import DEMO_ADMINISTRATIONS, DEMO_DELIVER_FROM, demo_records
from sandbox.load import load_records
from sandbox.serve import Options, Sandbox, run


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until interrupted."""
    given = _parser().parse_args(arguments)
    options = Options(
        host=given.host,
        java_backend_port=given.java_backend_port,
        clearfacts_port=given.clearfacts_port,
        slack_port=given.slack_port,
        control_port=given.control_port,
        java_backend_token=given.java_backend_token,
        clearfacts_token=given.clearfacts_token,
        keep_bodies=given.keep_bodies,
        webhooks=given.webhooks,
    )
    records = chain(demo_records() if given.demo else (), load_records(given.load, given.seed))
    sandbox = Sandbox(records, DEMO_ADMINISTRATIONS, options)
    sys.stdout.write(f"WAYBILL_DELIVER_FROM={DEMO_DELIVER_FROM}\n")
    run(sandbox, sys.stdout, sys.stdin if given.until_stdin_closes else None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A Java backend, a Clearfacts and a Slack to try Waybill against.",
    )
    parser.add_argument("--demo", action="store_true", help="offer the demo's invoices")
    parser.add_argument(
        "--load", type=int, default=0, metavar="COUNT", help="offer this many made-up invoices"
    )
    parser.add_argument("--seed", type=int, default=0, help="which made-up invoices (default 0)")
    parser.add_argument("--host", default="127.0.0.1")
    for system in ("java-backend", "clearfacts", "slack", "control"):
        parser.add_argument(f"--{system}-port", type=int, default=0, help="default: any free port")
    parser.add_argument("--java-backend-token", help="default: made up")
    parser.add_argument("--clearfacts-token", help="80 ASCII characters; default: made up")
    parser.add_argument("--keep-bodies", action="store_true", help="keep uploaded files in memory")
    parser.add_argument("--webhooks", action="store_true", help="connect webhooks too, both ways")
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop when the parent goes away")
    return parser


if __name__ == "__main__":
    main()
