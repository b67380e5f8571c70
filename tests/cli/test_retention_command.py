"""`waybill holds` and `waybill housekeeping`."""

import json
from uuid import uuid4

import pytest

from tests.db.conftest import COMPANY


@pytest.fixture
def hold(waybill):
    told = waybill("holds", "add", "BE 0428.759.497", "--reason", "A court asks for it.")
    assert told.exit_code == 0, told.stderr
    return told.stdout.strip().rstrip(".").split()[-1]


def test_a_hold_is_listed_until_it_is_lifted(waybill, hold):
    found = {row["hold"]: row for row in waybill.rows("holds", "list")}
    assert (found[hold]["company_number"], found[hold]["reason"]) == (COMPANY, "A court asks for it.")
    assert found[hold]["placed_by"].endswith("(waybill holds)")
    assert waybill("holds", "remove", hold, "--reason", "The court is done.").exit_code == 0
    assert hold not in {row["hold"] for row in waybill.rows("holds", "list")}
    lifted = {row["hold"]: row for row in waybill.rows("holds", "list", "--all")}[hold]
    assert lifted["lifted_reason"] == "The court is done."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "0428759497", "--reason", " "), "needs a reason"),
        (("add", "0428759498", "--reason", "x"), "0428759498"),
        (("remove", str(uuid4()), "--reason", "x"), "is in force"),
    ],
)
def test_what_is_wrong_is_said(waybill, arguments, said):
    told = waybill("holds", *arguments)
    assert told.exit_code == 2
    assert said in " ".join(told.stderr.split())


def test_housekeeping_tells_what_it_did(waybill, prefect_api):
    told = waybill("housekeeping", "--dry-run", "--json")
    assert told.exit_code == 0, told.stderr
    report = json.loads(told.stdout)
    assert (report["state"], report["counts"]["erased"]) == ("completed", 0)
    assert "completed: would be: " in waybill("housekeeping", "--dry-run").stdout
