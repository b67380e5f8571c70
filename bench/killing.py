"""`waybill run` in processes of their own: started again and again, killed at moments that nobody chose, watched."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

COMMAND = str(Path(sys.executable).with_name("waybill"))

_TWO_AT_ONCE = 0.2
# Most of what a run does before its first upload is to start: to load its modules and its checking processes.
_KILLED_BEFORE_UPLOADS = 0.1
_BEFORE_UPLOADS_SECONDS = 15.0
_LOOK_EVERY_SECONDS = 0.2
_PATIENCE_SECONDS = 900.0
_TAIL = 2_000

# 0 all well, 1 a person is needed, 2 the run failed and said why.
_EXPECTED = {0, 1, 2}


@dataclass(slots=True)
class Run:
    """One process; `kill_at` is on the monotonic clock, None while it is not yet to be killed."""

    process: subprocess.Popen[bytes]
    output: Path
    errors: Path
    uploads_before: int
    kill_at: float | None = None

    def said(self) -> str:
        """The end of what it wrote to stderr."""
        return self.errors.read_text(errors="replace")[-_TAIL:]

    def state(self) -> str:
        """How it ended: killed, or as its report says."""
        if self.process.returncode == -signal.SIGKILL:
            return "killed"
        try:
            return str(json.loads(self.output.read_bytes())["state"])
        except ValueError:
            return "failed"


@dataclass(slots=True)
class Ends:
    """How runs ended.

    Attributes:
        states: How many were killed, completed, needed a person, or failed.
        crashed: What those said that ended as no run may end.
    """

    states: Counter[str] = field(default_factory=Counter)
    crashed: list[str] = field(default_factory=list)

    def note(self, run: Run) -> None:
        """Count a run that is over."""
        state, code = run.state(), run.process.returncode
        self.states[state] += 1
        if state != "killed" and (code not in _EXPECTED or "Traceback" in run.said()):
            self.crashed.append(f"a run ended with exit code {code}: {run.said()}")


class Runs:
    """Starts runs and sees them to their ends.

    Args:
        environment: Of each run.
        directory: For what they write.
        uploads: How many there have been, which tells when a run is at work.
        watch: Called again and again with the ids of the processes that run.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        directory: Path,
        uploads: Callable[[], int],
        watch: Callable[[list[int]], None],
    ) -> None:
        self.ends = Ends()
        self._environment = environment
        self._directory = directory
        self._uploads = uploads
        self._watch = watch
        self._started = 0

    def to_the_end(self, *arguments: str) -> None:
        """One run that nobody kills."""
        self._see_through([self._start(*arguments)], lambda _: None)

    def under_fire(self, chance: random.Random, kill_every: float) -> None:
        """One run, sometimes two at once, each killed after some seconds.

        It uploads for `kill_every` seconds on average, if it is not over before; some are killed before that.
        """
        runs = [self._start() for _ in range(2 if chance.random() < _TWO_AT_ONCE else 1)]
        for run in runs:
            if chance.random() < _KILLED_BEFORE_UPLOADS:
                run.kill_at = time.monotonic() + chance.uniform(0, _BEFORE_UPLOADS_SECONDS)

        def aim(run: Run) -> None:
            if run.kill_at is None and self._uploads() > run.uploads_before:
                run.kill_at = time.monotonic() + chance.uniform(0, 2 * kill_every)

        self._see_through(runs, aim)

    def _start(self, *arguments: str) -> Run:
        self._started += 1
        output, errors = (self._directory / f"run-{self._started}.{kind}" for kind in ("out", "err"))
        with output.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen(
                [COMMAND, "run", "--json", *arguments], env=self._environment, stdout=out, stderr=err
            )
        return Run(process, output, errors, self._uploads())

    def _see_through(self, runs: list[Run], aim: Callable[[Run], None]) -> None:
        given_up_at = time.monotonic() + _PATIENCE_SECONDS
        try:
            while alive := [run for run in runs if run.process.poll() is None]:
                if time.monotonic() > given_up_at:
                    raise RuntimeError(f"a run did not end: {alive[0].said()}")
                self._watch([run.process.pid for run in alive])
                for run in alive:
                    aim(run)
                    if run.kill_at is not None and time.monotonic() >= run.kill_at:
                        run.process.kill()
                        run.process.wait()
                time.sleep(_LOOK_EVERY_SECONDS)
        finally:
            for run in runs:
                run.process.kill()
                run.process.wait()
        for run in runs:
            self.ends.note(run)
            run.output.unlink()
            run.errors.unlink()


def resident_bytes(pid: int) -> int:
    """Resident memory of a process and of all below it; what they share counts for each."""
    return sum(_family(pid))


def _family(pid: int) -> Iterator[int]:
    with suppress(psutil.Error):
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            with suppress(psutil.Error):
                yield process.memory_info().rss
