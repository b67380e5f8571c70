"""The settings that checking files needs, read without those of the pipeline, which take long to import."""

import math
import os
from dataclasses import dataclass
from pathlib import Path

from artefacts.shelf import RulesUnusable, Shelf
from cli.output import clear_errors, fail
from invoices.rules.book import RuleBook

DATA_DIR = Path(".waybill")
TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What `settings.Settings` calls `data_dir` and `check_timeout_seconds`."""

    data_dir: Path
    timeout_seconds: float


def check_settings() -> CheckSettings:
    """They, from the environment; what is wrong with them ends the command."""
    data_dir = os.environ.get("WAYBILL_DATA_DIR")
    return CheckSettings(Path(data_dir) if data_dir else DATA_DIR, _timeout())


def shelf() -> Shelf:
    """The rules of the settings."""
    return Shelf(check_settings().data_dir)


def rule_book() -> RuleBook:
    """All rule sets in force; that they cannot be asked ends the command."""
    with clear_errors(RulesUnusable):
        return shelf().book()


def _timeout() -> float:
    text = os.environ.get("WAYBILL_CHECK_TIMEOUT_SECONDS")
    if not text:
        return TIMEOUT_SECONDS
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise fail("A setting is not usable. WAYBILL_CHECK_TIMEOUT_SECONDS must be a number greater than 0.")
    return seconds
