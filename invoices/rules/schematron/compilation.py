"""The compiler: an artefact's rules as the source of a Python module."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from invoices.rules.schematron import functions, operators, steps
from invoices.rules.schematron.artefact import Artefact, Check, Rule
from invoices.rules.schematron.code import Code, Uncompilable, truth
from invoices.rules.schematron.contexts import Context, contexts
from invoices.rules.schematron.expressions import Token, compiled, syntax_tree
from invoices.rules.schematron.nametests import is_step, name_of
from invoices.rules.schematron.scope import Frame, Macro, Module, Scope, document_scope, shorthands

_END = re.compile(r'\bU\["([^"]+)"\]')

_FIRED = re.compile(r"\bout\(\((\d+),")

TRANSLATORS = (functions, operators, steps)
"""Modules that register how expressions are translated."""


@dataclass(frozen=True, slots=True)
class Compilation:
    """A compiled artefact: Python source, its checks, and which of these could not be compiled, with reasons."""

    source: str
    checks: tuple[Check, ...]
    uncompilable: dict[str, str]


@dataclass(slots=True)
class _Writer:
    """What is gathered while rules are compiled one after another."""

    module: Module
    checks: list[Check] = field(default_factory=list)
    uncompilable: dict[str, str] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)
    forbidden: dict[str, list[int]] = field(default_factory=dict)


def compile_artefact(artefact: Artefact) -> Compilation:
    """Translate all rules of an artefact; those that cannot be translated are named, not left out silently."""
    module = Module(
        artefact.namespaces,
        {each.name: each for each in artefact.functions},
        {let.name: let for let in artefact.lets},
    )
    writer = _Writer(module)
    patterns = [[*_pattern(pattern.rules, writer)] for pattern in artefact.patterns]
    lines = "\n".join(
        (
            *module.source,
            f"RULES = ({''.join(f'{name}, ' for name in writer.rules)})",
            f"PATTERNS = [{', '.join(_listed(pattern) for pattern in patterns)}]",
            f"FORBIDDEN = {writer.forbidden!r}",
            f"ENDS = {tuple(dict.fromkeys(_END.findall(''.join(module.source))))!r}",
            f"SLOTS = {len(module.slots)}",
        )
    )
    source = f"{lines}\nLINES = {_lines_of_checks(lines)!r}"
    return Compilation(source, tuple(writer.checks), writer.uncompilable)


def _lines_of_checks(source: str) -> dict[int, int]:
    fired = ((number, _FIRED.search(line)) for number, line in enumerate(source.splitlines(), 1))
    return {number: int(found[1]) for number, found in fired if found}


def _listed(candidates: Sequence[tuple[int, Context]]) -> str:
    return f"[{', '.join(_candidate(rule, context) for rule, context in candidates)}]"


def _candidate(rule: int, context: Context) -> str:
    guard = f"({context.guard[0]}, {context.guard[1]!r})" if context.guard else "None"
    return f"({rule}, {context.match!r}, {context.static}, {context.dynamic}, {guard})"


def _pattern(rules: Sequence[Rule], writer: _Writer) -> Iterator[tuple[int, Context]]:
    for rule in rules:
        try:
            found, element = contexts(rule.context, writer.module)
        except Exception as error:  # what the compiler fails at, it has not compiled
            for check in rule.checks:
                writer.uncompilable[check.code] = f"context: {_reason(error)}"
            # Elements that it would have had go to later rules: there may be more findings, never fewer.
            continue
        number = len(writer.rules)
        writer.rules.append(_rule(rule, element, number, writer))
        for context in found:
            yield number, context


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, Uncompilable) else f"{type(error).__name__}: {error}"


def _rule(rule: Rule, element: Code, number: int, writer: _Writer) -> str:
    scope = _scope_of_rule(rule, element, writer.module)
    lines: list[str] = []
    for check in rule.checks:
        index = len(writer.checks)
        writer.checks.append(check)
        try:
            if not _is_forbidden_path(check, element, index, writer):
                lines.append(_line(check, index, element, scope))
        except Exception as error:  # what the compiler fails at, it has not compiled
            writer.uncompilable[check.code] = _reason(error)
    name = f"r{number}"
    body = [*scope.frame.prologue(), *lines]
    loop = [
        f"for {'n' if element.text == 'n' else '_'} in nodes:",
        *(f"    {line}" for line in body or ["pass"]),
    ]
    writer.module.source.append(
        "\n".join((f"def {name}(nodes, S, out):", *_indented([*shorthands(loop), *loop])))
    )
    return name


def _indented(lines: Sequence[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def _scope_of_rule(rule: Rule, element: Code, module: Module) -> Scope:
    outer = document_scope(module)
    scope = Scope(module, Frame(), element, {**outer.variables, "current()": element})
    for let in rule.lets:
        scope = scope.with_variable(let.name, Macro(let.select, element, scope.variables))
    return scope


def _line(check: Check, index: int, element: Code, scope: Scope) -> str:
    test = truth(compiled(check.test, scope)).text
    condition = test if check.is_report else f"not {test}"
    return f"if {condition}: out(({index}, {element.text}))"


def _is_forbidden_path(check: Check, element: Code, index: int, writer: _Writer) -> bool:
    """Whether all that a check says is that some paths may not occur, which the places of a document tell."""
    if element.path != "" or check.is_report:
        return False
    token = syntax_tree(check.test, writer.module)
    if token.symbol != "not":
        return False
    paths = _plain_paths(token[0], document_scope(writer.module))
    for path in paths or ():
        writer.forbidden.setdefault(path, []).append(index)
    return bool(paths)


def _plain_paths(token: Token, scope: Scope) -> list[str] | None:
    """Paths from the root that an expression asks for, if it asks for nothing else; `//` means anywhere."""
    if token.symbol in {"(", "|"}:
        parts = [_plain_paths(each, scope) for each in token]
        return None if None in parts else [path for part in parts if part is not None for path in part]
    if token.symbol == "/" and len(token) == 2:
        left, right = _plain_paths(token[0], scope), _plain_paths(token[1], scope)
        if left is None or right is None:
            return None
        return [f"{first}/{second}" for first in left for second in right]
    if token.symbol == "//" and len(token) == 1:
        below = _plain_paths(token[0], scope)
        return None if below is None else [f"//{path}" for path in below]
    return [name_of(token, scope)] if token.symbol == ":" and is_step(token) else None
