"""Options that several commands share."""

from typing import Annotated, Any

import typer

from invoices.company import InvalidCompanyNumber, enterprise_number


def _enterprise_number(text: str) -> str:
    try:
        return enterprise_number(text)
    except InvalidCompanyNumber as invalid:
        raise typer.BadParameter(str(invalid)) from invalid


Json = Annotated[bool, typer.Option("--json", help="JSON for programs: one object a line.")]
Limit = Annotated[int | None, typer.Option(min=1, metavar="N", help="At most so many.")]
DAY: Any = {"formats": ["%Y-%m-%d"], "metavar": "YYYY-MM-DD"}
Company = Annotated[
    str | None,
    typer.Option(parser=_enterprise_number, metavar="NUMBER", help="This company, in any spelling."),
]
