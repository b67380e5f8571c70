"""Where an expression is compiled: the module that is being written, its functions, and the variables in reach."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from invoices.rules.schematron.artefact import Function, Let
from invoices.rules.schematron.code import Code, Item, Many, Uncompilable

_SHORTHANDS = {"P[": "P = S.at", "U[": "U = S.under", "G[": "G = S.known"}


@dataclass(slots=True)
class Module:
    """Python source under construction: functions, constants and what is known once per document."""

    namespaces: Mapping[str, str]
    functions: Mapping[str, Function] = field(default_factory=dict)
    lets: Mapping[str, Let] = field(default_factory=dict)
    source: list[str] = field(default_factory=list)
    slots: dict[str, int] = field(default_factory=dict)
    results: dict[tuple[str, tuple[Any, ...]], tuple[str, Code]] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def constant(self, expression: str) -> str:
        """The name of a constant with this value."""
        if expression not in self._names:
            self._names[expression] = f"K{len(self._names)}"
            self.source.append(f"{self._names[expression]} = {expression}")
        return self._names[expression]

    def fresh(self, prefix: str) -> str:
        """A name that is used nowhere else."""
        name = f"{prefix}{len(self._names)}"
        self._names[f"{prefix} {name}"] = name
        return name

    def define(self, name: str, parameters: Iterable[str], lines: Iterable[str]) -> None:
        """Write a function with these parameters and this body."""
        self.source.append(f"def {name}{_definition(parameters, lines)}")

    def function(self, parameters: Iterable[str], lines: Iterable[str]) -> str:
        """The name of a function with these parameters and this body, which is written once only."""
        definition = _definition(parameters, lines)
        if definition not in self._names:
            self._names[definition] = f"f{len(self._names)}"
            self.source.append(f"def {self._names[definition]}{definition}")
        return self._names[definition]

    def once(self, text: str) -> str:
        """Python for a value that is worked out once per document."""
        if text not in self.slots:
            slot = self.slots[text] = len(self.slots)
            self.define(f"g{slot}", ("S",), (f"x = G[{slot}] = {text}", "return x"))
        slot = self.slots[text]
        return f"(x if (x := G[{slot}]) is not None else g{slot}(S))"


def shorthands(lines: Iterable[str]) -> list[str]:
    """Assignments of the short names that these lines use."""
    whole = "\n".join(lines)
    return [assignment for used, assignment in _SHORTHANDS.items() if used in whole]


def _definition(parameters: Iterable[str], lines: Iterable[str]) -> str:
    body = list(lines)
    return "\n".join((f"({', '.join(parameters)}):", *(f"    {line}" for line in (*shorthands(body), *body))))


@dataclass(slots=True)
class Frame:
    """The Python function that an expression stands in, with values that it keeps once they are known."""

    depth: int = 0
    kept: dict[str, str] = field(default_factory=dict)
    temporaries: int = 0

    def keep(self, text: str) -> str:
        """Python for a value that is worked out at most once in each call."""
        if text not in self.kept:
            self.kept[text] = f"v{len(self.kept)}"
        name = self.kept[text]
        return f"({name} if {name} is not None else ({name} := {text}))"

    def temporary(self) -> str:
        """A fresh name for a value used at once."""
        self.temporaries += 1
        return f"t{self.temporaries}"

    def prologue(self) -> list[str]:
        """The lines that a function must begin with."""
        return [f"{' = '.join(self.kept.values())} = None"] if self.kept else []


@dataclass(frozen=True, slots=True)
class Macro:
    """A variable that is compiled anew wherever it is used: its expression, and what that sees.

    `variables` is None for those of the schema, which see each other.
    """

    select: str
    item: Code | None
    variables: "Mapping[str, Code | Macro] | None" = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression sees: the context item and the variables; and the function it is put into."""

    module: Module
    frame: Frame
    item: Code | None
    variables: Mapping[str, Code | Macro]

    def on(self, item: Code) -> "Scope":
        """The same place with another context item."""
        return replace(self, item=item)

    def inside(self) -> "Scope":
        """A function of its own within this place."""
        return replace(self, frame=Frame(self.frame.depth + 1))

    def with_variable(self, name: str, value: Code | Macro) -> "Scope":
        """This place with one more variable."""
        return replace(self, variables={**self.variables, name: value})

    def here(self) -> Code:
        """The context item."""
        if self.item is None:
            raise Uncompilable("a context item where there is none")
        return self.item

    def worth_keeping(self, code: Code) -> Code:
        """The same value, worked out once per document or per call of the function around it."""
        if code.free:
            return replace(code, text=self.frame.keep(code.text))
        return replace(code, text=self.module.once(code.text))

    def body(self, item: Code, compiled: Callable[["Scope"], Code], variable: str | None = None) -> "Body":
        """A function of one item: what `compiled` gives in a scope where `item` is at hand."""
        inner = self.inside()
        name = f"i{inner.frame.depth}"
        bound = replace(item, text=name, many=Many.ONE, free=frozenset({name}), path=None, below=None)
        inner = inner.on(bound) if variable is None else inner.with_variable(variable, bound)
        result = compiled(inner)
        given = sorted(result.free - {name})
        function = self.module.function(
            (name, *given, "S"), (*inner.frame.prologue(), f"return {result.text}")
        )
        return Body(function, ", ".join((*given, "S")), result, frozenset(given))


@dataclass(frozen=True, slots=True)
class Body:
    """A compiled function of one item: its name, what else it is given, and what it returns."""

    function: str
    given: str
    result: Code
    free: frozenset[str]


DOCUMENT = Code("S.document", Item.NODE, place="^")
"""The document node, which is the context item of what belongs to no element."""


def document_scope(module: Module) -> Scope:
    """The scope of the schema's own variables, and of what stands outside all rules."""
    variables = {name: Macro(let.select, DOCUMENT) for name, let in module.lets.items()}
    return Scope(module, Frame(), DOCUMENT, variables)
