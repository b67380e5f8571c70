# Shortcuts for people who work on Waybill; `just` alone lists them. CONTRIBUTING.md says more.

uv := "uv"

_list:
    @just --list --unsorted

# the main job on realistic invoices, with nothing to set up
demo:
    ./waybill demo

# everything in one process tree, until interrupted
up:
    ./waybill up

# the tests, or some: just test tests/db -k claims
test *arguments:
    ./waybill test {{arguments}}

# all that CI asks: lint, types, layers, tests, coverage
ci:
    .ci/run

# lint, types and layers alone
lint:
    .venv/bin/ruff check .
    .venv/bin/ruff format --check .
    .venv/bin/mypy
    .venv/bin/lint-imports
    .venv/bin/hadolint --failure-threshold style Dockerfile

# put the code into shape
format:
    .venv/bin/ruff check --fix .
    .venv/bin/ruff format .

# docs/openapi.json, after a change of the API
openapi:
    ./waybill openapi --output docs/openapi.json

# the three locks, after a change of a pin
locks:
    {{uv}} pip compile --universal --generate-hashes --python-version 3.11 --extra embedded --extra kafka --extra kubernetes --extra redis --extra tracing --group dev pyproject.toml --output-file requirements.lock
    {{uv}} pip compile --universal --generate-hashes --python-version 3.11 --extra kafka --extra kubernetes --extra redis --extra tracing pyproject.toml --constraint requirements.lock --output-file deploy/image.lock
    {{uv}} pip compile --universal --generate-hashes --python-version 3.11 deploy/build.in --constraint requirements.lock --output-file deploy/build.lock

# the image, under the name that compose.yaml expects
image:
    docker build --tag waybill:0.1.0 .

# what would be applied to a cluster
manifests overlay="example":
    kubectl kustomize deploy/kubernetes/{{overlay}}
