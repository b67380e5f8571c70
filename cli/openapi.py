"""`waybill openapi`: the facade's description, for programs that are made to call it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.output import fail, tell


def openapi(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there instead.")
    ] = None,
) -> None:
    """Print the facade's description as an OpenAPI 3.1 document (JSON): all routes, whatever the settings are.

    The same code always gives the same bytes; docs/openapi.json is it.
    """
    from api.app import create  # noqa: PLC0415 - takes longer than all the rest of the command line
    from settings import Settings  # noqa: PLC0415

    text = json.dumps(create(Settings.model_construct()).openapi(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        print(text, end="")  # noqa: T201 - this is the output
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise fail(f"{output} cannot be written: {error.strerror}.") from None
    tell(f"Written to {output}.")
