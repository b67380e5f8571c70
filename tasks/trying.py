"""Trying what is outside: each in a few seconds, without uploading, acknowledging or moving anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from clients.java_backend import JavaBackend
from settings import Settings
from tasks.workbench import open_destination, open_source

_NAMED = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """What there was to see: in words, and what else it told; `well` unless it stands badly though it answers."""

    says: str
    well: bool = True
    told: Mapping[str, Any] = field(default_factory=dict)


def try_source(settings: Settings, seconds: float) -> Seen:
    """Whether the Java backend says that it is up, or the drop folder can be read; blocks.

    Raises:
        OutsideError: The source does not answer as it should.
    """
    source = open_source(in_haste(settings, seconds))
    try:
        if isinstance(source, JavaBackend):
            source.health()
            return Seen("It answers that it is up.")
    finally:
        source.close()
    try:
        next((settings.folder_path or Path()).iterdir(), None)
    except OSError as error:
        return Seen(f"The drop folder cannot be read: {error.strerror}.", well=False)
    return Seen("The drop folder can be read.")


def try_token(settings: Settings, seconds: float) -> Seen:
    """Whose token it is; blocks.

    Raises:
        OutsideError: Clearfacts does not accept it, or gives no usable answer.
    """
    if not settings.clearfacts_token.get_secret_value():
        return Seen("No token is set: WAYBILL_CLEARFACTS_TOKEN.", well=False)
    client = open_destination(in_haste(settings, seconds))
    try:
        user = client.userinfo()
    finally:
        client.close()
    return Seen(
        f"The token is accepted; it acts as {user.username or user.sub}. Clearfacts tells neither its scopes nor"
        " when it expires: a personal access token does not, and what it may do shows when it is used."
    )


def try_companies(settings: Settings, known: Sequence[str], seconds: float) -> Seen:
    """How many companies the token may deliver to, and which of those `known` to the ledger are not among them; blocks.

    Raises:
        OutsideError: As `try_token`.
    """
    client = open_destination(in_haste(settings, seconds))
    try:
        listed = client.administrations()
    finally:
        client.close()
    says = (
        f"The token has the scope read_administrations; {len(listed.company_numbers):,} companies are listed."
    )
    if listed.malformed:
        says += f" {listed.malformed:,} more have a number that cannot be read."
    missing = sorted(set(known) - listed.company_numbers)
    if not missing:
        return Seen(f"{says} All {len(known):,} companies of the ledger are among them.")
    named = ", ".join(missing[:_NAMED]) + (", ..." if len(missing) > _NAMED else "")
    return Seen(
        f"{says} Of the ledger's {len(known):,}, these {len(missing):,} are not, and their invoices are held:"
        f" {named}. Give the token's user access to them in Clearfacts.",
        well=False,
    )


def try_page(settings: Settings, seconds: float) -> Seen:
    """Whether the source hands over a page of one record; nothing remembers that it did. Blocks.

    Raises:
        OutsideError: It does not.
    """
    source = open_source(in_haste(settings, seconds))
    started = monotonic()
    try:
        page = source.page(None)
    finally:
        source.close()
    count = len(page.records) + len(page.rejected)
    what = "one record" if count else "no record, for there is none"
    return Seen(f"The first page was handed over in {monotonic() - started:.1f} s, with {what}.")


def in_haste(settings: Settings, seconds: float) -> Settings:
    """The same neighbours, with `seconds` for each call and pages of one record."""
    return settings.model_copy(
        update={
            "java_backend_timeout_seconds": seconds,
            "clearfacts_timeout_seconds": seconds,
            "chunk_size": 1,
        }
    )
