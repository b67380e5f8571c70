"""Rules that an operator adds are in force until they are removed; what is wrong with them stops every check."""

import json

import pytest

from artefacts.added import MAX_BYTES, Wanted
from artefacts.shelf import Shelf
from artefacts.unusable import AddedRulesDamaged, NotAdded

GOOD = {"H-1": "cbc:ID", "H-2": "cbc:IssueDate"}
HALF = {"H-1": "cbc:ID", "H-9": "no-such-function(.)"}


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "data")


@pytest.fixture
def add(shelf, schema, tmp_path):
    """Adds rules from a file."""

    def adding(tests=GOOD, *, file_name="house.sch", **wanted):
        file = tmp_path / file_name
        file.write_bytes(tests if isinstance(tests, bytes) else schema(tests))
        return shelf.added.add(file, Wanted(**wanted))

    return adding


def folder(tmp_path):
    return tmp_path / "data" / "rules" / "added"


def test_no_rules_are_added_at_first(shelf):
    assert list(shelf.added.all()) == []


def test_added_rules_are_in_the_book(shelf, add):
    added = add(name="house", customizations=("urn:a", "urn:b"))
    assert [check.code for check in added.checks] == ["H-1", "H-2"]
    (kept,) = shelf.book().added
    assert kept == added
    assert kept.customizations == ("urn:a", "urn:b")
    assert shelf.book().versions[-1] == added.version


def test_the_file_is_copied_so_that_it_may_go(shelf, add, tmp_path):
    add()
    (tmp_path / "house.sch").unlink()
    assert len(list(shelf.added.all())) == 1


def test_names_and_versions_come_from_the_file_unless_they_are_given(add, schema):
    content = schema({"X": "true()"})
    assert add(content).version.name == "house-rules-2nd-edition"
    untitled = content.replace(b"House Rules, 2nd edition", b"")
    assert add(untitled, file_name="My Rules.sch").version.name == "my-rules"
    stated = b"<!-- Schematron version 1.3.9 -->" + untitled
    assert add(stated, name="stated").version.version.startswith("1.3.9 (")
    assert add(content, name="given", version="v7").version.version.startswith("v7 (")


def test_a_verdict_is_out_of_date_once_the_same_rules_are_asked_otherwise(shelf, add):
    versions = set()
    for wanted in ({}, {"customizations": ("urn:a",)}, {"version": "2"}):
        versions.add(add(name="house", **wanted).version)
        shelf.added.remove("house")
    versions.add(add({"H-1": "false()"}, name="house").version)
    assert len(versions) == 4


def test_rules_that_cannot_be_compiled_are_refused_by_name_and_reason(shelf, add):
    with pytest.raises(NotAdded, match=r"(?s)H-9: .*no-such-function.*--allow H-9"):
        add(HALF)
    assert list(shelf.added.all()) == []


def test_they_may_be_left_out_if_that_is_allowed_by_id(shelf, add):
    add(HALF, allowed=("H-9",))
    (rules,) = shelf.added.all()
    assert rules.refused == ()
    assert [code for code, _ in rules.uncompilable] == ["H-9"]


def test_nothing_can_be_allowed_that_needs_no_allowing(add):
    with pytest.raises(NotAdded, match="H-1"):
        add(HALF, allowed=("H-9", "H-1"))


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 65, "a b", "café"])
def test_a_name_is_such_that_it_can_name_a_file(add, name):
    if name:
        with pytest.raises(NotAdded, match="cannot be a name"):
            add(name=name)
    else:
        assert add(name=name).version.name == "house-rules-2nd-edition"


@pytest.mark.parametrize("name", ["house", "HOUSE", "peppol", "en16931"])
def test_a_name_is_given_once(add, name):
    add(name="house")
    with pytest.raises(NotAdded, match="already"):
        add(name=name)


@pytest.mark.parametrize("content", [b"", b"not XML", b"<Invoice/>", b"x" * (MAX_BYTES + 1)])
def test_what_is_no_artefact_is_not_added(add, content):
    with pytest.raises(NotAdded):
        add(content)


def test_an_artefact_without_rules_is_not_added(add):
    with pytest.raises(NotAdded, match="not one rule"):
        add({})


def test_a_file_that_is_not_there_is_not_added(shelf, tmp_path):
    with pytest.raises(NotAdded, match="No such file"):
        shelf.added.add(tmp_path / "none.sch", Wanted())


def test_rules_that_cannot_be_copied_are_not_added(add, tmp_path):
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises((NotAdded, AddedRulesDamaged)):
        add()


def test_removed_rules_are_out_of_force(shelf, add):
    add(name="house")
    shelf.added.remove("house")
    assert shelf.book().added == ()


@pytest.mark.parametrize("name", ["other", "../house", "peppol"])
def test_only_what_was_added_can_be_removed(shelf, add, name):
    add(name="house")
    with pytest.raises(NotAdded, match="list"):
        shelf.added.remove(name)


def write_note(at, **changes):
    note = json.loads((at / "house.json").read_text())
    (at / "house.json").write_text(json.dumps({**note, **changes}))


DAMAGE = {
    "a changed copy": lambda at: (at / "house.xml").write_bytes((at / "house.xml").read_bytes() + b" "),
    "an empty copy": lambda at: (at / "house.xml").write_bytes(b""),
    "no copy": lambda at: (at / "house.xml").unlink(),
    "no note": lambda at: (at / "house.json").unlink(),
    "an empty note": lambda at: (at / "house.json").write_bytes(b""),
    "a note that is a list": lambda at: (at / "house.json").write_bytes(b"[]"),
    "a note of something else": lambda at: (at / "house.json").write_bytes(b'{"name": "house"}'),
    "a note with a number": lambda at: write_note(at, version=7),
    "a note of others": lambda at: write_note(at, name="others"),
    "a note that allows no more": lambda at: write_note(at, allowed=[]),
    "binary": lambda at: (at / "house.json").write_bytes(b"\xff\x00"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damaged_rules_are_never_skipped_and_can_be_removed(shelf, add, tmp_path, damage):
    add(HALF, name="house", allowed=("H-9",))
    damage(folder(tmp_path))
    with pytest.raises(AddedRulesDamaged, match="waybill rules remove house"):
        shelf.book()
    shelf.added.remove("house")
    assert shelf.book().added == ()


@pytest.mark.parametrize("name", ["mine.sch", "README", "a b.json"])
def test_a_file_put_there_by_hand_is_not_taken_for_rules_in_force(shelf, add, tmp_path, name):
    add(name="house")
    (folder(tmp_path) / name).write_text("")
    with pytest.raises(AddedRulesDamaged, match=name):
        shelf.book()


def test_rules_that_do_not_compile_any_more_are_never_skipped(shelf, add, monkeypatch):
    def fails(*_):
        raise ZeroDivisionError

    add(name="house")
    monkeypatch.setattr("artefacts.kept.VERSION", "a later compiler")
    monkeypatch.setattr("artefacts.kept.compiled", fails)
    with pytest.raises(AddedRulesDamaged, match="do not compile any more"):
        list(shelf.added.all())


def test_a_compiler_that_breaks_over_a_file_says_so(add, monkeypatch):
    def fails(*_):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("artefacts.kept.compiled", fails)
    with pytest.raises(NotAdded, match="ZeroDivisionError: by nothing"):
        add()
