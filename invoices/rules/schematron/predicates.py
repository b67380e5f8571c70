"""Predicates: which items of a sequence an expression keeps, by position, by index or one by one."""

from dataclasses import replace

from invoices.rules.schematron.code import Code, Item, Many, Uncompilable, atoms, truth
from invoices.rules.schematron.expressions import Token, expression
from invoices.rules.schematron.scope import Scope


def where(code: Code, predicate: Token, scope: Scope) -> Code:
    """Those items of a sequence that a predicate keeps."""
    if predicate.symbol == "last":
        return code.by(f"last({code.text})", many=Many.RAW, is_leaf=code.is_leaf)
    position = _position(predicate, scope)
    if position is not None:
        free = code.free | position.free
        return code.by(f"at({code.text}, {position.text})", many=Many.RAW, is_leaf=code.is_leaf, free=free)
    indexed = _indexed(code, predicate, scope)
    if indexed is not None:
        return indexed
    if code.many is Many.RAW and code.is_leaf is False:
        return _where_mostly_one(code, predicate, scope)
    return scope.worth_keeping(_where_all(code, predicate, scope))


def _where_mostly_one(code: Code, predicate: Token, scope: Scope) -> Code:
    """The same as for a sequence, but without a call where there is one element, as there nearly always is."""
    name = scope.frame.temporary()
    holds = _holds(predicate, scope.on(Code(name, Item.NODE, free=code.free, is_leaf=False)))
    every = _where_all(replace(code, text=name), predicate, scope)
    one = f"({name} if {holds.text} else None)"
    text = f"({one} if type({name} := {code.text}) is Node else {name} and {every.text} or None)"
    free = code.free | holds.free | every.free
    return scope.worth_keeping(Code(text, Item.NODE, Many.RAW, free, is_leaf=False))


def _where_all(code: Code, predicate: Token, scope: Scope) -> Code:
    body = scope.body(replace(code, place=code.path), lambda inner: _holds(predicate, inner))
    text = f"where({code.text}, {body.function}, {body.given})"
    return Code(text, code.item, Many.SEQUENCE, code.free | body.free, is_leaf=code.is_leaf)


def _position(predicate: Token, scope: Scope) -> Code | None:
    """A number that does not depend on the item, which is the position that is asked for."""
    try:
        value = expression(predicate, replace(scope, item=None))
    except Uncompilable:
        return None
    return value if value.item.is_numeric and value.is_one else None


def _holds(predicate: Token, scope: Scope) -> Code:
    code = expression(predicate, scope)
    if code.item.is_numeric:
        raise Uncompilable(f"the position {predicate.source}")
    return truth(code)


def _indexed(code: Code, predicate: Token, scope: Scope) -> Code | None:
    """`X[key = value]` where X is the same for the whole document: by an index, which keeps it linear."""
    if predicate.symbol != "=" or code.free or code.item is not Item.NODE:
        return None
    try:
        value = atoms(expression(predicate[1], replace(scope, item=None)))
    except Uncompilable:
        return None
    if not value.is_one:
        return None
    body = scope.body(replace(code, place=code.path), lambda inner: _keys(predicate[0], inner))
    if body.free or not _comparable(body.result.item, value.item):
        return None
    index = scope.module.once(f"index({code.text}, {body.function}, {body.given})")
    return Code(f"{index}.get({value.text}, ())", Item.NODE, Many.SEQUENCE, value.free, is_leaf=code.is_leaf)


def _keys(token: Token, scope: Scope) -> Code:
    return atoms(expression(token, scope))


def _comparable(key: Item, value: Item) -> bool:
    texts = {Item.TEXT, Item.STRING}
    exact = {Item.DECIMAL, Item.INTEGER}
    return {key, value} <= texts or {key, value} <= exact
