"""Supervision: parts that run as child processes, started again when they die, and stopped in good order."""

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from logs.relay import relay

_LOOK_SECONDS = 0.1
_ASK_SECONDS = 0.5
_CANNOT_START = 2
"""The exit code of a command that has said what must be mended first."""

_logger = logging.getLogger(__name__)


class GivenUp(Exception):
    """A part died again and again, or cannot start; the message says which, and what to look at."""


@dataclass(frozen=True, slots=True)
class Part:
    """A child process that is to run for as long as everything does.

    Attributes:
        name: Stands in each of its log lines.
        command: What to run.
        environment: What it finds beside this process's; it is started again when that changes. Waited for if None.
        is_ready: Whether it does its work; asked until it does.
        needs: Names of parts without which it is not started, and which outlive it.
        stops_within: Seconds that it has to end by itself when asked to.
    """

    name: str
    command: Sequence[str]
    environment: Callable[[], Mapping[str, str] | None] = dict
    is_ready: Callable[[], bool] = lambda: True
    needs: Sequence[str] = ()
    stops_within: float = 15.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a part may die in a row, and the seconds between: doubled each time, forgotten once it lasts."""

    most_deaths: int = 5
    first_pause: float = 0.5
    longest_pause: float = 30.0
    lasting_seconds: float = 60.0

    def pause(self, deaths: int) -> float:
        """Seconds until it is started again after so many deaths in a row."""
        return float(min(self.first_pause * 2 ** (deaths - 1), self.longest_pause))


@dataclass(eq=False, slots=True)
class _Child:
    """One life of a part; it leads a process group, to which all belongs that it starts."""

    process: "subprocess.Popen[bytes]"
    environment: Mapping[str, str]
    since: float = field(default_factory=time.monotonic)

    def signal_group(self, number: int) -> bool:
        """Whether anything was left of its group to be told."""
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True


@dataclass(eq=False, slots=True)
class _Kept:
    """A part and its lives."""

    part: Part
    child: _Child | None = None
    earlier: list[_Child] = field(default_factory=list)
    """Dead, but perhaps outlived by what they started."""
    is_ready: bool = False
    was_ready: bool = False
    deaths: int = 0
    start_at: float = 0.0
    ask_at: float = 0.0


class Supervisor:
    """Keeps parts running, as a context: when it is left, all that they started is stopped.

    SIGTERM and SIGINT end `until_ready` and `watch` in good order; a second one makes stopping immediate. For the
    main thread.
    """

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()
        self._kept: dict[str, _Kept] = {}
        self._signals = 0

    def __enter__(self) -> Self:
        self._handlers = {each: signal.signal(each, self._note) for each in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._stop()
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)

    @property
    def is_asked_to_stop(self) -> bool:
        """Whether a signal came."""
        return self._signals > 0

    def add(self, part: Part) -> None:
        """Have a part run from now on."""
        self._kept[part.name] = _Kept(part)

    def until_ready(self) -> None:
        """Wait for all parts.

        Raises:
            GivenUp: One of them does not come up.
        """
        while not self.is_asked_to_stop and not all(kept.is_ready for kept in self._kept.values()):
            self._look()

    def watch(self) -> None:
        """Keep all parts running until a signal comes.

        Raises:
            GivenUp: One of them died again and again.
        """
        while not self.is_asked_to_stop:
            self._look()

    def _note(self, _number: int, _frame: object) -> None:
        self._signals += 1

    def _look(self) -> None:
        for kept in self._kept.values():
            self._look_at(kept)
        time.sleep(_LOOK_SECONDS)

    def _look_at(self, kept: _Kept) -> None:
        # The number of a group that is gone may soon be another's.
        kept.earlier = [life for life in kept.earlier if _is_left(life)]
        if kept.child is None:
            self._start_if_due(kept)
        elif (code := kept.child.process.poll()) is not None:
            self._died(kept, kept.child, code)
        elif kept.part.environment() not in (kept.child.environment, None):
            _logger.warning("%s is started again: what it needs has moved", kept.part.name)
            self._stop_all([kept])
        elif not kept.is_ready and time.monotonic() >= kept.ask_at:
            kept.ask_at = time.monotonic() + _ASK_SECONDS
            if kept.part.is_ready():
                kept.is_ready = kept.was_ready = True
                _logger.info("%s is ready", kept.part.name)

    def _start_if_due(self, kept: _Kept) -> None:
        at_hand = all(self._kept[name].is_ready for name in kept.part.needs)
        if not at_hand or time.monotonic() < kept.start_at:
            return
        environment = kept.part.environment()
        if environment is not None:
            kept.child = _started(kept.part, environment)

    def _died(self, kept: _Kept, child: _Child, code: int) -> None:
        name = kept.part.name
        self._forget(kept)
        if time.monotonic() - child.since >= self._patience.lasting_seconds:
            kept.deaths = 0
        kept.deaths += 1
        if code == _CANNOT_START and not kept.was_ready:
            raise GivenUp(f"The {name} cannot start; its last log lines say what to mend.")
        if kept.deaths >= self._patience.most_deaths:
            raise GivenUp(
                f"The {name} died {kept.deaths} times in a row, the last time {_ending(code)}, so everything was"
                " stopped. Its last log lines say why."
            )
        pause = self._patience.pause(kept.deaths)
        kept.start_at = time.monotonic() + pause
        _logger.error("%s died %s; it is started again in %g s", name, _ending(code), pause)

    def _stop(self) -> None:
        """Those that others need last; nobody is started again any more."""
        running = list(self._kept.values())
        needed = {name for kept in running for name in kept.part.needs}
        _logger.info("stopping")
        self._stop_all([kept for kept in running if kept.part.name not in needed])
        self._stop_all([kept for kept in running if kept.part.name in needed])

    def _stop_all(self, several: Sequence[_Kept]) -> None:
        """Ask each to end, once; kill what is left of them when their time is over.

        Once, because a run that is asked again no longer waits for its uploads. What a part has started it asks
        itself; only those whose part was killed hear it from us.
        """
        signals = self._signals
        lives = [life for kept in several for life in (kept.child, *kept.earlier) if life is not None]
        for life in lives:
            if life.process.poll() is None:
                life.process.terminate()
            else:
                life.signal_group(signal.SIGTERM)
        within = max((kept.part.stops_within for kept in several), default=0.0)
        self._wait(lambda: not any(map(_is_left, lives)), within, signals)
        for life in lives:
            if life.signal_group(signal.SIGKILL):
                _logger.warning("what did not end by itself was killed", extra={"group": life.process.pid})
            life.process.wait()
        for kept in several:
            self._forget(kept)
            kept.earlier.clear()

    def _wait(self, condition: Callable[[], bool], seconds: float, signals: int) -> None:
        """Until it is true, time is up, or somebody has asked once more."""
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline and self._signals <= max(signals, 1):
            time.sleep(_LOOK_SECONDS)

    def _forget(self, kept: _Kept) -> None:
        if kept.child is not None:
            kept.earlier = [life for life in (*kept.earlier, kept.child) if _is_left(life)]
        kept.child, kept.is_ready = None, False


def _started(part: Part, environment: Mapping[str, str]) -> _Child:
    process = subprocess.Popen(  # noqa: S603 - our own modules
        part.command,
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # Ctrl-C is for us to pass on, and what it starts is stopped with it.
        start_new_session=True,
    )
    threading.Thread(target=relay, args=(part.name, process.stdout), daemon=True).start()
    _logger.info("%s is started", part.name, extra={"pid": process.pid})
    return _Child(process, environment)


def _is_left(life: _Child) -> bool:
    life.process.poll()
    return life.signal_group(0)


def _ending(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
