"""Settings for commands that need no ledger."""

import pytest

from tests.cli.checking import without_a_database


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def settings(monkeypatch, data_dir, tmp_path):
    monkeypatch.chdir(tmp_path)
    return without_a_database(monkeypatch, data_dir)
