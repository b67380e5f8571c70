"""`waybill demo`: the main job on embedded defaults, with nothing set up."""

import os
import subprocess

import pytest

from sandbox.demo import demo_records
from tests.acceptance.conftest import COMMAND


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> str:
    """What a first demo on a fresh machine prints."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("WAYBILL_", "PREFECT_"))
    }
    environment |= {"WAYBILL_DATA_DIR": str(tmp_path_factory.mktemp("demo")), "COLUMNS": "200"}
    finished = subprocess.run(
        [COMMAND, "demo"], env=environment, capture_output=True, text=True, timeout=240, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_it_shows_what_became_of_every_invoice(shown):
    for record in demo_records():
        assert record.label in shown


def test_it_shows_what_is_wrong_with_the_refused_ones(shown):
    for code in ("WB-XML", "UBL-XSD", "WB-COMPANY"):
        assert f"[{code}]" in shown


def test_it_counts_what_clearfacts_took(shown):
    assert "36 invoices: 27 sent" in shown
    assert "Clearfacts took 27" in shown


def test_it_says_where_to_look_further(shown):
    assert "waybill invoices --needs-person" in shown
    assert "waybill demo --keep" in shown
