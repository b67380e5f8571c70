"""Accounts of people: who they are, what they may see, and whether they still may."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text
from sqlalchemy.exc import IntegrityError

from db.ledger import constraint_of

NAME = r"^[A-Za-z0-9][A-Za-z0-9._+@-]{1,127}$"
"""What the name of an account looks like, such as an e-mail address."""

_SHOWN = "id, name, role, companies, disabled_at, created_at, updated_at"
_LEFT_AS_IT_IS: Any = object()


class AccountRefused(Exception):
    """The ledger does not take this account, or this change; the message says why."""


@dataclass(frozen=True, slots=True)
class Account:
    """What may be shown of an account; `companies` is None where it may see every company's invoices."""

    id: UUID
    name: str
    role: str
    companies: frozenset[str] | None
    disabled_at: datetime | None
    created_at: datetime
    updated_at: datetime


def make_account(
    connection: Connection, name: str, role: str, companies: Iterable[str] | None, password_hash: str
) -> Account:
    """A new account; `role` is admin or user, `companies` None for all.

    Raises:
        AccountRefused: There is one of this name, or it cannot be one.
    """
    made = _executed(
        connection,
        "INSERT INTO account (name, role, companies, password_hash)"
        f" VALUES (:name, :role, :companies, :password_hash) RETURNING {_SHOWN}",
        {"name": name, "role": role, "companies": _listed(companies), "password_hash": password_hash},
    )
    return cast("Account", made)


def accounts(connection: Connection) -> list[Account]:
    """All accounts by name, disabled ones too."""
    rows = connection.execute(text(f"SELECT {_SHOWN} FROM account ORDER BY lower(name)"))
    return [_account(row) for row in rows.mappings()]


def account(connection: Connection, account_id: UUID) -> Account | None:
    """One account; None where there is none such."""
    return _executed(connection, f"SELECT {_SHOWN} FROM account WHERE id = :id", {"id": account_id})


def account_named(connection: Connection, name: str) -> Account | None:
    """The account of this name, in whatever case; None where there is none."""
    return _executed(
        connection, f"SELECT {_SHOWN} FROM account WHERE lower(name) = lower(:name)", {"name": name}
    )


def change_account(
    connection: Connection,
    account_id: UUID,
    *,
    role: str | None = None,
    companies: Iterable[str] | None = _LEFT_AS_IT_IS,
) -> Account | None:
    """Change what an account may do or see, from its next call on; None where there is none such.

    Raises:
        AccountRefused: It is the last administrator, or an administrator limited to companies.
    """
    keeps = companies is _LEFT_AS_IT_IS
    return _executed(
        connection,
        "UPDATE account SET role = coalesce(:role, role),"
        " companies = CASE WHEN :keeps THEN companies ELSE CAST(:companies AS text[]) END"
        f" WHERE id = :id RETURNING {_SHOWN}",
        {"id": account_id, "role": role, "keeps": keeps, "companies": None if keeps else _listed(companies)},
    )


def set_password(connection: Connection, account_id: UUID, password_hash: str) -> Account | None:
    """Give an account another password, which ends its sign-ins; None where there is none such."""
    return _executed(
        connection,
        f"UPDATE account SET password_hash = :password_hash WHERE id = :id RETURNING {_SHOWN}",
        {"id": account_id, "password_hash": password_hash},
    )


def disable_account(connection: Connection, account_id: UUID) -> Account | None:
    """Keep an account out from now on, which ends its sign-ins; None where there is none, or it was out already.

    Raises:
        AccountRefused: It is the last administrator.
    """
    return _executed(
        connection,
        f"UPDATE account SET disabled_at = now() WHERE id = :id AND disabled_at IS NULL RETURNING {_SHOWN}",
        {"id": account_id},
    )


def enable_account(connection: Connection, account_id: UUID) -> Account | None:
    """Let a disabled account in again; None where there is none such, or it was not disabled."""
    return _executed(
        connection,
        f"UPDATE account SET disabled_at = NULL WHERE id = :id AND disabled_at IS NOT NULL RETURNING {_SHOWN}",
        {"id": account_id},
    )


_WHY_REFUSED = {
    "uq_account_name": "There is an account of this name already (disabled ones keep theirs).",
    "ck_account_name": "A name has 2 to 128 letters, digits or . _ + @ - and begins with a letter or a digit.",
    "ck_account_companies": "Companies are enterprise numbers of ten digits; at least one.",
    "ck_account_admin": "An administrator sees every company: give the role user, or no companies.",
    "ck_account_last_admin": "This is the last administrator: make another one first.",
}


def _executed(connection: Connection, statement: str, parameters: dict[str, Any]) -> Account | None:
    try:
        row = connection.execute(text(statement), parameters).mappings().one_or_none()
    except IntegrityError as violation:
        why = _WHY_REFUSED.get(constraint_of(violation) or "")
        if why is None:
            raise
        raise AccountRefused(why) from None
    return _account(row) if row else None


def _listed(companies: Iterable[str] | None) -> list[str] | None:
    return None if companies is None else sorted(set(companies))


def _account(row: RowMapping) -> Account:
    return Account(**{**row, "companies": None if row["companies"] is None else frozenset(row["companies"])})
