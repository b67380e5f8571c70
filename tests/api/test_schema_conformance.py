"""The running facade does what its description says, whatever it is sent: tried by schemathesis, all checks."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.scopes import ROUTES
from invoices.lifecycle import State
from tests.api.surroundings import a_sandbox, arranging, settings_of

CONFIG = Path(__file__).parent / "schemathesis.toml"
SETTINGS = {
    "rate_limit": "1000000/minute",
    "rate_limit_address": "1000000/minute",
    "java_backend_webhook_secret": "whsec_" + "c2VjcmV0" * 5,
}


@pytest.fixture
def an_admin(serve, caller, ledger):
    """An administrator of a facade whose ledger has invoices in every state, and whose neighbours answer."""
    with a_sandbox() as sandbox, arranging(ledger) as arrange:
        for state in State:
            for _ in range(3):
                arrange.in_state(state)
        yield caller("admin", server=serve(**settings_of(sandbox), **SETTINGS))


def test_the_facade_does_what_its_description_says(an_admin, tmp_path):
    token = an_admin.headers["Authorization"].removeprefix("Bearer ")
    tried = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"),
            *(str(an_admin.base_url.join("/openapi.json")), "--report-dir", str(tmp_path)),
        ],
        env={**os.environ, "WAYBILL_TEST_TOKEN": token, "NO_COLOR": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert re.search(rf"Tested: +{len(ROUTES)}$", tried.stdout, re.MULTILINE)
