"""The rules that a command asks, with errors in words."""

from artefacts.shelf import RulesUnusable, Shelf
from cli.configured import settings
from cli.output import clear_errors
from invoices.rules.book import RuleBook


def shelf() -> Shelf:
    """Where the settings keep rules."""
    return Shelf(settings().data_dir)


def rule_book() -> RuleBook:
    """All rule sets in force; that they cannot be asked ends the command."""
    with clear_errors(RulesUnusable):
        return shelf().book()
