"""What the place of an element says about a predicate before any document is there."""

from invoices.rules.schematron.expressions import Token
from invoices.rules.schematron.nametests import is_step, name_of
from invoices.rules.schematron.scope import Scope


def static_truth(token: Token, scope: Scope) -> str:
    """Python that gives True, False or None (the place does not tell) for a `place`."""
    if token.symbol == "(" and len(token) == 1:
        return static_truth(token[0], scope)
    if token.symbol in {"and", "or"}:
        parts = [static_truth(each, scope) for each in token]
        return f"{'all_of' if token.symbol == 'and' else 'any_of'}({', '.join(parts)})"
    if token.symbol == "not":
        return f"none_of({static_truth(token[0], scope)})"
    if token.symbol == "ends-with":
        return _name_ends(token)
    axis = _first_axis(token)
    if axis is not None and axis.symbol == "ancestor" and is_step(axis[0]) and axis[0].symbol != "*":
        return f'(None if place.is_within("{name_of(axis[0], scope)}") else False)'
    return "None"


def _name_ends(token: Token) -> str:
    asked, end = token[0], token[1]
    if (
        asked.symbol not in {"name", "local-name"}
        or len(asked)
        or end.symbol != "(string)"
        or ":" in end.value
    ):
        return "None"
    return f"place.name.endswith({end.value!r})"


def _first_axis(token: Token) -> Token | None:
    while token.symbol == "/" and len(token) == 2:
        token = token[0]
    return token if token.symbol == "ancestor" else None
