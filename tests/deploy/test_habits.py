"""The habits of the repository: its workflows, its bots, its hooks, its shortcuts, and the pages that explain them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.deploy.dockerfile import ROOT
from tests.deploy.manifests import VERSION

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
HOOKS = [
    hook
    for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    for hook in repo["hooks"]
]
JUSTFILE = (ROOT / "justfile").read_text()
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
PAGES = [ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs" / "decisions").glob("*.md"))]

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def jobs(path: Path) -> dict:
    return yaml.safe_load(path.read_text())["jobs"]


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        *(("vendor.github-workflows", path) for path in WORKFLOWS),
        ("vendor.dependabot", ROOT / ".github" / "dependabot.yml"),
    ],
    ids=lambda each: each.stem if isinstance(each, Path) else each,
)
def test_it_keeps_to_its_schema(schema, path):
    check = Path(sys.executable).with_name("check-jsonschema")
    said = subprocess.run(
        [check, "--builtin-schema", schema, path], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout


@each_workflow
def test_actions_are_pinned_by_commit(path):
    used = re.findall(r"uses: (\S+)(.*)", path.read_text())
    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


@each_workflow
def test_a_workflow_may_only_read(path):
    assert yaml.safe_load(path.read_text())["permissions"] == {"contents": "read"}
    more = {name: job["permissions"] for name, job in jobs(path).items() if "permissions" in job}
    assert more in ({}, {"publish": {"contents": "read", "packages": "write"}})
    assert all("timeout-minutes" in job for job in jobs(path).values())
    text = path.read_text()
    assert text.count("persist-credentials: false") == text.count("actions/checkout@")
    assert "pull_request_target" not in text


@each_workflow
def test_nothing_from_outside_becomes_part_of_a_script(path):
    scripts = [step["run"] for job in jobs(path).values() for step in job["steps"] if "run" in step]
    assert not any("${{" in script for script in scripts)


def test_an_image_is_pushed_for_a_tag_alone():
    image = jobs(ROOT / ".github" / "workflows" / "image.yml")
    assert image["publish"]["if"] == "startsWith(github.ref, 'refs/tags/v')"
    assert image["publish"]["needs"] == "build"
    pushing = [step for job in image.values() for step in job["steps"] if step.get("with", {}).get("push")]
    assert [step["with"]["provenance"] for step in pushing] == ["mode=max"]
    assert "docker/login-action" not in str(image["build"])


def test_ci_runs_what_everybody_runs_on_each_python():
    job = jobs(ROOT / ".github" / "workflows" / "ci.yml")["all"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert ".ci/run" in [step.get("run") for step in job["steps"]]


def test_files_that_a_workflow_names_are_there():
    for path in WORKFLOWS:
        named = re.findall(r"(?:deploy|docs)/[\w./-]+\w|\.ci/run|\./waybill|Dockerfile", path.read_text())
        assert all((ROOT / name).exists() for name in named), path


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_runs_a_tool_that_is_installed(hook):
    program, *_ = hook["entry"].split()
    assert Path(sys.executable).with_name(Path(program).name).exists()
    assert program.startswith(".venv/bin/")
    assert hook["language"] == "system"
    if "files" in hook:
        tracked = [str(path.relative_to(ROOT)) for path in ROOT.glob("[!.]*")]
        tracked += [
            str(path.relative_to(ROOT)) for top in ("deploy", ".github") for path in (ROOT / top).rglob("*")
        ]
        assert [name for name in tracked if re.search(hook["files"], name)]


def test_what_names_the_version_names_this_one():
    places = ["compose.yaml", "justfile", ".github/workflows/image.yml", "docs/containers.md"]
    for place in places:
        named = set(re.findall(r"waybill:(\d+\.\d+\.\d+)", (ROOT / place).read_text()))
        assert named == {VERSION}, place
    overlay = yaml.safe_load((ROOT / "deploy/kubernetes/example/kustomization.yaml").read_text())
    assert overlay["images"][0]["newTag"] == VERSION


def test_the_justfile_fits_on_a_screen_and_each_recipe_says_what_it_is_for():
    assert len(JUSTFILE.splitlines()) <= 60
    recipes = re.findall(r"(?:^# (.+)\n)?^([a-z]\w*)(?: [^:=\n]+)?:(?!=)", JUSTFILE, re.MULTILINE)
    assert len(recipes) > 8
    assert all(why for why, _ in recipes), recipes


def test_the_locks_are_made_as_they_say():
    for lock in ("requirements.lock", "deploy/image.lock", "deploy/build.lock"):
        (made,) = re.findall(r"^#    uv (pip compile .*)$", (ROOT / lock).read_text(), re.MULTILINE)
        assert made.replace(" -o ", " --output-file ") in JUSTFILE


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text())
    assert all((page.parent / target).exists() for target in targets)


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_context_and_its_consequences_on_one_page(page):
    text = page.read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert "\nAccepted.\n" in text
    assert len(text.splitlines()) <= 60
    assert f"({page.name})" in (page.parent / "README.md").read_text()


def test_there_are_five_decisions():
    assert [page.name[:4] for page in DECISIONS] == ["0001", "0002", "0003", "0004", "0005"]


def test_nobody_is_made_up():
    """No mail address, no person: reports go to the place that the host of the repository has for them."""
    for page in PAGES:
        assert not re.search(r"[\w.]+@[\w-]+\.\w+", page.read_text()), page
    assert "Report a vulnerability" in (ROOT / "SECURITY.md").read_text()
