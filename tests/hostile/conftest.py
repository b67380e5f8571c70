"""Runs of the main job over everything hostile, each once for all the tests that look at it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, Engine, text

from sandbox.journal import Call, Entry
from sandbox.records import SandboxRecord
from sandbox.serve import Sandbox
from tests.clients.conftest import Act, Received, Serve
from tests.hostile.answers import UUID, accepted, numbered, reply
from tests.hostile.contents import CONTENTS
from tests.hostile.documents import PURCHASE, READING, sound
from tests.hostile.files import FILES, holding
from tests.hostile.records import RECORDS
from tests.hostile.running import LISTED, Ran, among_good, run_job

_KEPT_BYTES = 1_000_000


@dataclass
class RanOverDocuments:
    """A run over hostile documents and records, and what the sandbox received."""

    ran: Ran
    uploads: list[Entry]
    messages: list[str]


def _documents_and_records() -> Iterator[SandboxRecord]:
    for number, record in enumerate(RECORDS):
        document = sound(f"RECORD-{number}")
        yield replace(PURCHASE, source_id=record.name, document=document, overrides=record.fields)
    # Large ones last: a page that they make too large is asked for again in smaller ones.
    for size, each in sorted(((len(each.make()), each) for each in (*READING, *CONTENTS)), key=itemgetter(0)):
        document = each.make if size > _KEPT_BYTES else each.make()
        yield replace(PURCHASE, source_id=each.name, document=document, number="")


@pytest.fixture(scope="session")
def a_database(administration: Engine, postgres: URL, template: str) -> Iterator[Callable[[], URL]]:
    """Makes databases with an empty ledger, for a session each."""
    with administration.connect() as connection, ExitStack() as stack:

        def make() -> URL:
            name = f"waybill_hostile_{uuid4().hex[:8]}"
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
            stack.callback(connection.execute, text(f"DROP DATABASE {name} WITH (FORCE)"))
            return postgres.set(database=name)

        yield make


@pytest.fixture(scope="session")
def over_documents(a_database: Callable[[], URL], prefect_api: str) -> RanOverDocuments:
    """A run over every hostile document and record, with good invoices among them."""
    records = among_good(_documents_and_records(), every=8)
    with Sandbox((replace(each, updated_at=None) for each in records), LISTED) as sandbox:
        ran = run_job(a_database(), sandbox.environment | {"WAYBILL_CLEARFACTS_CONCURRENCY": "4"})
        uploads = sandbox.journal.entries(Call.UPLOAD)
        messages = [each.text or "" for each in sandbox.journal.entries(Call.MESSAGE)]
    return RanOverDocuments(ran, uploads, messages)


@pytest.fixture(scope="session")
def over_answers(a_database: Callable[[], URL], prefect_api: str) -> Ran:
    """A run whose every other upload gets a hostile answer."""
    asked = dict(numbered())
    hostile = (
        replace(PURCHASE, source_id=answer.name, document=sound(number), number=number)
        for number, answer in asked.items()
    )
    serve = Serve()
    clearfacts = serve(_Clearfacts({number.encode(): answer.act for number, answer in asked.items()}))
    records = (replace(each, updated_at=None) for each in among_good(hostile, every=3))
    with Sandbox(records, LISTED) as sandbox:
        ran = run_job(
            a_database(),
            sandbox.environment
            | {"WAYBILL_CLEARFACTS_URL": clearfacts.url, "WAYBILL_CLEARFACTS_TIMEOUT_SECONDS": "2"},
        )
    clearfacts.close()
    return ran


class _Clearfacts:
    """Answers as it should, but to the uploads of some numbers."""

    def __init__(self, hostile: dict[bytes, Callable[[str], Act]]) -> None:
        self._hostile = hostile
        self._receipts = 0

    def __call__(self, request: Received) -> Act:
        if b"administrations" in request.body[:200]:
            listed = [{"companyNumber": each.company_number} for each in LISTED]
            return Serve.json({"data": {"administrations": listed}})
        self._receipts += 1
        uuid = UUID % self._receipts
        number = next((number for number in self._hostile if b"_" + number + b"_" in request.body), None)
        return self._hostile[number](uuid) if number else reply(accepted(uuid))


@dataclass
class RanOverFiles:
    """A run over a drop folder, and what became of it."""

    ran: Ran
    folder: Path
    uploads: list[Entry]


GOOD_FILES = {f"0999000129/purchase/good-{number}.xml": sound(f"GOOD-{number}") for number in range(5)}


@pytest.fixture(scope="session")
def over_files(
    a_database: Callable[[], URL], prefect_api: str, tmp_path_factory: pytest.TempPathFactory
) -> RanOverFiles:
    """A run over a folder of hostile files, with good ones among them."""
    folder = tmp_path_factory.mktemp("drop")
    for name, content in GOOD_FILES.items():
        holding(content)(folder / name)
    for each in FILES:
        each.lay(folder / each.path)
    source = {
        "WAYBILL_SOURCE": "folder",
        "WAYBILL_FOLDER_PATH": str(folder),
        "WAYBILL_FOLDER_SETTLE_SECONDS": "0",
    }
    with Sandbox((), LISTED) as sandbox:
        ran = run_job(a_database(), sandbox.environment | source)
        uploads = sandbox.journal.entries(Call.UPLOAD)
    return RanOverFiles(ran, folder, uploads)
