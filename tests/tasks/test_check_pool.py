"""The pool of checking processes: one that hangs or dies takes no other document with it."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from invoices.findings import Verdict
from invoices.worker import serve
from sandbox.load import load_records
from tasks.check_pool import CheckPool
from tasks.checking_process import CheckerClosedError
from tests.tasks.misbehaving import DIES, HANGS, Misbehaving

VALID = [record.read_document() for record in load_records(60)]
NOT_XML = b"an invoice, honestly"
ROOT = Path(__file__).parents[2]


def documents(*contents):
    return {uuid4(): content for content in contents}


@contextmanager
def a_pool(*arguments):
    pool = CheckPool(*arguments)
    try:
        yield pool
    finally:
        pool.close()


@pytest.fixture(scope="module")
def pool(checker):
    with a_pool(2, 60, checker) as opened:
        yield opened


@pytest.fixture(scope="module")
def misbehaving(checker):
    with a_pool(1, 3, Misbehaving(checker)) as opened:
        yield opened


def test_each_document_gets_the_verdict_that_a_check_in_this_process_gives(pool, checker):
    batch = documents(*VALID, NOT_XML, b"", b"<a/>")
    assert pool.check(batch) == {document: checker.check(content) for document, content in batch.items()}


def test_no_documents_need_no_check(pool):
    assert pool.check({}) == {}


def test_documents_too_large_for_one_message_are_checked_all_the_same(pool):
    padding = b"<!--" + b"x" * 3_000_000 + b"-->"
    batch = documents(*(content + padding for content in VALID[:3]))
    assert {each.checked.verdict for each in pool.check(batch).values()} == {Verdict.VALID}


@pytest.mark.parametrize(
    ("culprit", "message"),
    [(HANGS, "it did not end within 3 seconds."), (DIES, "its process ended unexpectedly (exit code 7).")],
    ids=["hangs", "dies"],
)
def test_the_document_that_takes_its_process_with_it_could_not_be_checked_and_the_others_were(
    misbehaving, culprit, message, checker
):
    before, broken, after = uuid4(), uuid4(), uuid4()
    results = misbehaving.check({before: VALID[0], broken: culprit, after: NOT_XML})
    assert results[before] == checker.check(VALID[0])
    assert results[after] == checker.check(NOT_XML)
    assert results[broken].checked.verdict is Verdict.COULD_NOT_CHECK
    assert results[broken].facts is None
    assert results[broken].checked.findings[0].message.endswith(message)


def test_the_pool_goes_on_after_a_death(misbehaving, checker):
    misbehaving.check(documents(DIES))
    (result,) = misbehaving.check(documents(VALID[0])).values()
    assert result == checker.check(VALID[0])


def test_processes_that_were_killed_from_outside_are_replaced(pool):
    pool.check(documents(VALID[0]))
    for child in multiprocessing.active_children():
        os.kill(child.pid, signal.SIGKILL)
    batch = documents(*VALID)
    assert {each.checked.verdict for each in pool.check(batch).values()} == {Verdict.VALID}


def test_closing_ends_a_check_that_is_under_way_without_a_verdict(checker):
    before = set(multiprocessing.active_children())
    with a_pool(1, 60, Misbehaving(checker)) as closing, ThreadPoolExecutor(1) as beside:
        checking = beside.submit(closing.check, documents(HANGS, VALID[0]))
        while not set(multiprocessing.active_children()) - before:
            time.sleep(0.01)
        closing.close()
        with pytest.raises(CheckerClosedError):
            checking.result(30)


def test_a_checking_process_holds_no_socket_of_this_one(checker):
    with socket.create_server(("127.0.0.1", 0)) as server, a_pool(2, 60, checker) as fresh:
        fresh.check(documents(*VALID))
        children = [child.pid for child in multiprocessing.active_children()]
        held = {name for child in children for name in sockets(child)}
        assert len(children) >= 2
        assert sockets(os.getpid()) >= {target(Path(f"/proc/self/fd/{server.fileno()}"))}
        assert held.isdisjoint(sockets(os.getpid()))


def sockets(pid):
    return {name for name in map(target, Path(f"/proc/{pid}/fd").iterdir()) if name.startswith("socket:")}


def target(handle):
    try:
        return str(handle.readlink())
    except FileNotFoundError:
        return ""


def test_closing_ends_the_processes(checker):
    before = set(multiprocessing.active_children())
    with a_pool(1, 60, checker) as closed:
        closed.check(documents(VALID[0]))
        (child,) = set(multiprocessing.active_children()) - before
    child.join(10)
    assert child.exitcode is not None


PARENT = """
import multiprocessing, threading, time
from uuid import uuid4
from tasks.check_pool import CheckPool
from tests.tasks.misbehaving import HANGS, Misbehaving

pool = CheckPool(1, 60, Misbehaving())
pool.check({uuid4(): b"<a/>"})
threading.Thread(target=pool.check, args=({uuid4(): HANGS},)).start()
time.sleep(0.5)
print(*[child.pid for child in multiprocessing.active_children()], flush=True)
"""


def test_checking_processes_end_when_this_one_is_killed_even_over_a_check_that_hangs():
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        children = parent.stdout.readline().split()
        parent.kill()
    assert children
    deadline = time.monotonic() + 10
    while any(map(is_alive, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [child for child in children if is_alive(child)] == []


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_checking_process_answers_until_its_connection_is_closed(checker):
    ours, theirs = multiprocessing.Pipe()
    with ThreadPoolExecutor(1) as beside, theirs:
        serving = beside.submit(serve, theirs, checker)
        with ours:
            ours.send([VALID[0], NOT_XML])
            assert ours.recv() == [checker.check(VALID[0]), checker.check(NOT_XML)]
        assert serving.result(10) is None
