"""Contexts: which elements a rule is about, decided by their place as far as it goes, else by a predicate."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from invoices.rules.schematron.code import Code, Item, Uncompilable, atoms, truth
from invoices.rules.schematron.expressions import Token, expression, syntax_tree
from invoices.rules.schematron.nametests import name_of
from invoices.rules.schematron.scope import Frame, Module, Scope, document_scope
from invoices.rules.schematron.static import static_truth

Match = tuple[bool, tuple[tuple[str, str], ...]]
"""Whether a path begins at the root; then, from its last step to its first, the separator before it and a name."""


@dataclass(frozen=True, slots=True)
class Context:
    """One alternative of a rule's context.

    Attributes:
        match: Where elements that it is about stand.
        static: Python function that decides by the place alone, as far as it can; None, if nothing is to decide.
        guard: Python function for a key that an element must have, and that key; None, if there is none.
        dynamic: Python function for what else decides about an element; None, if nothing else does.
    """

    match: Match
    static: str | None
    dynamic: str | None
    guard: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class _Step:
    separator: str
    name: str
    predicates: tuple[Token, ...]


_Path = tuple[bool, list[_Step]]
"""Whether it begins at the root, and its steps from the first to the last."""


def contexts(select: str, module: Module) -> tuple[tuple[Context, ...], Code]:
    """The alternatives of a context, and what is known of the element that is at hand in its tests.

    Raises:
        Uncompilable: It is not a pattern that the compiler knows.
    """
    alternatives = [
        steps for each in _alternatives(syntax_tree(select, module)) for steps in _steps(each, module)
    ]
    found = tuple(_context(absolute, steps, module) for absolute, steps in alternatives)
    return found, _element(alternatives)


def _alternatives(token: Token) -> list[Token]:
    if token.symbol in {"|", "union"}:
        return [each for part in token for each in _alternatives(part)]
    if token.symbol == "(" and len(token) == 1:
        return _alternatives(token[0])
    return [token]


def _steps(token: Token, module: Module) -> list[_Path]:
    """Paths, of which there are several where a union stands before a step or a predicate."""
    if token.symbol == "(" and len(token) == 1:
        return [path for each in _alternatives(token) for path in _steps(each, module)]
    if token.symbol == "[" and _innermost(token).symbol == "(":
        return [_with_predicate(path, token[1]) for path in _steps(token[0], module)]
    if token.symbol in {"/", "//"} and len(token) == 1:
        return [(token.symbol == "/", [_step(token.symbol, token[0], module)])]
    if token.symbol in {"/", "//"} and len(token) == 2:
        last = _step(token.symbol, token[1], module)
        return [(absolute, [*steps, last]) for absolute, steps in _steps(token[0], module)]
    return [(False, [_step("//", token, module)])]


def _innermost(token: Token) -> Token:
    return _innermost(token[0]) if token.symbol == "[" else token


def _with_predicate(path: _Path, predicate: Token) -> _Path:
    absolute, steps = path
    return absolute, [*steps[:-1], replace(steps[-1], predicates=(*steps[-1].predicates, predicate))]


def _step(separator: str, token: Token, module: Module) -> _Step:
    predicates: list[Token] = []
    while token.symbol == "[":
        predicates.insert(0, token[1])
        token = token[0]
    if token.symbol == "*" and not len(token):
        return _Step(separator, "*", tuple(predicates))
    if token.symbol not in {":", "(name)"}:
        raise Uncompilable(f"the context {token.source}")
    return _Step(separator, name_of(token, document_scope(module)), tuple(predicates))


def _element(alternatives: Sequence[tuple[bool, list[_Step]]]) -> Code:
    places = {_place(absolute, steps) for absolute, steps in alternatives}
    leaves = {_is_leaf(steps[-1].name) for _, steps in alternatives}
    is_leaf = leaves.pop() if len(leaves) == 1 else None
    place = places.pop() if len(places) == 1 else None
    if place == "":
        return Code("S.root", Item.NODE, path="", place="", is_leaf=False)
    return Code("n", Item.NODE, free=frozenset("n"), place=place, is_leaf=is_leaf)


def _is_leaf(name: str) -> bool | None:
    return None if name == "*" else name.startswith("cbc:")


def _place(absolute: bool, steps: Sequence[_Step]) -> str | None:
    if not absolute or any(step.separator == "//" for step in steps):
        return None
    names = [step.name for step in steps[1:]]
    return None if "*" in names else "/".join(names)


def _context(absolute: bool, steps: Sequence[_Step], module: Module) -> Context:
    match = (absolute, tuple((step.separator, step.name) for step in reversed(steps)))
    if any(step.separator == "//" for step in steps[_first_predicate(steps) + 1 :]):
        raise Uncompilable("a predicate before // in a context")
    static = _static(steps[-1], module)
    guard = _guard(steps[-1], module)
    return Context(match, static, _dynamic(absolute, steps, 1 if guard else 0, module), guard)


def _first_predicate(steps: Sequence[_Step]) -> int:
    return next((i for i, step in enumerate(steps) if step.predicates), len(steps))


def _static(step: _Step, module: Module) -> str | None:
    texts = [static_truth(each, document_scope(module)) for each in step.predicates]
    known = [text for text in texts if text != "None"]
    if not known:
        return None
    whole = f"all_of({', '.join(texts)})"
    return module.function(("place",), (f"return {whole}",))


def _dynamic(absolute: bool, steps: Sequence[_Step], guarded: int, module: Module) -> str | None:
    tests, element = [], "n"
    for distance, step in enumerate(reversed(steps)):
        for predicate in step.predicates[guarded if distance == 0 else 0 :]:
            place = _place(absolute, steps[: len(steps) - distance])
            tests.append(f"{_predicate(predicate, step, place, module)}({element}, S)")
        element = f"S.parent({element})"
    return module.function(("n", "S"), (f"return {' and '.join(tests)}",)) if tests else None


def _predicate(token: Token, step: _Step, place: str | None, module: Module) -> str:
    item = Code("n", Item.NODE, free=frozenset("n"), place=place or None, is_leaf=_is_leaf(step.name))
    scope = replace(document_scope(module), frame=Frame(), item=item)
    found = expression(token, scope)
    if found.item.is_numeric:
        raise Uncompilable(f"the position {token.source} in a context")
    return module.function(("n", "S"), (*scope.frame.prologue(), f"return {truth(found).text}"))


def _guard(step: _Step, module: Module) -> tuple[str, str] | None:
    if not step.predicates or step.predicates[0].symbol != "=":
        return None
    token = step.predicates[0]
    if token[1].symbol != "(string)":
        return None
    item = Code("n", Item.NODE, free=frozenset("n"), is_leaf=_is_leaf(step.name))
    scope = Scope(module, Frame(), item, document_scope(module).variables)
    key = atoms(expression(token[0], scope))
    if key.item is not Item.STRING or not key.is_one:
        return None
    return module.function(("n", "S"), (*scope.frame.prologue(), f"return {key.text}")), token[1].value
