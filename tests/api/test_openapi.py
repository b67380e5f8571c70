"""The description of the facade: complete, the same as the one that is kept, and made without any setting."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.app import create
from api.openapi import TAGS, api_routes
from api.problems import PROBLEMS
from api.scopes import ROUTES
from cli.app import app as command_line
from settings import Settings

KEPT = Path(__file__).parents[2] / "docs" / "openapi.json"
APP = create(Settings.model_construct())
DOCUMENT = APP.openapi()
OPERATIONS = {
    f"{method} {path}": DOCUMENT["paths"][path][method.lower()] for method, path, _ in api_routes(APP)
}
PROBLEM = {"$ref": "#/components/schemas/ProblemDetails"}


@pytest.fixture
def printed():
    def run(*arguments):
        return CliRunner().invoke(command_line, ["openapi", *arguments])

    return run


def test_the_kept_description_is_that_of_this_code(printed):
    assert printed().stdout == KEPT.read_text(), "run `waybill openapi --output docs/openapi.json`"


def test_it_is_written_where_one_asks(printed, tmp_path):
    assert printed("--output", str(tmp_path / "it.json")).exit_code == 0
    assert json.loads((tmp_path / "it.json").read_text()) == DOCUMENT


def test_that_it_cannot_be_written_is_said(printed, tmp_path):
    result = printed("--output", str(tmp_path / "nowhere" / "it.json"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_settings_do_not_change_it(printed, monkeypatch):
    monkeypatch.setenv("WAYBILL_FACADE_MODE", "minimal")
    monkeypatch.setenv("WAYBILL_SOURCE", "folder")
    assert json.loads(printed().stdout) == DOCUMENT


def test_the_facade_serves_it(facade):
    assert facade.get("/openapi.json").json() == DOCUMENT


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_explains_itself(name):
    operation = OPERATIONS[name]
    assert operation["summary"]
    assert operation["description"]
    assert set(operation["tags"]) <= set(TAGS)
    assert len(operation["tags"]) == 1


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_operation_says_who_may_call_it(name):
    scope = ROUTES[tuple(name.split(" "))]
    security = OPERATIONS[name]["security"]
    assert security == ([] if scope is None else [{"bearer": [scope]}, {"apiKey": [scope]}])
    asks = {"401", "403"} <= set(OPERATIONS[name]["responses"])
    assert asks or scope is None


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_problem_of_an_operation_has_its_shape_and_an_example(name):
    for status, response in OPERATIONS[name]["responses"].items():
        assert "X-Request-ID" in response["headers"]
        if status < "400":
            continue
        (media_type, content), *more = response["content"].items()
        assert (media_type, content["schema"], more) == ("application/problem+json", PROBLEM, [])
        assert content["examples"]
        for code in content["examples"]:
            assert int(PROBLEMS[code].status) == int(status)


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_parameter_is_described_and_each_body_has_an_example(name):
    operation = OPERATIONS[name]
    for parameter in operation.get("parameters", ()):
        described = parameter.get("description") or parameter["schema"].get("description")
        assert described or parameter["in"] == "path", parameter["name"]
    for media_type, content in operation.get("requestBody", {"content": {}})["content"].items():
        if media_type == "application/json":
            assert any("examples" in each for each in with_examples(content))


def with_examples(content):
    schema = content["schema"]
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return [content, schema, *schema["properties"].values()]


def test_operations_have_names_of_their_own_and_every_tag_is_used():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(names) == len(set(names))
    assert {operation["tags"][0] for operation in OPERATIONS.values()} == set(TAGS)


def test_every_reference_leads_somewhere():
    def referred(value):
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for each in value.values():
                yield from referred(each)
        elif isinstance(value, list):
            for each in value:
                yield from referred(each)

    for reference in set(referred(DOCUMENT)):
        where = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            where = where[step]


def test_nothing_is_left_of_the_shapes_of_the_framework():
    assert "ValidationError" not in json.dumps(DOCUMENT)
