"""Reads as much of GraphQL as Clearfacts' calls use: one operation, its root field, arguments and selection.

Aliases, directives, named fragments and several root fields are refused.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sandbox.errors import GraphQLError

_LEXEME = re.compile(
    r"""[\s,\ufeff]*(?:\#[^\n]*[\s,]*)*(
        \.\.\. | [{}()\[\]:!$=] | [_A-Za-z]\w* | -?\d+(?:\.\d+)? | "(?:[^"\\\n]|\\.)*"
    )""",
    re.VERBOSE,
)
_IGNORED = re.compile(r"[\s,\ufeff]*(?:#[^\n]*[\s,]*)*\Z")

Selection = dict[str, "Selection"]


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name` where a value stands."""

    name: str


@dataclass(frozen=True, slots=True)
class EnumValue:
    """A bare name where a value stands."""

    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A query or mutation: the types that it declares for its variables, and its one root field."""

    kind: str
    variable_types: Mapping[str, str]
    root_field: str
    arguments: Mapping[str, object]
    selection: Selection


@lru_cache(maxsize=256)
def parse(text: str) -> Operation:
    """The operation in `text`.

    Raises:
        GraphQLError: It is not one operation with one root field.
    """
    return _Parser(_lexemes(text)).operation()


def _lexemes(text: str) -> list[str]:
    lexemes, position = [], 0
    while not _IGNORED.match(text, position):
        found = _LEXEME.match(text, position)
        if found is None:
            raise GraphQLError(f"Syntax Error: unexpected character at {position}")
        lexemes.append(found[1])
        position = found.end()
    return lexemes


class _Parser:
    def __init__(self, lexemes: list[str]) -> None:
        self._lexemes = lexemes
        self._position = 0

    def operation(self) -> Operation:
        kind, types = "query", {}
        if self._next != "{":
            kind = self._name()
            if kind not in {"query", "mutation"}:
                raise GraphQLError(f'Syntax Error: unexpected "{kind}"')
            if self._next not in {"{", "("}:
                self._name()
            types = self._variable_types() if self._next == "(" else {}
        self._take("{")
        name = self._name()
        arguments = self._arguments() if self._next == "(" else {}
        selection = self._selection() if self._next == "{" else {}
        self._take("}")
        if self._next:
            raise GraphQLError(f'Syntax Error: unexpected "{self._next}"')
        return Operation(kind, types, name, arguments, selection)

    @property
    def _next(self) -> str:
        """The next lexeme; empty at the end."""
        return self._lexemes[self._position] if self._position < len(self._lexemes) else ""

    def _take(self, expected: str | None = None) -> str:
        lexeme = self._next
        if not lexeme or (expected is not None and lexeme != expected):
            raise GraphQLError(
                f'Syntax Error: expected "{expected or "a value"}", found "{lexeme or "<EOF>"}"'
            )
        self._position += 1
        return lexeme

    def _name(self) -> str:
        lexeme = self._take()
        if not lexeme.isidentifier():
            raise GraphQLError(f'Syntax Error: expected a name, found "{lexeme}"')
        return lexeme

    def _variable_types(self) -> dict[str, str]:
        types = {}
        self._take("(")
        while self._next != ")":
            self._take("$")
            name = self._name()
            self._take(":")
            types[name] = self._type()
        self._take(")")
        return types

    def _type(self) -> str:
        if self._next == "[":
            self._take()
            inner = self._type()
            self._take("]")
            name = f"[{inner}]"
        else:
            name = self._name()
        if self._next == "!":
            return name + self._take()
        return name

    def _arguments(self) -> dict[str, object]:
        arguments = {}
        self._take("(")
        while self._next != ")":
            name = self._name()
            self._take(":")
            arguments[name] = self._value()
        self._take(")")
        return arguments

    def _value(self) -> object:
        lexeme = self._take()
        if lexeme == "$":
            return Variable(self._name())
        if lexeme == "[":
            return self._list()
        if lexeme.isidentifier() and lexeme not in {"true", "false", "null"}:
            return EnumValue(lexeme)
        try:
            return json.loads(lexeme)
        except json.JSONDecodeError:
            raise GraphQLError(f'Syntax Error: unexpected "{lexeme}"') from None

    def _list(self) -> list[object]:
        values = []
        while self._next != "]":
            values.append(self._value())
        self._take("]")
        return values

    def _selection(self) -> Selection:
        selection: Selection = {}
        self._take("{")
        while self._next != "}":
            if self._next == "...":
                self._take()
                self._take("on")
                self._name()
                selection |= self._selection()
            else:
                name = self._name()
                selection[name] = self._selection() if self._next == "{" else {}
        self._take("}")
        return selection
