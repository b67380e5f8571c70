"""Paths: axes, name tests and predicates."""

from collections.abc import Callable
from dataclasses import replace

from invoices.rules.schematron.code import Code, Item, Many, Uncompilable
from invoices.rules.schematron.defined import called, constructed
from invoices.rules.schematron.descendants import below
from invoices.rules.schematron.expressions import Token, expression, translates
from invoices.rules.schematron.nametests import is_step, name_of, names
from invoices.rules.schematron.operators import arithmetic
from invoices.rules.schematron.predicates import where
from invoices.rules.schematron.scope import DOCUMENT, Scope

_XML_SCHEMA = "http://www.w3.org/2001/XMLSchema"
_ROOTS = {"Invoice", "CreditNote"}


@translates("/")
def _path(token: Token, scope: Scope) -> Code:
    if len(token) == 0:
        return DOCUMENT
    if len(token) == 1:
        return step(DOCUMENT, token[0], scope)
    return step(expression(token[0], scope), token[1], scope)


@translates("//")
def _descendants(token: Token, scope: Scope) -> Code:
    if len(token) == 1:
        return below(DOCUMENT, token[0], scope)
    return below(expression(token[0], scope), token[1], scope)


@translates(":", "(name)", "*", "@", "..", "child", "self", "parent", "ancestor", "ancestor-or-self", "text")
@translates("preceding-sibling", "following-sibling")
def _step_from_here(token: Token, scope: Scope) -> Code:
    if token.symbol == ":" and token[1].symbol not in {"(name)", "*"}:
        return _function(token, scope)
    if token.symbol == "*" and len(token) == 2:
        return arithmetic(token, scope)
    return step(scope.here(), token, scope)


def _function(token: Token, scope: Scope) -> Code:
    if f"{token[0].value}:{token[1].symbol}" in scope.module.functions:
        return called(token, scope)
    if scope.module.namespaces.get(token[0].value) == _XML_SCHEMA or token[0].value == "xs":
        return constructed(token, scope)
    return expression(token[1], scope)


@translates(".")
def _here(_: Token, scope: Scope) -> Code:
    return scope.here()


@translates("[")
def _filtered(token: Token, scope: Scope) -> Code:
    if is_step(token):
        return step(scope.here(), token, scope)
    return where(expression(token[0], scope), token[1], scope)


@translates("|", "union")
def _union(token: Token, scope: Scope) -> Code:
    parts = [expression(each, scope) for each in token]
    text = f"union({', '.join(part.text for part in parts)})"
    free = frozenset[str]().union(*(part.free for part in parts))
    is_leaf = parts[0].is_leaf if len({part.is_leaf for part in parts}) == 1 else None
    return Code(text, parts[0].item, Many.SEQUENCE, free, is_leaf=is_leaf)


def step(base: Code, token: Token, scope: Scope) -> Code:
    """What a step leads to from `base`."""
    if token.symbol == "[" and is_step(token):
        return _step_where(base, token, scope)
    if token.symbol in {"(name)", ":"} and is_step(token):
        return child(base, name_of(token, scope))
    if token.symbol in _STEPS:
        return _STEPS[token.symbol](base, token, scope)
    if token.symbol == "*" and not len(token):
        return _any_child(base)
    if token.symbol == "(" and names(token) is not None:
        return _union_of_steps(base, token, scope)
    return _mapped(base, token, scope)


def child(base: Code, name: str) -> Code:
    """Children of this name."""
    is_leaf = name.startswith("cbc:")
    if base.place == "^":
        return _root(name)
    if base.path is not None:
        path = f"{base.path}/{name}".lstrip("/")
        return Code(f'P["{path}"]', Item.NODE, Many.SEQUENCE, path=path, is_leaf=is_leaf)
    if base.below is not None:
        below = f"{base.below}/{name}"
        return Code(f'U["{below}"]', Item.NODE, Many.SEQUENCE, below=below, is_leaf=is_leaf)
    return Code(_child(base, name), Item.NODE, Many.RAW, base.free, is_leaf=is_leaf)


def _child(base: Code, name: str) -> str:
    if base.item is not Item.NODE:
        raise Uncompilable(f"a step to {name} from what is no element")
    if base.is_one and base.is_leaf is False:
        return f'{base.text}.get("{name}")'
    if base.many is Many.RAW and not base.is_leaf:
        return (
            f'(x.get("{name}") if type(x := {base.text}) is Node else x if x is None else down(x, "{name}"))'
        )
    return f'down({base.text}, "{name}")'


def _root(name: str) -> Code:
    if name in _ROOTS:
        return Code(f'S.root_if("{name}")', Item.NODE, Many.RAW, is_leaf=False)
    return Code("None", Item.NODE, Many.RAW, is_leaf=False)


def _any_child(base: Code) -> Code:
    if base.place == "^":
        return Code("S.root", Item.NODE, path="", place="", is_leaf=False)
    return Code(f"children({base.text})", Item.NODE, Many.SEQUENCE, base.free)


def _union_of_steps(base: Code, token: Token, scope: Scope) -> Code:
    parts = [step(base, each, scope) for each in names(token) or ()]
    if len(parts) == 1:
        return parts[0]
    free = frozenset[str]().union(*(part.free for part in parts))
    is_leaf = parts[0].is_leaf if len({part.is_leaf for part in parts}) == 1 else None
    text = f"union({', '.join(part.text for part in parts)})"
    return Code(text, parts[0].item, Many.SEQUENCE, free, is_leaf=is_leaf)


def _step_where(base: Code, token: Token, scope: Scope) -> Code:
    if _is_positional(token[1]) and not base.is_one:
        body = scope.body(base, lambda inner: where(step(inner.here(), token[0], inner), token[1], inner))
        text = f"mapped({base.text}, {body.function}, {body.given})"
        return Code(text, Item.NODE, Many.SEQUENCE, base.free | body.free, is_leaf=body.result.is_leaf)
    return where(step(base, token[0], scope), token[1], scope)


def _is_positional(token: Token) -> bool:
    return token.symbol in {"(integer)", "last"}


def _mapped(base: Code, token: Token, scope: Scope) -> Code:
    if base.is_one:
        return expression(token, scope.on(base))
    if base.many is Many.RAW and base.is_leaf is False:
        return _mapped_mostly_one(base, token, scope)
    return _mapped_all(base, token, scope)


def _mapped_mostly_one(base: Code, token: Token, scope: Scope) -> Code:
    """The same as for a sequence, but without a call where there is one element, as there nearly always is."""
    name = scope.frame.temporary()
    only = Code(name, Item.NODE, free=base.free, is_leaf=False)
    one = expression(token, scope.on(only))
    every = _mapped_all(replace(base, text=name, many=Many.RAW), token, scope)
    text = f"({one.text} if type({name} := {base.text}) is Node else {name} and {every.text} or None)"
    return Code(text, one.item, Many.RAW, base.free | one.free | every.free, is_leaf=one.is_leaf)


def _mapped_all(base: Code, token: Token, scope: Scope) -> Code:
    body = scope.body(replace(base, place=base.path), lambda inner: expression(token, inner))
    to_one = body.result.many in {Many.ONE, Many.OPTIONAL}
    text = f"mapped{'_to_one' if to_one else ''}({base.text}, {body.function}, {body.given})"
    found = Code(text, body.result.item, Many.SEQUENCE, base.free | body.free, is_leaf=body.result.is_leaf)
    return scope.worth_keeping(found) if base.many is Many.SEQUENCE else found


def _child_axis(base: Code, token: Token, scope: Scope) -> Code:
    return step(base, token[0], scope)


def _self_axis(base: Code, token: Token, scope: Scope) -> Code:
    if token[0].symbol in {"*", "node"}:
        return base
    text = f'named({base.text}, "{name_of(token[0], scope)}")'
    return Code(text, Item.NODE, Many.SEQUENCE, base.free, is_leaf=base.is_leaf)


def _parent_axis(base: Code, token: Token, scope: Scope) -> Code:
    above = _parent(base, token, scope)
    if not len(token) or token[0].symbol in {"*", "node"}:
        return above
    return Code(f'named({above.text}, "{name_of(token[0], scope)}")', Item.NODE, Many.SEQUENCE, above.free)


def _parent(base: Code, _: Token, __: Scope) -> Code:
    if base.place:
        above = base.place.rpartition("/")[0]
        if not above:
            return Code("S.root", Item.NODE, path="", place="", is_leaf=False)
        return Code(f"S.parent({base.text})", Item.NODE, free=base.free, place=above, is_leaf=False)
    if base.place == "":
        return DOCUMENT
    if base.is_one:
        text = f"{base.text}.parent" if base.is_leaf is False else f"S.parent({base.text})"
        return Code(text, Item.NODE, Many.OPTIONAL, base.free, is_leaf=False)
    return Code(f"S.parents({base.text})", Item.NODE, Many.SEQUENCE, base.free, is_leaf=False)


def _attribute(base: Code, token: Token, _: Scope) -> Code:
    if token[0].symbol == "*":
        return Code(f"every_attribute({base.text})", Item.ATTRIBUTE, Many.SEQUENCE, base.free)
    if token[0].symbol != "(name)":
        raise Uncompilable(f"@{token[0].source}")
    name = token[0].value
    if base.is_one and base.is_leaf is not None:
        text = f'{base.text}.get("{name}")' if base.is_leaf else f'{base.text}.element.get("{name}")'
        return Code(text, Item.ATTRIBUTE, Many.OPTIONAL, base.free)
    if base.many is Many.RAW and base.is_leaf:
        text = f'(x.get("{name}") if type(x := {base.text}) is Leaf else attributes(x, "{name}") or None)'
        return Code(text, Item.ATTRIBUTE, Many.RAW, base.free)
    return Code(f'attributes({base.text}, "{name}")', Item.ATTRIBUTE, Many.SEQUENCE, base.free)


def _text_nodes(base: Code, _: Token, __: Scope) -> Code:
    return Code(f"text_nodes({base.text})", Item.ATTRIBUTE, Many.SEQUENCE, base.free)


def _along(axis: str) -> Callable[[Code, Token, Scope], Code]:
    def along(base: Code, token: Token, scope: Scope) -> Code:
        name = "*" if token[0].symbol == "*" else name_of(token[0], scope)
        text = f'S.{axis}({base.text}, "{name}")'
        return Code(text, Item.NODE, Many.SEQUENCE, base.free, is_leaf=name.startswith("cbc:") or None)

    return along


def _self(base: Code, _: Token, __: Scope) -> Code:
    return base


_STEPS: dict[str, Callable[[Code, Token, Scope], Code]] = {
    "child": _child_axis,
    "self": _self_axis,
    ".": _self,
    "..": _parent,
    "parent": _parent_axis,
    "@": _attribute,
    "attribute": _attribute,
    "text": _text_nodes,
    "ancestor": _along("ancestors"),
    "ancestor-or-self": _along("ancestors_or_self"),
    "preceding-sibling": _along("preceding_siblings"),
    "following-sibling": _along("following_siblings"),
}
