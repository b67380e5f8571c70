"""Time budgets: what a run gives its neighbours is what the settings say."""

import socket
from contextlib import closing
from time import monotonic

import pytest

from clients.answers import Outcome
from clients.clearfacts_queries import Upload
from clients.errors import SourceUnavailable
from invoices.source import Direction
from settings import Settings
from tasks.workbench import open_destination, open_source


@pytest.fixture
def silent():
    """The address of a neighbour that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_call_to_the_source_ends_within_its_own(silent):
    started = monotonic()
    settings = Settings(java_backend_url=silent, java_backend_token="t", java_backend_timeout_seconds=0.3)
    with closing(open_source(settings)) as source, pytest.raises(SourceUnavailable, match=r"0\.3 s"):
        source.page(None)
    assert monotonic() - started < 5


def test_an_upload_ends_within_its_own(silent):
    started = monotonic()
    settings = Settings(
        clearfacts_url=silent,
        clearfacts_login_url=silent,
        clearfacts_token="t",
        clearfacts_timeout_seconds=0.3,
    )
    upload = Upload(
        document=b"<Invoice/>",
        company_number="0123456749",
        direction=Direction.SALE,
        filename="a.xml",
        comment="Ref",
    )
    with closing(open_destination(settings)) as destination:
        assert destination.upload(upload).outcome is Outcome.UNKNOWN
    assert monotonic() - started < 5
