"""Name tests: which expressions are steps of a path, and the names that they ask for."""

from invoices import ubl
from invoices.rules.schematron.code import Uncompilable
from invoices.rules.schematron.expressions import Token
from invoices.rules.schematron.scope import Scope

_AXES = frozenset(
    (
        *("child", "self", ".", "..", "parent", "@", "attribute", "text"),
        *("ancestor", "ancestor-or-self", "preceding-sibling", "following-sibling"),
    )
)


def is_step(token: Token) -> bool:
    """Whether an expression is a step of a path, perhaps with predicates."""
    if token.symbol == "[":
        return is_step(token[0])
    if token.symbol == ":":
        return token[1].symbol in {"(name)", "*"}
    return token.symbol in _AXES or (token.symbol == "*" and len(token) == 0)


def name_of(token: Token, scope: Scope) -> str:
    """The name that a name test asks for, with UBL's usual prefix."""
    if token.symbol == "(name)":
        return str(token.value)
    prefix, local = token[0].value, token[1].value
    namespace = scope.module.namespaces.get(prefix)
    if namespace is None or prefix == "*" or local == "*":
        raise Uncompilable(f"the name test {prefix}:{local}")
    return ubl.usual_name(f"{{{namespace}}}{local}")


def names(token: Token) -> list[Token] | None:
    """The steps in parentheses such as `(cac:InvoiceLine|cac:CreditNoteLine)`."""
    inner = token[0] if token.symbol == "(" and len(token) else token
    if inner.symbol == "|":
        parts = [names(each) for each in inner]
        return None if None in parts else [each for part in parts if part is not None for each in part]
    return [inner] if is_step(inner) else None
