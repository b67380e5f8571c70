"""Reads the Dockerfile's instructions, and what .dockerignore lets through to them."""

import json
import re
import shlex
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Instruction:
    name: str
    flags: tuple[str, ...]
    text: str

    @property
    def words(self) -> list[str]:
        """What follows the flags, in JSON or as a shell would split it."""
        return json.loads(self.text) if self.text.startswith("[") else shlex.split(self.text)


@dataclass(slots=True)
class Stage:
    base: str
    name: str | None
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[Instruction]:
        return [each for each in self.instructions if each.name == name]

    def last(self, name: str) -> Instruction:
        return self.all(name)[-1]

    @property
    def health_check(self) -> list[str]:
        return json.loads(self.last("HEALTHCHECK").text.partition("CMD ")[2])

    @property
    def environment(self) -> dict[str, str]:
        pairs = [word for each in self.all("ENV") for word in each.words]
        return dict(pair.split("=", 1) for pair in pairs)


@dataclass(frozen=True, slots=True)
class Dockerfile:
    stages: list[Stage]

    @classmethod
    def read(cls) -> Self:
        text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
        lines = re.sub(r"\\\n", " ", text).splitlines()
        stages: list[Stage] = []
        for line in filter(None, map(str.strip, lines)):
            name, rest = line.split(None, 1)
            if name == "FROM":
                base, _, alias = rest.partition(" AS ")
                stages.append(Stage(base, alias or None))
                continue
            flags = re.match(r"(--\S+\s+)*", rest)
            stages[-1].instructions.append(
                Instruction(name, tuple(flags[0].split()), rest[flags.end() :].strip())
            )
        return cls(stages)

    def stage(self, name: str) -> Stage:
        return next(each for each in self.stages if each.name == name)

    @property
    def final(self) -> Stage:
        return self.stages[-1]


def context() -> list[Path]:
    """The files of the checkout that a build is given, as paths from its root."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert lines[0] == "*", "everything is kept out that is not let in by name"
    allowed = [line[1:] for line in lines if line.startswith("!")]
    kept_out = [line.removeprefix("**/") for line in lines if line.startswith("**/")]
    assert len(lines) == 1 + len(allowed) + len(kept_out)
    found = (ROOT / name for name in allowed)
    files = [file for each in found for file in (each.rglob("*") if each.is_dir() else [each])]
    return [
        file.relative_to(ROOT)
        for file in files
        if file.is_file() and not any(fnmatch(part, out) for part in file.parts for out in kept_out)
    ]
