"""`waybill sandbox`: the three outside systems alone, to try Waybill against."""

import sys
from itertools import chain
from typing import Annotated

import typer

from cli.output import tell
from sandbox.demo import DEMO_ADMINISTRATIONS, demo_records
from sandbox.load import load_records
from sandbox.serve import Options, Sandbox
from sandbox.serve import run as serve

Port = Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="0: any free port.")]


def sandbox(
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Offer the demo's invoices.")] = True,
    load: Annotated[
        int, typer.Option(min=0, metavar="N", help="Offer so many made-up invoices as well.")
    ] = 0,
    seed: Annotated[int, typer.Option(metavar="N", help="Which made-up invoices.")] = 0,
    java_backend_port: Port = 0,
    clearfacts_port: Port = 0,
    slack_port: Port = 0,
    control_port: Port = 0,
    webhooks: Annotated[bool, typer.Option("--webhooks", help="Connect webhooks too, both ways.")] = False,
    until_stdin_closes: Annotated[
        bool, typer.Option("--until-stdin-closes", help="Stop when standard input closes.")
    ] = False,
) -> None:
    """Serve a Java backend, a Clearfacts and a Slack; print the settings that connect Waybill to them."""
    options = Options(
        java_backend_port=java_backend_port,
        clearfacts_port=clearfacts_port,
        slack_port=slack_port,
        control_port=control_port,
        webhooks=webhooks,
    )
    records = chain(demo_records() if demo else (), load_records(load, seed))
    tell("Serving until interrupted; set these to connect (faults are made at the controls):")
    serve(
        Sandbox(records, DEMO_ADMINISTRATIONS, options), sys.stdout, sys.stdin if until_stdin_closes else None
    )
