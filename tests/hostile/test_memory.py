"""Memory stays bounded, whatever comes: measured as the most that a process ever held of it."""

import re
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from clients.clearfacts import Clearfacts
from clients.clearfacts_queries import Upload
from clients.errors import OutsideError
from clients.java_backend import JavaBackend
from invoices.source import Direction
from tasks.check_pool import CheckPool
from tests.clients.conftest import Serve
from tests.hostile.answers import endless, gzip_bomb, reply
from tests.hostile.documents import SHAPES, SOUND, with_doctype

STATUS = Path("/proc/self/status")
ENTITIES = with_doctype(b"[<!ENTITY a '" + b"a" * 100_000 + b"'>]", b"&a;" * 500_000)
LARGE = [each.make for each in SHAPES]

pytestmark = pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells how much a process ever held")


def megabytes(what, process="self"):
    """`VmRSS` is what a process holds, `VmHWM` the most that it ever held."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(re.search(rf"^{what}:\s+(\d+) kB$", status, re.MULTILINE)[1]) / 1000


@contextmanager
def at_most(more):
    """This process never holds so many megabytes more than it does now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = megabytes("VmRSS")
    yield
    assert megabytes("VmHWM") - before < more


@pytest.fixture
def url(request):
    serve = Serve()
    answer = request.param()
    yield serve(lambda _: answer).url
    serve.servers[0].close()


ENDLESS = {
    "a gzip bomb of 1 GB": lambda: reply(gzip_bomb(), Content_Encoding="gzip"),
    "endless": lambda: endless,
}
answers = pytest.mark.parametrize("url", ENDLESS.values(), ids=ENDLESS.keys(), indirect=True)


@answers
def test_an_upload_s_answer_takes_little_memory(url):
    clearfacts = Clearfacts(url, url, "token")
    upload = Upload(SOUND, "0999000129", Direction.PURCHASE, "a.xml", "")
    with at_most(50):
        assert clearfacts.upload(upload).code == "unreadable"


@answers
def test_a_page_takes_no_more_memory_than_a_page_may_have(url):
    backend = JavaBackend(url, "token")
    with at_most(200), pytest.raises(OutsideError):
        backend.page(None)


def test_a_check_takes_memory_by_the_size_of_the_document_alone(checker):
    pool = CheckPool(1, 60, checker)
    try:
        pool.check({uuid4(): SOUND})
        [process] = (each._running[0].pid for each in pool._processes)
        before = megabytes("VmHWM", process)
        for make in (*LARGE, lambda: ENTITIES):
            content = make()
            pool.check({uuid4(): content})
            [still] = (each._running[0].pid for each in pool._processes)
            assert still == process
        assert megabytes("VmHWM", process) - before < 1000
    finally:
        pool.close()
