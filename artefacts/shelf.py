"""The shelf: all rules in force, built in and added; what compiling them took is kept beside them."""

from pathlib import Path

from artefacts.added import AddedRules
from artefacts.installed import installed_en16931
from artefacts.kept import KeptRules
from artefacts.unusable import RulesNotInstalled, RulesUnusable
from invoices.rules.book import RuleBook

__all__ = ["RulesNotInstalled", "RulesUnusable", "Shelf"]


class Shelf:
    """The folder `rules` in Waybill's data directory."""

    def __init__(self, data_dir: Path) -> None:
        folder = data_dir / "rules"
        self._kept = KeptRules(folder / "compiled")
        self.added = AddedRules(folder / "added", self._kept)

    def book(self) -> RuleBook:
        """All rule sets in force.

        Raises:
            RulesUnusable: The official EN 16931 rules are missing, or added ones are damaged.
        """
        return RuleBook(self._kept.compiled(*installed_en16931()), tuple(self.added.all()))
