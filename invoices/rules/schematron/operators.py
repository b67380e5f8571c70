"""Operators: comparisons, arithmetic and logic, each translated for the kinds of values it meets."""

import re
from collections.abc import Callable

from invoices.rules.schematron.code import (
    Code,
    Item,
    Many,
    Uncompilable,
    all_cast,
    atoms,
    cast,
    chosen,
    sequence,
    single,
    truth,
)
from invoices.rules.schematron.expressions import Token, expression, translates
from invoices.rules.schematron.scope import Scope

_COMPARISONS = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_VALUE_COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_SPACED = re.compile(r'space\((?P<value>n(?P<leaf>)|n\.get\("\w+"\))\)')
_FUNCTIONS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


@translates("and", "or")
def _logic(token: Token, scope: Scope) -> Code:
    membership = _code_list(token, scope)
    if membership is not None:
        return membership
    left, right = truth(expression(token[0], scope)), truth(expression(token[1], scope))
    return Code(f"({left.text} {token.symbol} {right.text})", Item.BOOLEAN, free=left.free | right.free)


def _code_list(token: Token, scope: Scope) -> Code | None:
    """`not(contains(X, ' ')) and contains(' A B ', concat(' ', X, ' '))`: whether X is in a code list."""
    left, right = _bare(token[0]), _bare(token[1])
    if token.symbol != "and" or left.symbol != "not" or right.symbol != "contains":
        return None
    spaces, codes, padded = _bare(left[0]), right[0], right[1]
    if spaces.symbol != "contains" or codes.symbol != "(string)" or padded.symbol != "concat":
        return None
    if [each.value for each in (spaces[1], padded[0], padded[2])] != [" ", " ", " "] or len(padded) != 3:
        return None
    value, again = expression(spaces[0], scope), expression(padded[1], scope)
    if value.text != again.text or value.item is not Item.STRING or not value.is_one:
        return None
    known = scope.module.constant(f"frozenset({sorted(set(codes.value.split(' ')[1:-1]))!r})")
    return Code(_in_code_list(value.text, known), Item.BOOLEAN, free=value.free)


def _in_code_list(value: str, known: str) -> str:
    """Python that normalises white space only where the value as it stands is not in the list."""
    plain = _SPACED.fullmatch(value)
    if plain is None:
        return f"({value} in {known})"
    as_it_stands = "x.text" if plain["leaf"] else "x"
    return f"({as_it_stands.replace('x', '(x := ' + plain['value'] + ')')} in {known} or space(x) in {known})"


def _bare(token: Token) -> Token:
    return _bare(token[0]) if token.symbol == "(" and len(token) == 1 else token


@translates("not")
def _not(token: Token, scope: Scope) -> Code:
    value = truth(expression(token[0], scope))
    return Code(f"(not {value.text})", Item.BOOLEAN, free=value.free)


@translates(*_COMPARISONS)
def _general(token: Token, scope: Scope) -> Code:
    left, right = expression(token[0], scope), expression(token[1], scope)
    return _compared(left, right, _COMPARISONS[token.symbol], scope)


@translates(*_VALUE_COMPARISONS)
def _value(token: Token, scope: Scope) -> Code:
    left, right = single(expression(token[0], scope)), single(expression(token[1], scope))
    return _compared(left, right, _VALUE_COMPARISONS[token.symbol], scope)


def _compared(left: Code, right: Code, operator: str, scope: Scope) -> Code:
    for one, other, turned in ((left, right, operator), (right, left, _turned(operator))):
        if one.choice:
            condition, yes, no = one.choice
            parts = (_compared(each, other, turned, scope) for each in (yes, no))
            return chosen(condition, *parts)
    blank = _compared_with_nothing(left, right, operator)
    if blank is not None:
        return blank
    normalised = _of_normalised(left, right, operator)
    if normalised is not None:
        return normalised
    number = _of_number_in(left, right, operator)
    if number is not None:
        return number
    for one, other in ((left, right), (right, left)):
        text = _of_elements(one, other, operator)
        if text is not None:
            return Code(text, Item.BOOLEAN, free=left.free | right.free)
    return _of_values(*_same_kind(left, right), operator, scope)


def _turned(operator: str) -> str:
    return operator.translate(str.maketrans("<>", "><"))


def _compared_with_nothing(left: Code, right: Code, operator: str) -> Code | None:
    if right.literal != "" or operator not in {"==", "!="} or not left.text.startswith("space("):
        return None
    text = left.text.replace("space(", "blank(", 1)
    if left.text.startswith("space(n.get("):
        text = f'(not (x.text or "").strip(SPACE) if type(x := {left.text[6:-1]}) is Leaf else blank(x))'
    return Code(text if operator == "==" else f"(not {text})", Item.BOOLEAN, free=left.free)


def _of_normalised(left: Code, right: Code, operator: str) -> Code | None:
    """`normalize-space(X) = 'literal'`, where X as it stands is nearly always that already."""
    inner = left.text.removeprefix("space(").removesuffix(")")
    if (
        operator != "=="
        or not right.literal
        or not left.text.startswith("space(")
        or not inner.endswith("()")
    ):
        return None
    text = f"((x := {inner}) == {right.text} or space(x) == {right.text})"
    return Code(text, Item.BOOLEAN, free=left.free | right.free)


def _of_number_in(element: Code, number: Code, operator: str) -> Code | None:
    """A comparison of an element, of which there is nearly always one, with a number."""
    if not (element.is_leaf and element.many is Many.RAW) or not isinstance(number.literal, int):
        return None
    value = float(number.literal)
    every = f"x is not None and compared(doubles(x), ({value},), {_FUNCTIONS[operator]})"
    one = f'double_of(x.text or "") {operator} {value}'
    text = f"({one} if type(x := {element.text}) is Leaf else {every})"
    return Code(text, Item.BOOLEAN, free=element.free)


def _of_elements(elements: Code, value: Code, operator: str) -> str | None:
    if elements.item is not Item.NODE or elements.is_one or operator not in {"==", "!="}:
        return None
    if value.item not in {Item.STRING, Item.TEXT} or not value.is_one:
        return None
    if operator == "==" and elements.is_leaf and elements.many is Many.RAW and value.literal:
        return f"(x.text == {value.text} if type(x := {elements.text}) is Leaf else equal(x, {value.text}))"
    return f"{'equal' if operator == '==' else 'unequal'}({elements.text}, {value.text})"


def _same_kind(left: Code, right: Code) -> tuple[Code, Code]:
    left, right = atoms(left), atoms(right)
    if left.item.is_text and right.item.is_text:
        return left, right
    if Item.TEXT in {left.item, right.item}:
        other = left.item if right.item is Item.TEXT else right.item
        wanted = Item.DOUBLE if other.is_numeric else other
        return all_cast(left, wanted), all_cast(right, wanted)
    if Item.DOUBLE in {left.item, right.item}:
        return all_cast(left, Item.DOUBLE), all_cast(right, Item.DOUBLE)
    if left.item is right.item or (left.item.is_numeric and right.item.is_numeric):
        return left, right
    raise Uncompilable(f"a comparison of {left.item.name} with {right.item.name}")


def _of_values(left: Code, right: Code, operator: str, scope: Scope) -> Code:
    free = left.free | right.free
    if left.is_one and right.is_one:
        return Code(f"({left.text} {operator} {right.text})", Item.BOOLEAN, free=free)
    if {left.many, right.many} <= {Many.ONE, Many.OPTIONAL}:
        return Code(_optional(left, right, f"{{}} {operator} {{}}", "False", scope), Item.BOOLEAN, free=free)
    if operator == "==" and left.item is right.item:
        return Code(f"common({left.text}, {right.text})", Item.BOOLEAN, free=free)
    text = f"compared({sequence(left)}, {sequence(right)}, {_FUNCTIONS[operator]})"
    return Code(text, Item.BOOLEAN, free=free)


def _optional(left: Code, right: Code, shape: str, otherwise: str, scope: Scope) -> str:
    a, b = scope.frame.temporary(), scope.frame.temporary()
    absent = [
        f"({name} := {code.text}) is None"
        for name, code in ((a, left), (b, right))
        if code.many is Many.OPTIONAL
    ]
    shown = [name if code.many is Many.OPTIONAL else code.text for name, code in ((a, left), (b, right))]
    return f"({otherwise} if {' or '.join(absent)} else {shape.format(*shown)})"


@translates("+", "-", "div", "mod", "idiv")
def _arithmetic(token: Token, scope: Scope) -> Code:
    return arithmetic(token, scope)


def arithmetic(token: Token, scope: Scope) -> Code:
    """Addition and its kin; also the sign of a number."""
    if len(token) == 1:
        value = _numeric(expression(token[0], scope))
        return _each(value, lambda text: f"({token.symbol}{text})", scope)
    left, right = _numeric(expression(token[0], scope)), _numeric(expression(token[1], scope))
    for one, other in ((left, right), (right, left)):
        if one.choice:
            raise Uncompilable(f"arithmetic with {one.text} and {other.text}")
    if Item.DOUBLE in {left.item, right.item}:
        left, right = cast(left, Item.DOUBLE), cast(right, Item.DOUBLE)
    return _calculated(left, right, token.symbol, scope)


def _numeric(code: Code) -> Code:
    value = single(code)
    if value.choice:
        return cast(value, Item.DECIMAL)
    if value.item is Item.TEXT:
        return cast(value, Item.DOUBLE)
    if not value.item.is_numeric:
        raise Uncompilable(f"arithmetic with {value.item.name}")
    return value


def _calculated(left: Code, right: Code, symbol: str, scope: Scope) -> Code:
    shape, item = _shape(left.item, right, symbol)
    free = left.free | right.free
    if left.is_one and right.is_one:
        return Code(f"({shape.format(left.text, right.text)})", item, free=free)
    return Code(_optional(left, right, shape, "None", scope), item, Many.OPTIONAL, free)


def _shape(left: Item, right: Code, symbol: str) -> tuple[str, Item]:
    doubles = left is Item.DOUBLE
    if symbol == "div" and right.literal == 100 and not doubles:
        return "{} * HUNDREDTH", Item.DECIMAL
    if symbol == "div":
        return ("divided_doubles({}, {})", Item.DOUBLE) if doubles else ("divided({}, {})", Item.DECIMAL)
    item = left if left is right.item else Item.DECIMAL
    if symbol == "mod":
        return "remainder({}, {})", item
    if symbol == "idiv":
        return "whole_quotient({}, {})", Item.INTEGER
    return f"{{}} {symbol} {{}}", item


def _each(value: Code, shape: Callable[[str], str], scope: Scope) -> Code:
    if value.is_one:
        return Code(shape(value.text), value.item, free=value.free)
    name = scope.frame.temporary()
    text = f"(None if ({name} := {value.text}) is None else {shape(name)})"
    return Code(text, value.item, Many.OPTIONAL, value.free)


@translates("to")
def _range(token: Token, scope: Scope) -> Code:
    first, final = (cast(expression(each, scope), Item.INTEGER) for each in token)
    text = f"list(range({first.text}, {final.text} + 1))"
    return Code(text, Item.INTEGER, Many.SEQUENCE, first.free | final.free)


@translates(",")
def _comma(token: Token, scope: Scope) -> Code:
    parts = [expression(each, scope) for each in _flat(token)]
    if len({part.item for part in parts}) > 1:
        parts = [atoms(part) for part in parts]
    if len({part.item for part in parts}) > 1:
        raise Uncompilable("a sequence of values of different kinds")
    texts = [f"{part.text}," if part.is_one else f"*items({part.text})," for part in parts]
    text = f"({' '.join(texts)})"
    free = frozenset[str]().union(*(part.free for part in parts))
    if all(part.literal is not None for part in parts):
        text = scope.module.constant(text)
    return Code(text, parts[0].item, Many.SEQUENCE, free)


def _flat(token: Token) -> list[Token]:
    return [each for part in token for each in (_flat(part) if part.symbol == "," else [part])]
