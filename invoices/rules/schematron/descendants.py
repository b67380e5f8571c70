"""Descendants: what `//` leads to."""

from invoices.rules.schematron.code import Code, Item, Many, Uncompilable
from invoices.rules.schematron.expressions import Token
from invoices.rules.schematron.nametests import is_step, name_of, names
from invoices.rules.schematron.predicates import where
from invoices.rules.schematron.scope import Scope


def below(base: Code, token: Token, scope: Scope) -> Code:
    """Elements or attributes anywhere below `base` that a step asks for."""
    if token.symbol == "[":
        distinct = _distinct(token, scope)
        if distinct is not None and base.place == "^":
            return distinct
        return where(below(base, token[0], scope), token[1], scope)
    if token.symbol == "(":
        parts = [below(base, each, scope) for each in names(token) or ()]
        if parts:
            free = frozenset[str]().union(*(part.free for part in parts))
            return Code(f"union({', '.join(part.text for part in parts)})", Item.NODE, Many.SEQUENCE, free)
    return _below_by_name(base, token, scope)


def _below_by_name(base: Code, token: Token, scope: Scope) -> Code:
    if token.symbol == "@" and token[0].symbol == "*":
        found = "S.everything()" if base.place == "^" else f"S.all_in({base.text})"
        return Code(f"every_attribute({found})", Item.ATTRIBUTE, Many.SEQUENCE, base.free)
    if token.symbol == "@":
        name = token[0].value
        text = (
            f'S.attribute("{name}")' if base.place == "^" else f'attributes(S.all_in({base.text}), "{name}")'
        )
        return Code(text, Item.ATTRIBUTE, Many.SEQUENCE, base.free)
    if token.symbol in {":", "(name)"} and is_step(token):
        name = name_of(token, scope)
        is_leaf = name.startswith("cbc:")
        if base.place == "^":
            return Code(f'U["{name}"]', Item.NODE, Many.SEQUENCE, below=name, is_leaf=is_leaf)
        text = f'named(descendants({base.text}), "{name}")'
        return Code(text, Item.NODE, Many.SEQUENCE, base.free, is_leaf=is_leaf)
    if token.symbol == "*" and not len(token):
        text = "S.everything()" if base.place == "^" else f"descendants({base.text})"
        return Code(text, Item.NODE, Many.SEQUENCE, base.free)
    raise Uncompilable(f"//{token.source}")


def _distinct(token: Token, scope: Scope) -> Code | None:
    """`X[not(preceding::X/. = .)]`, which is quadratic as it stands: of equal elements the first."""
    if token[0].symbol != ":" or token[1].symbol != "not" or token[1][0].symbol != "=":
        return None
    left, right = token[1][0]
    if right.symbol != "." or left.symbol != "/" or left[0].symbol != "preceding" or left[1].symbol != ".":
        return None
    name = name_of(token[0], scope)
    if name_of(left[0][0], scope) != name:
        return None
    return Code(f'first_of_each(U["{name}"])', Item.NODE, Many.SEQUENCE, is_leaf=name.startswith("cbc:"))
