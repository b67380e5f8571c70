"""`waybill check` of zip archives: members in memory, and nothing that an archive can be made to do harms."""

import io
import struct
import zipfile

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.cli.checking import BREAKS_SCHEMA, VALID, codes, reports, verdicts


def archive(members, compression=zipfile.ZIP_DEFLATED):
    """The bytes of an archive with these members, in their order; a name may come twice."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as opened:
        for name, content in members:
            opened.writestr(name, content)
    return target.getvalue()


@pytest.fixture
def check(waybill, tmp_path):
    """The reports on an archive of these bytes, by member."""

    def checking(content, name="a.zip"):
        (tmp_path / name).write_bytes(content)
        result = waybill("check", "--json", name)
        assert result.exit_code in {0, 1, 2}
        return {each["file"].removeprefix(f"{name}!"): each for each in reports(result)}

    return checking


def test_each_xml_member_is_checked_by_its_name(check):
    found = check(
        archive([("b.xml", VALID), ("in/a.XML", BREAKS_SCHEMA), ("readme.txt", b"x"), ("d.xml/", b"")])
    )
    assert {name: each["verdict"] for name, each in found.items()} == {
        "b.xml": "valid",
        "in/a.XML": "invalid",
    }


def test_it_is_named_by_archive_and_member(waybill, tmp_path):
    (tmp_path / "a.zip").write_bytes(archive([("b.xml", VALID)]))
    assert verdicts(waybill("check", "--json", "a.zip")) == {"a.zip!b.xml": "valid"}


def test_several_archives_are_checked_one_after_the_other(waybill, tmp_path):
    for name in ("a.zip", "b.zip"):
        (tmp_path / name).write_bytes(archive([("1.xml", VALID), ("2.xml", VALID)]))
    result = waybill("check", "--json", "*.zip")
    assert list(verdicts(result)) == ["a.zip!1.xml", "a.zip!2.xml", "b.zip!1.xml", "b.zip!2.xml"]
    assert result.exit_code == 0


def test_an_archive_without_xml_could_not_be_checked(check):
    (report,) = check(archive([("readme.txt", b"x")])).values()
    assert (report["verdict"], codes(report)) == ("could_not_check", ["WB-NOTHING"])


def test_a_missing_archive_could_not_be_checked(waybill):
    (report,) = reports(waybill("check", "--json", "none.zip"))
    assert (report["verdict"], codes(report)) == ("could_not_check", ["WB-FILE"])


@pytest.mark.parametrize(
    "name", ["../up.xml", "in/../../up.xml", "/etc/abs.xml", "..\\up.xml", "C:\\abs.xml"]
)
def test_a_name_that_leads_out_of_the_archive_could_not_be_checked_and_writes_nothing(check, tmp_path, name):
    found = check(archive([(name, VALID), ("good.xml", VALID)]))
    assert [each["verdict"] for each in found.values()] == ["could_not_check", "valid"]
    assert codes(found[name]) == ["WB-ARCHIVE-NAME"]
    assert [each.name for each in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.parametrize("name", ["inner.zip", "INNER.ZIP", "x.tar.gz", "y.7z"])
def test_an_archive_within_an_archive_is_not_opened(check, name):
    found = check(archive([(name, archive([("deep.xml", VALID)])), ("good.xml", VALID)]))
    assert (found[name]["verdict"], codes(found[name])) == ("could_not_check", ["WB-ARCHIVE-NESTED"])
    assert found["good.xml"]["verdict"] == "valid"


def test_an_encrypted_member_could_not_be_checked(check):
    content = bytearray(archive([("secret.xml", VALID)]))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + at] |= 1
    (report,) = check(bytes(content)).values()
    assert (report["verdict"], codes(report)) == ("could_not_check", ["WB-ARCHIVE-ENCRYPTED"])


class TestBombs:
    def test_a_member_that_says_it_is_too_large_is_not_read(self, check):
        found = check(archive([("bomb.xml", b" " * 40_000_001), ("good.xml", VALID)]))
        assert codes(found["bomb.xml"]) == ["WB-SIZE"]
        assert [each["verdict"] for each in found.values()] == ["could_not_check", "valid"]

    def test_a_member_that_is_larger_than_it_says_could_not_be_checked(self, check):
        content = bytearray(archive([("bomb.xml", b" " * 41_000_000), ("good.xml", VALID)]))
        for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
            start = content.index(signature) + at
            content[start : start + 4] = struct.pack("<I", 1000)
        found = check(bytes(content))
        assert [each["verdict"] for each in found.values()] == ["could_not_check", "valid"]

    def test_an_archive_that_unpacks_to_far_too_much_is_given_up(self, check, monkeypatch):
        monkeypatch.setattr("cli.check_archives.MAX_BYTES", 1_000_000)
        found = check(archive([*((f"{n}.xml", b" " * 900_000) for n in range(9)), ("good.xml", VALID)]))
        assert codes(found["0.xml"]) == ["WB-XML"]
        assert codes(found["8.xml"]) == codes(found["good.xml"]) == ["WB-ARCHIVE-SIZE"]

    def test_an_archive_of_very_many_members_is_not_opened(self, check, monkeypatch):
        monkeypatch.setattr("cli.check_archives._DIRECTORY_BYTES", 5000)
        (report,) = check(archive([(f"{n}.xml", b"") for n in range(100)])).values()
        assert (report["verdict"], codes(report)) == ("could_not_check", ["WB-ARCHIVE"])
        assert "too many files" in report["findings"][0]["message"]


@pytest.mark.parametrize(
    "compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_every_usual_compression_is_read(check, compression):
    assert check(archive([("a.xml", VALID)], compression))["a.xml"]["verdict"] == "valid"


@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_garbage_never_ends_in_an_error(check, data):
    whole = archive([("a.xml", VALID), ("b.xml", BREAKS_SCHEMA)], data.draw(st.sampled_from([0, 8, 12, 14])))
    damaged = bytearray(whole)
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=8)):
        damaged[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    found = check(bytes(damaged[:cut] if data.draw(st.booleans()) else damaged))
    assert {each["verdict"] for each in found.values()} <= {"valid", "invalid", "could_not_check"}
    assert found


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=300))
def test_no_bytes_are_taken_for_an_archive_or_a_document_that_are_none(check, content):
    for name in ("a.zip", "a.xml"):
        assert {each["verdict"] for each in check(content, name).values()} <= {"invalid", "could_not_check"}
