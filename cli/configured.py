"""The settings of a call, with errors in words."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from cli.output import clear_errors
from settings import Settings


class UnusableSettings(Exception):
    """Something is wrong with the settings; the message says what, without their values."""


def settings() -> Settings:
    """The settings; what is wrong with them ends the command."""
    with clear_errors(UnusableSettings):
        return read_settings()


def read_settings() -> Settings:
    """The settings.

    Raises:
        UnusableSettings: Something is wrong with them.
    """
    try:
        return Settings()
    except ValidationError as errors:
        raise UnusableSettings(
            "A setting is not usable. " + "; ".join(map(_words, errors.errors()))
        ) from None
    except SettingsError as error:
        raise UnusableSettings(
            f"A setting is not usable: {error} must be JSON; see docs/settings.md."
        ) from None


def _words(error: ErrorDetails) -> str:
    message = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return message
    name, *inside = error["loc"]
    where = "".join(f", {part}" for part in inside)
    return f"WAYBILL_{str(name).upper()}{where}: {message}"
