"""Supervision: parts are started in order, started again when they die, and stopped so that nothing is left."""

import io
import json
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager

import psutil
import pytest
import structlog

from cli.supervision import GivenUp, Part, Patience, Supervisor
from logs.setup import configure
from tests.logging_kept import logging_kept

EAGER = Patience(most_deaths=3, first_pause=0.05, longest_pause=0.1, lasting_seconds=30)

STAYS = "import time; time.sleep(600)"
ENDS_IN_ORDER = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
try:
    time.sleep(600)
finally:
    time.sleep(0.3)
    pathlib.Path(sys.argv[1]).open("a").write(sys.argv[2])
"""
WILL_NOT_END = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(600)
"""
STARTS_ANOTHER = """
import subprocess, sys, time
another = subprocess.Popen([sys.executable, "-c", sys.argv[2]])
open(sys.argv[1], "w").write(str(another.pid))
time.sleep(600)
"""


def python(code, *arguments):
    return [sys.executable, "-c", code, *map(str, arguments)]


@pytest.fixture
def logged():
    """What is logged, event by event."""
    stream = io.StringIO()
    with logging_kept():
        configure(stream, "INFO")
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()


@contextmanager
def signalled(number=signal.SIGTERM, *, after=lambda: True):
    """Sends this process a signal once it is time."""

    def send():
        until(after)
        os.kill(os.getpid(), number)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    yield
    sender.join()


def until(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def of_us(code):
    return [each for each in psutil.Process().children(recursive=True) if code in _command(each)]


def _command(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def kept(*parts):
    """Runs until somebody asks it to stop, or a part is given up."""
    with Supervisor(EAGER) as supervisor:
        for part in parts:
            supervisor.add(part)
        supervisor.watch()


def events(logged, words):
    return [each for each in logged() if words in each["event"]]


def test_a_part_that_dies_is_started_again(logged):
    with Supervisor(EAGER) as supervisor:
        supervisor.add(Part("one", python(STAYS)))
        supervisor.until_ready()
        (first,) = of_us(STAYS)
        first.kill()
        again = lambda: any(each.pid != first.pid for each in of_us(STAYS))  # noqa: E731
        with signalled(after=again):
            supervisor.watch()
        assert supervisor.is_asked_to_stop
    assert of_us(STAYS) == []
    assert events(logged, "one died by SIGKILL; it is started again in 0.05 s")


def test_a_part_that_dies_again_and_again_ends_everything(logged):
    good, bad = (
        Part("good", python(STAYS)),
        Part("bad", python("raise SystemExit(7)"), is_ready=lambda: False),
    )
    with pytest.raises(GivenUp, match="The bad died 3 times in a row, the last time with exit code 7"):
        kept(good, bad)
    assert of_us(STAYS) == []
    assert len(events(logged, "bad died")) == 2


def test_deaths_are_forgotten_once_a_part_lasts(logged):
    patience = Patience(most_deaths=2, first_pause=0.01, lasting_seconds=0)
    with Supervisor(patience) as supervisor:
        supervisor.add(Part("one", python("raise SystemExit(1)")))
        with signalled(after=lambda: len(events(logged, "one died")) > 3):
            supervisor.watch()


def test_a_part_that_says_that_it_cannot_start_is_not_tried_again(logged):
    with pytest.raises(GivenUp, match="The one cannot start"):
        kept(Part("one", python("raise SystemExit(2)"), is_ready=lambda: False))
    assert len(events(logged, "one is started")) == 1


def test_pauses_double_up_to_the_longest():
    patience = Patience(first_pause=0.5, longest_pause=30)
    assert [patience.pause(deaths) for deaths in (1, 2, 3, 9)] == [0.5, 1, 2, 30]


def test_a_part_waits_for_what_it_needs_and_outlives_who_needs_it(logged, tmp_path):
    ends = tmp_path / "ends"
    ready = threading.Event()
    with Supervisor(EAGER) as supervisor:
        supervisor.add(Part("first", python(ENDS_IN_ORDER, ends, "first "), is_ready=ready.is_set))
        supervisor.add(Part("second", python(ENDS_IN_ORDER, ends, "second "), needs=["first"]))
        threading.Timer(0.5, ready.set).start()
        supervisor.until_ready()
        time.sleep(0.5)
    assert ends.read_text() == "second first "
    names = [each["event"] for each in logged() if "is " in each["event"]]
    assert names == ["first is started", "first is ready", "second is started", "second is ready"]


def test_a_part_is_started_again_where_what_it_needs_has_moved(logged, tmp_path):
    place = {"WHERE": "here"}
    code = "import os, time; print(os.environ['WHERE'], flush=True); time.sleep(600)"
    with Supervisor(EAGER) as supervisor:
        supervisor.add(Part("one", python(code), lambda: dict(place)))
        with signalled(after=lambda: events(logged, "there")):
            until_said = threading.Thread(
                target=lambda: (until(lambda: events(logged, "here")), place.update(WHERE="there")),
                daemon=True,
            )
            until_said.start()
            supervisor.watch()
    assert events(logged, "what it needs has moved")
    assert not events(logged, "died")


def test_a_part_whose_environment_is_not_known_yet_is_waited_for(logged):
    known = []
    with Supervisor(EAGER) as supervisor:
        supervisor.add(Part("one", python(STAYS), lambda: known[0] if known else None))
        threading.Timer(0.3, lambda: known.append({})).start()
        supervisor.until_ready()
    assert events(logged, "one is started")


def test_what_will_not_end_is_killed_when_its_time_is_over(logged):
    with Supervisor(EAGER) as supervisor:
        supervisor.add(
            Part("one", python(WILL_NOT_END), is_ready=lambda: bool(events(logged, "up")), stops_within=0.3)
        )
        supervisor.until_ready()
    assert of_us(WILL_NOT_END) == []
    assert events(logged, "was killed")


def test_a_second_signal_does_not_wait(logged):
    with signalled(after=lambda: events(logged, "stopping")), Supervisor(EAGER) as supervisor:
        supervisor.add(
            Part("one", python(WILL_NOT_END), is_ready=lambda: bool(events(logged, "up")), stops_within=600)
        )
        with signalled(signal.SIGINT, after=lambda: events(logged, "one is ready")):
            supervisor.watch()
    assert of_us(WILL_NOT_END) == []


def test_what_a_killed_part_had_started_ends_with_the_rest(logged, tmp_path):
    noted = tmp_path / "pid"
    with Supervisor(EAGER) as supervisor:
        supervisor.add(
            Part(
                "one",
                python(STARTS_ANOTHER, noted, STAYS),
                is_ready=lambda: noted.exists() and noted.read_text() != "",
            )
        )
        supervisor.until_ready()
        another = psutil.Process(int(noted.read_text()))
        psutil.Process(another.ppid()).kill()
        with signalled(after=lambda: events(logged, "one died")):
            supervisor.watch()
        assert another.is_running()
    assert not psutil.wait_procs([another], timeout=10)[1]


def test_each_line_is_an_event_and_says_which_part_wrote_it(logged):
    ours = {"timestamp": "2026-03-14T09:00:00.000+00:00", "level": "info", "logger": "a", "event": "said"}
    code = f"print({json.dumps(ours)!r}); print('token=hush'); print('{{}}'); print('{{'); print(); print('  in')"
    with Supervisor(EAGER) as supervisor:
        supervisor.add(Part("one", python(f"{code}\n{STAYS}"), is_ready=lambda: bool(events(logged, "  in"))))
        supervisor.add(Part("two", python(f"import sys\nsys.stderr.write('trouble\\n')\n{STAYS}")))
        supervisor.until_ready()
        until(lambda: events(logged, "trouble"))
    said = [(each["part"], each["event"]) for each in logged() if "part" in each]
    assert [event for part, event in said if part == "one"] == ["said", "token=[redacted]", "{}", "{", "  in"]
    assert ("two", "trouble") in said
    assert {"part": "one", **ours} in logged()


def test_lines_of_a_console_say_it_too():
    stream = io.StringIO()
    with logging_kept():
        configure(stream, "INFO", "console")
        ours = {"timestamp": "t", "level": "info", "logger": "a", "event": "said", "correlation_id": "r-1"}
        with Supervisor(EAGER) as supervisor:
            supervisor.add(Part("one", python(f"print({json.dumps(ours)!r}, flush=True)\n{STAYS}")))
            supervisor.until_ready()
            until(lambda: "said" in stream.getvalue())
    structlog.reset_defaults()
    assert 't info a: said part="one" [r-1]' in stream.getvalue()


def test_signals_are_as_they_were_afterwards():
    before = signal.getsignal(signal.SIGTERM)
    with Supervisor(EAGER):
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
