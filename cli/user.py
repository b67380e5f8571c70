"""`waybill user`: people who may call the facade; the first administrator is made here."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer
from sqlalchemy import Connection

from api.passwords import WeakPassword, hash_password, insist_on_strength
from cli.ledger import ledger
from cli.options import Json
from cli.output import STDOUT, clear_errors, fail, plain, print_rows
from cli.running import who
from db import accounts
from db.accounts import Account, AccountRefused
from db.ledger import Actor
from db.security_events import SecurityEvent, record
from db.waypoints import Waypoint
from invoices.company import InvalidCompanyNumber, enterprise_number

app = typer.Typer(no_args_is_help=True, help="People who may call the facade.")

_COLUMNS = {"name": "Name", "role": "Role", "companies": "Companies", "disabled_at": "Disabled"}


class PersonRole(StrEnum):
    """What an account may be."""

    ADMIN = "admin"
    USER = "user"


Name = Annotated[str, typer.Argument(metavar="NAME", help="To sign in with, in whatever case.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")
]


@app.command("add")
def add(
    name: Name,
    role: Annotated[PersonRole, typer.Option(help="admin: everything; user: invoices and jobs.")],
    company: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER", help="See this company's invoices alone; may be repeated."),
    ] = None,
    password_stdin: FromStdin = False,
) -> None:
    """Make an account; asks for its password."""
    with clear_errors(InvalidCompanyNumber):
        companies = [enterprise_number(each) for each in company] if company else None
    hashed = hash_password(_password(name, password_stdin))
    with _changing() as connection:
        made = accounts.make_account(connection, name, role, companies, hashed)
        may = {"role": made.role, "companies": made.companies and sorted(made.companies)}
        _note(connection, SecurityEvent.ACCOUNT_MADE, made, **may)
    STDOUT.print(f"{plain(made.name)} may sign in.")


@app.command("list")
def show(as_json: Json = False) -> None:
    """List the accounts, disabled ones too."""
    with ledger() as opened, opened.reading() as connection:
        rows = [_row(each) for each in accounts.accounts(connection)]
    print_rows(rows if as_json else map(_in_words, rows), _COLUMNS, as_json=as_json)


@app.command("disable")
def disable(name: Name) -> None:
    """Keep an account out from now on; its sign-ins end at once."""
    with _changing() as connection:
        disabled = accounts.disable_account(connection, _named(connection, name).id)
        if disabled is None:
            raise fail(f"The account {name} is disabled already.")
        _note(connection, SecurityEvent.ACCOUNT_DISABLED, disabled)
    STDOUT.print(f"{plain(disabled.name)} is disabled.")


@app.command("enable")
def enable(name: Name) -> None:
    """Let a disabled account in again, with the password, role and companies that it had."""
    with _changing() as connection:
        enabled = accounts.enable_account(connection, _named(connection, name).id)
        if enabled is None:
            raise fail(f"The account {name} is not disabled.")
        _note(connection, SecurityEvent.ACCOUNT_ENABLED, enabled)
    STDOUT.print(f"{plain(enabled.name)} may sign in again.")


@app.command("password")
def password(name: Name, password_stdin: FromStdin = False) -> None:
    """Give an account another password; its sign-ins end at once."""
    hashed = hash_password(_password(name, password_stdin))
    with _changing() as connection:
        found = _named(connection, name)
        accounts.set_password(connection, found.id, hashed)
        _note(connection, SecurityEvent.PASSWORD_CHANGED, found)
    STDOUT.print(f"{plain(found.name)} has another password.")


def _password(name: str, from_stdin: bool) -> str:
    if from_stdin:
        given = sys.stdin.readline().rstrip("\r\n")
    else:
        given = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    try:
        insist_on_strength(name, given)
    except WeakPassword as weak:
        raise fail(str(weak)) from None
    return given


@contextmanager
def _changing() -> Iterator[Connection]:
    with ledger() as opened:
        try:
            with opened.transaction(Actor(who("user")), Waypoint.ACCOUNT_CHANGED) as connection:
                yield connection
        except AccountRefused as refused:
            raise fail(str(refused)) from None


def _named(connection: Connection, name: str) -> Account:
    found = accounts.account_named(connection, name)
    if found is None:
        raise fail(f"There is no account {name}; `waybill user list` shows all.")
    return found


def _note(connection: Connection, kind: SecurityEvent, about: Account, **details: object) -> None:
    record(connection, kind, actor=who("user"), account_id=about.id, details={"name": about.name, **details})


def _row(account: Account) -> dict[str, object]:
    return {
        "id": str(account.id),
        "name": account.name,
        "role": account.role,
        "companies": None if account.companies is None else sorted(account.companies),
        "disabled_at": account.disabled_at and account.disabled_at.isoformat(),
        "created_at": account.created_at.isoformat(),
    }


def _in_words(row: dict[str, object]) -> dict[str, object]:
    companies = row["companies"]
    seen = ", ".join(companies) if isinstance(companies, list) else "all"
    return {**row, "companies": seen, "disabled_at": str(row["disabled_at"] or "")[:10]}
