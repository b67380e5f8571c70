"""From XPath to Python: the parser, and which translation takes care of which kind of expression."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from elementpath import ElementPathError, XPath2Parser

from invoices.rules.schematron.code import Code, Item, Many, Uncompilable, chosen, truth
from invoices.rules.schematron.scope import Macro, Module, Scope, document_scope

Token = Any
"""A node of the parser's syntax tree: its `symbol`, its `value`, and its operands."""
Translation = Callable[[Token, Scope], Code]

_TRANSLATIONS: dict[str, Translation] = {}


def translates(*symbols: str) -> Callable[[Translation], Translation]:
    """Make the decorated function take care of expressions with these symbols."""

    def register(translation: Translation) -> Translation:
        _TRANSLATIONS.update(dict.fromkeys(symbols, translation))
        return translation

    return register


def compiled(select: str, scope: Scope) -> Code:
    """The Python of an XPath expression.

    Raises:
        Uncompilable: It is not XPath 2.0, or uses what the compiler does not know.
    """
    return expression(syntax_tree(select, scope.module), scope)


def syntax_tree(select: str, module: Module) -> Token:
    """An XPath expression as its parser's tree.

    Raises:
        Uncompilable: It is not XPath 2.0.
    """
    try:
        return _parser(tuple(module.namespaces.items()), tuple(module.functions)).parse(select)
    except ElementPathError as error:
        raise Uncompilable(str(error)) from None


def expression(token: Token, scope: Scope) -> Code:
    """The Python of a parsed expression."""
    translation = _TRANSLATIONS.get(token.symbol)
    if translation is None:
        raise Uncompilable(f"“{token.symbol}” in “{token.source}”")
    return translation(token, scope)


@lru_cache(maxsize=8)
def _parser(namespaces: tuple[tuple[str, str], ...], functions: tuple[str, ...]) -> XPath2Parser:
    parser = XPath2Parser(namespaces=dict(namespaces), strict=False)
    for name in functions:
        prefix, _, local = name.rpartition(":")
        parser.external_function(_never_called, local, prefix or None)
    return parser


def _never_called(*arguments: object) -> None:
    """Stand for a function of the artefact, which only its compiled form is ever called by."""


@translates("(string)")
def _string(token: Token, _: Scope) -> Code:
    return Code(repr(token.value), Item.STRING, literal=token.value)


@translates("(integer)")
def _integer(token: Token, _: Scope) -> Code:
    return Code(repr(token.value), Item.INTEGER, literal=token.value)


@translates("(decimal)")
def _decimal(token: Token, scope: Scope) -> Code:
    return Code(
        scope.module.constant(f'Decimal("{token.value}")'), Item.DECIMAL, literal=Decimal(token.value)
    )


@translates("(float)")
def _double(token: Token, _: Scope) -> Code:
    return Code(repr(float(token.value)), Item.DOUBLE, literal=token.value)


@translates("(")
def _parenthesis(token: Token, scope: Scope) -> Code:
    return expression(token[0], scope) if len(token) else Code("()", Item.STRING, Many.SEQUENCE)


@translates("$")
def _variable(token: Token, scope: Scope) -> Code:
    name = token[0].value if token[0].symbol == "(name)" else token[0][1].value
    value = scope.variables.get(name)
    if value is None:
        raise Uncompilable(f"the variable ${name}, which is defined nowhere")
    return _of_macro(value, scope) if isinstance(value, Macro) else value


def _of_macro(macro: Macro, scope: Scope) -> Code:
    variables = document_scope(scope.module).variables if macro.variables is None else macro.variables
    code = compiled(macro.select, replace(scope, item=macro.item, variables=variables))
    if code.literal is not None or code.path is not None or (code.item is Item.NODE and code.is_one):
        return code
    return scope.worth_keeping(code) if not code.choice else code


@translates("if")
def _if(token: Token, scope: Scope) -> Code:
    return chosen(
        truth(expression(token[0], scope)), expression(token[1], scope), expression(token[2], scope)
    )


@translates("every", "some")
def _quantified(token: Token, scope: Scope) -> Code:
    return _quantifier(token.symbol, list(token), scope)


def _quantifier(symbol: str, tokens: list[Token], scope: Scope) -> Code:
    name, values = tokens[0][0].value, expression(tokens[1], scope)
    rest = tokens[2:]

    def satisfied(inner: Scope) -> Code:
        return truth(expression(rest[0], inner) if len(rest) == 1 else _quantifier(symbol, rest, inner))

    body = scope.body(values, satisfied, variable=name)
    text = f"{symbol}({values.text}, {body.function}, {body.given})"
    return Code(text, Item.BOOLEAN, free=values.free | body.free)


@translates("for")
def _for(token: Token, scope: Scope) -> Code:
    if len(token) != 3:
        raise Uncompilable("for with more than one variable")
    name, values = token[0][0].value, expression(token[1], scope)
    body = scope.body(values, lambda inner: expression(token[2], inner), variable=name)
    text = f"mapped({values.text}, {body.function}, {body.given})"
    return Code(text, body.result.item, Many.SEQUENCE, values.free | body.free)
