"""The pages of problems: each kind that the facade may answer with is explained, here and in the documentation."""

import re
from pathlib import Path

import pytest

from api.app import create
from api.problems import PROBLEMS
from settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "problems.md").read_text()

create(Settings.model_construct())  # imports whatever defines a kind
KINDS = dict(sorted(PROBLEMS.items()))


def test_all_kinds_are_listed_to_anybody(facade):
    answer = facade.get("/problems")
    assert answer.status_code == 200
    assert [each["code"] for each in answer.json()["data"]] == list(KINDS)


def test_the_type_of_a_problem_leads_to_its_page(facade):
    problem = facade.get("/problems/unheard-of").json()
    assert problem["error"]["code"] == "not-found"
    page = facade.get(problem["type"]).json()["data"]
    assert (page["code"], page["status"], page["title"]) == ("not-found", 404, problem["title"])
    assert page["documentation"] == "There is nothing there, or nothing that the caller may see."


@pytest.mark.parametrize("code", KINDS)
def test_each_kind_is_documented(code):
    kind = KINDS[code]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    documentation = " ".join(kind.__doc__.split())
    assert f"| `{code}` | {int(kind.status)} | {kind.title} | {documentation} |" in PAGE.splitlines()


def test_no_kind_is_documented_that_is_not_there():
    assert set(re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE)) == set(KINDS)
