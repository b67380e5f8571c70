"""Functions that an artefact defines itself, and the constructors of XML Schema's types."""

from invoices.rules.schematron.code import Code, Item, Uncompilable, cast
from invoices.rules.schematron.expressions import Token, compiled, expression
from invoices.rules.schematron.scope import DOCUMENT, Frame, Macro, Scope

TYPES = {
    "xs:string": Item.STRING,
    "xs:boolean": Item.BOOLEAN,
    "xs:integer": Item.INTEGER,
    "xs:int": Item.INTEGER,
    "xs:decimal": Item.DECIMAL,
    "xs:double": Item.DOUBLE,
    "xs:date": Item.DATE,
}
"""Types of XML Schema that values may be cast to."""


def constructed(token: Token, scope: Scope) -> Code:
    """A value of a type of XML Schema, such as `xs:decimal(cbc:Amount)`."""
    wanted = TYPES.get(f"xs:{token[1].symbol}")
    if wanted is None:
        raise Uncompilable(f"the type xs:{token[1].symbol}")
    return cast(expression(token[1][0], scope), wanted)


def called(token: Token, scope: Scope) -> Code:
    """A call of a function that the artefact defines."""
    name = f"{token[0].value}:{token[1].symbol}" if token.symbol == ":" else token.symbol
    function = scope.module.functions.get(name)
    if function is None or not function.select:
        raise Uncompilable(f"the function {name}()")
    call = token[1] if token.symbol == ":" else token
    arguments = [
        _as_type(expression(each, scope), wanted)
        for each, (_, wanted) in zip(call, function.parameters, strict=True)
    ]
    python, result = _compiled_function(name, arguments, scope)
    free = frozenset[str]().union(*(each.free for each in arguments))
    text = f"{python}({', '.join([*(each.text for each in arguments), 'S'])})"
    return Code(text, result.item, result.many, free)


def _as_type(code: Code, wanted: str | None) -> Code:
    item = TYPES.get((wanted or "").rstrip("?"))
    return code if item is None else cast(code, item)


def _compiled_function(name: str, arguments: list[Code], scope: Scope) -> tuple[str, Code]:
    module, function = scope.module, scope.module.functions[name]
    kinds = tuple((each.item, each.many, each.is_leaf) for each in arguments)
    known = module.results.get((name, kinds))
    if known is not None:
        return known
    python = module.fresh("u")
    item = TYPES.get((function.result or "").rstrip("?"))
    if item is not None:  # so that it may call itself
        module.results[name, kinds] = (python, Code("", item))
    names = [f"p{number}" for number in range(len(arguments))]
    parameters: dict[str, Code | Macro] = {
        parameter: Code(python_name, each.item, each.many, frozenset({python_name}), is_leaf=each.is_leaf)
        for (parameter, _), python_name, each in zip(function.parameters, names, arguments, strict=True)
    }
    inner = Scope(module, Frame(), DOCUMENT, parameters)
    for let in function.lets:
        inner = inner.with_variable(let.name, Macro(let.select, DOCUMENT, inner.variables))
    try:
        result = _as_type(compiled(function.select, inner), function.result)
    except Uncompilable:
        module.results.pop((name, kinds), None)
        raise
    module.define(python, (*names, "S"), (*inner.frame.prologue(), f"return {result.text}"))
    module.results[name, kinds] = (python, result)
    return python, result
