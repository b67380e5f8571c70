"""`waybill rules`: what is in force, adding to it, and `waybill check --rules` choosing from it."""

import pytest

from tests.cli.checking import VALID, WRONG_TOTAL, codes, reports, verdicts, without_a_database

SCHEMA = """<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2">
  <title>House rules</title>
  <ns prefix="cbc" uri="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"/>
  <ns prefix="xs" uri="http://www.w3.org/2001/XMLSchema"/>
  <pattern><rule context="/*">{checks}</rule></pattern>
</schema>"""


def schema(flag="fatal", **tests):
    checks = (
        f'<assert id="{code}" flag="{flag}" test="{test}">{code} does not hold.</assert>'
        for code, test in tests.items()
    )
    return SCHEMA.format(checks="".join(checks)).encode()


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def settings(monkeypatch, data_dir, tmp_path):
    monkeypatch.chdir(tmp_path)
    return without_a_database(monkeypatch, data_dir)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    contents = {
        "good.xml": VALID,
        "total.xml": WRONG_TOTAL,
        "never.sch": schema(H1="false()"),
        "warns.sch": schema("warning", H2="false()"),
        "breaks.sch": schema(H3="xs:decimal(cbc:ID) > 0".replace(">", "&gt;")),
        "half.sch": schema(H4="true()", H5="no-such-function(.)"),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.fixture
def added(waybill):
    """Adds rules for the test."""
    names = []

    def add(file, *options):
        result = waybill("rules", "add", file, "--name", "house", *options)
        assert result.exit_code == 0, result.stderr
        names.append("house")

    yield add
    for name in names:
        waybill("rules", "remove", name)


class TestList:
    def test_shows_the_built_in_rule_sets(self, waybill):
        rows = {row["name"]: row for row in waybill.rows("rules", "list")}
        assert list(rows) == [
            *("en16931", "peppol", "peppol-national", "peppol-self-billing"),
            *("ubl-be", "e-fff", "belgium"),
        ]
        assert all(row["rules"] >= row["fatal"] > 0 for row in rows.values())
        assert all(not row["added"] and row["documents"] for row in rows.values())
        assert len(rows["en16931"]["sha256"]) == 64
        assert rows["en16931"]["not_compiled"] == []

    def test_shows_what_was_added_with_what_could_not_be_compiled(self, waybill, added):
        added("half.sch", "--allow", "H5", "--for", "urn:a", "--for", "urn:b", "--version", "v9")
        row = waybill.rows("rules", "list")[-1]
        assert (row["name"], row["rules"], row["fatal"], row["added"]) == ("house", 2, 2, True)
        assert row["documents"] == ["urn:a", "urn:b"]
        assert row["version"].startswith("v9 ")
        assert [each["code"] for each in row["not_compiled"]] == row["allowed"] == ["H5"]
        shown = waybill("rules", "list").stdout
        assert "house v9" in shown
        assert "H5 left out, as allowed: " in shown


class TestAdd:
    def test_refuses_rules_that_cannot_be_compiled_and_says_how_to_allow_it(self, waybill):
        result = waybill("rules", "add", "half.sch")
        assert result.exit_code == 2
        assert "H5: " in result.stderr
        assert "--allow H5" in " ".join(result.stderr.split())
        assert len(waybill.rows("rules", "list")) == 7

    @pytest.mark.parametrize("file", ["good.xml", "none.sch"])
    def test_refuses_what_is_no_artefact(self, waybill, file):
        assert waybill("rules", "add", file).exit_code == 2

    def test_names_rules_by_their_title(self, waybill):
        assert waybill("rules", "add", "never.sch").stdout.startswith("house-rules ")
        assert waybill("rules", "remove", "house-rules").exit_code == 0


class TestRemove:
    def test_takes_rules_out_of_force(self, waybill, added):
        added("never.sch")
        assert waybill("check", "good.xml").exit_code == 1
        assert waybill("rules", "remove", "house").exit_code == 0
        assert waybill("check", "good.xml").exit_code == 0

    @pytest.mark.parametrize("name", ["other", "peppol", "../up"])
    def test_takes_only_what_was_added(self, waybill, name):
        assert waybill("rules", "remove", name).exit_code == 2


class TestAddedRules:
    def test_are_asked_of_every_document(self, waybill, added):
        added("never.sch")
        (report,) = reports(waybill("check", "--json", "good.xml"))
        assert (report["verdict"], codes(report)) == ("invalid", ["H1"])
        assert report["rule_sets"][-1]["name"] == "house"
        assert report["findings"][0]["message"] == "H1 does not hold."

    def test_that_warn_leave_a_document_valid(self, waybill, added):
        added("warns.sch")
        (report,) = reports(waybill("check", "--json", "good.xml"))
        assert (report["verdict"], codes(report)) == ("valid", ["H2"])

    def test_are_asked_only_of_documents_that_they_are_for(self, waybill, added):
        added("never.sch", "--for", "urn:other")
        (report,) = reports(waybill("check", "--json", "good.xml"))
        assert report["verdict"] == "valid"
        assert "house" not in {each["name"] for each in report["rule_sets"]}

    def test_that_come_to_no_result_leave_it_unknown_whether_a_document_is_valid(self, waybill, added):
        added("breaks.sch")
        result = waybill("check", "--json", "good.xml", "total.xml")
        good, total = reports(result)
        assert good["verdict"] == total["verdict"] == "could_not_check"
        assert codes(good) == ["WB-CHECK-FAILED"]
        assert "rule H3" in good["findings"][0]["message"]
        assert "BR-CO-15" in codes(total)
        assert result.exit_code == 2

    def test_without_one_that_may_be_left_out_say_so_each_time(self, waybill, added):
        added("half.sch", "--allow", "H5")
        (report,) = reports(waybill("check", "--json", "good.xml"))
        assert (report["verdict"], codes(report)) == ("valid", ["WB-RULE-NOT-ASKED"])

    @pytest.mark.parametrize("file", ["house.xml", "house.json"])
    def test_that_are_damaged_stop_every_check_until_they_are_removed(self, waybill, added, data_dir, file):
        added("never.sch")
        (data_dir / "rules" / "added" / file).write_bytes(b"damaged")
        for command in (("check", "good.xml"), ("check", "good.xml", "--rules", "peppol"), ("rules", "list")):
            result = waybill(*command)
            assert (result.exit_code, result.stdout) == (2, "")
            assert "waybill rules remove house" in " ".join(result.stderr.split())
        assert waybill("rules", "remove", "house").exit_code == 0
        assert waybill("check", "good.xml").exit_code == 0


class TestChosenRules:
    def asked(self, waybill, *names, file="good.xml"):
        options = [option for name in names for option in ("--rules", name)]
        (report,) = reports(waybill("check", "--json", file, *options))
        return [each["name"] for each in report["rule_sets"]]

    def test_are_those_of_the_specification_unless_said_otherwise(self, waybill):
        assert self.asked(waybill, "auto") == self.asked(waybill)

    def test_are_the_only_ones_asked_beyond_structure(self, waybill):
        always = self.asked(waybill)[:2]
        assert self.asked(waybill, "peppol") == [*always, "Peppol BIS Billing"]
        assert self.asked(waybill, "belgium", "en16931") == [*always, "EN 16931", "Belgian practice"]

    def test_are_asked_whatever_a_file_says_that_it_follows(self, waybill):
        (report,) = reports(waybill("check", "--json", "good.xml", "--rules", "peppol-self-billing"))
        assert "PEPPOL-EN16931-R004" in codes(report)

    def test_leave_out_what_others_find(self, waybill):
        assert verdicts(waybill("check", "--json", "total.xml", "--rules", "belgium")) == {
            "total.xml": "valid"
        }
        assert verdicts(waybill("check", "--json", "total.xml", "--rules", "en16931")) == {
            "total.xml": "invalid"
        }

    def test_may_be_added_ones(self, waybill, added):
        added("never.sch", "--for", "urn:other")
        assert self.asked(waybill, "house")[2:] == ["house"]

    def test_are_known_by_name(self, waybill):
        result = waybill("check", "good.xml", "--rules", "peppel")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "peppol-national" in result.stderr

    def test_go_alone_if_they_are_automatic(self, waybill):
        assert waybill("check", "good.xml", "--rules", "auto", "--rules", "peppol").exit_code == 2
