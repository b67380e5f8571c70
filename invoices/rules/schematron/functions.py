"""Functions of XPath 2.0 that rules call, and those that an artefact defines itself."""

from dataclasses import replace

from elementpath.regex import translate_pattern

from invoices.rules.schematron.code import (
    Code,
    Item,
    Many,
    Uncompilable,
    all_cast,
    atoms,
    cast,
    exists,
    sequence,
    single,
    string,
    truth,
)
from invoices.rules.schematron.defined import TYPES
from invoices.rules.schematron.expressions import Token, expression, translates
from invoices.rules.schematron.scope import Scope

_CASTS = {
    "date": "date_of",
    "decimal": "decimal_of",
    "integer": "integer_of",
    "double": "double_of",
    "boolean": "boolean_of",
    "string": "str",
}


def _arguments(token: Token, scope: Scope) -> list[Code]:
    return [expression(each, scope) for each in token]


def _first_or_here(token: Token, scope: Scope) -> Code:
    return expression(token[0], scope) if len(token) else scope.here()


@translates("true", "false")
def _boolean_constant(token: Token, _: Scope) -> Code:
    return Code("True" if token.symbol == "true" else "False", Item.BOOLEAN)


@translates("exists", "empty")
def _existence(token: Token, scope: Scope) -> Code:
    found = exists(expression(token[0], scope))
    return found if token.symbol == "exists" else replace(found, text=f"(not {found.text})")


@translates("boolean")
def _boolean(token: Token, scope: Scope) -> Code:
    value = truth(expression(token[0], scope))
    return replace(value, text=f"bool({value.text})")


@translates("count")
def _count(token: Token, scope: Scope) -> Code:
    values = expression(token[0], scope)
    if values.text.startswith("S.attribute("):
        return Code(values.text.replace("attribute", "attribute_count", 1), Item.INTEGER)
    if values.many is Many.RAW:
        text = f"(0 if (x := {values.text}) is None else 1 if type(x) is not list else len(x))"
        return Code(text, Item.INTEGER, free=values.free)
    return Code(f"len({sequence(values)})", Item.INTEGER, free=values.free)


@translates("sum")
def _sum(token: Token, scope: Scope) -> Code:
    values = expression(token[0], scope)
    if values.item in {Item.NODE, Item.ATTRIBUTE, Item.TEXT}:
        total = Code(f"total_of_doubles({sequence(values)})", Item.DOUBLE, free=values.free)
    else:
        total = Code(f"sum({sequence(values)})", values.item, free=values.free)
    return scope.worth_keeping(total)


@translates("max", "min")
def _extreme(token: Token, scope: Scope) -> Code:
    values = expression(token[0], scope)
    wanted = Item.DOUBLE if atoms(values).item is Item.TEXT else values.item
    values = all_cast(values, wanted)
    return Code(f"{token.symbol}({sequence(values)}, default=None)", wanted, Many.OPTIONAL, values.free)


@translates("string")
def _string(token: Token, scope: Scope) -> Code:
    return string(_first_or_here(token, scope))


@translates("number")
def _number(token: Token, scope: Scope) -> Code:
    value = _first_or_here(token, scope)
    return Code(f"number({value.text})", Item.DOUBLE, free=value.free)


@translates("castable")
def _castable(token: Token, scope: Scope) -> Code:
    value = expression(token[0], scope)
    wanted = token[1][1] if token[1].symbol == ":" else token[1]
    if wanted.value not in _CASTS:
        raise Uncompilable(f"castable as {wanted.value}")
    return Code(f"castable({value.text}, {_CASTS[wanted.value]})", Item.BOOLEAN, free=value.free)


@translates("cast")
def _cast(token: Token, scope: Scope) -> Code:
    wanted = token[1][1] if token[1].symbol == ":" else token[1]
    return cast(expression(token[0], scope), TYPES[f"xs:{wanted.value}"])


@translates("data")
def _data(token: Token, scope: Scope) -> Code:
    return atoms(_first_or_here(token, scope))


@translates("round", "abs", "floor", "ceiling")
def _of_number(token: Token, scope: Scope) -> Code:
    function = {"round": "rounded", "abs": "absolute"}.get(token.symbol)
    value = single(expression(token[0], scope))
    if value.item is Item.TEXT:
        value = cast(value, Item.DOUBLE)
    if function is None or not value.item.is_numeric:
        raise Uncompilable(f"{token.symbol}() of {value.item.name}")
    return value.by(f"{function}({value.text})")


@translates("normalize-space")
def _normalize_space(token: Token, scope: Scope) -> Code:
    value = _first_or_here(token, scope)
    if value.item in {Item.NODE, Item.ATTRIBUTE, Item.TEXT} and not value.choice:
        return Code(f"space({value.text})", Item.STRING, free=value.free)
    return Code(f"space({string(value).text})", Item.STRING, free=value.free)


_OF_STRINGS: dict[str, tuple[str, Item]] = {
    "upper-case": ("{}.upper()", Item.STRING),
    "lower-case": ("{}.lower()", Item.STRING),
    "contains": ("({1} in {0})", Item.BOOLEAN),
    "starts-with": ("{}.startswith({})", Item.BOOLEAN),
    "ends-with": ("{}.endswith({})", Item.BOOLEAN),
    "substring-after": ("after({}, {})", Item.STRING),
    "substring-before": ("before({}, {})", Item.STRING),
    "translate": ("translated({}, {}, {})", Item.STRING),
    "string-to-codepoints": ("list(map(ord, {}))", Item.INTEGER),
}


@translates(*_OF_STRINGS)
def _of_strings(token: Token, scope: Scope) -> Code:
    shape, item = _OF_STRINGS[token.symbol]
    values = [string(each) for each in _arguments(token, scope)]
    free = frozenset[str]().union(*(value.free for value in values))
    if token.symbol == "substring-after" and values[1].literal:
        return Code(f"{values[0].text}.partition({values[1].text})[2]", item, free=free)
    many = Many.SEQUENCE if token.symbol == "string-to-codepoints" else Many.ONE
    return Code(shape.format(*(value.text for value in values)), item, many, free)


@translates("codepoints-to-string")
def _codepoints_to_string(token: Token, scope: Scope) -> Code:
    values = expression(token[0], scope)
    if values.item is not Item.INTEGER:
        raise Uncompilable("codepoints-to-string() of what are no integers")
    return Code(f'"".join(map(chr, {sequence(values)}))', Item.STRING, free=values.free)


@translates("string-length")
def _string_length(token: Token, scope: Scope) -> Code:
    value = string(_first_or_here(token, scope))
    return Code(f"len({value.text})", Item.INTEGER, free=value.free)


@translates("concat")
def _concat(token: Token, scope: Scope) -> Code:
    values = [string(each) for each in _arguments(token, scope)]
    free = frozenset[str]().union(*(value.free for value in values))
    return Code(f"({' + '.join(value.text for value in values)})", Item.STRING, free=free)


@translates("string-join")
def _string_join(token: Token, scope: Scope) -> Code:
    values = atoms(expression(token[0], scope))
    separator = string(expression(token[1], scope)) if len(token) > 1 else Code('""', Item.STRING)
    text = f"joined({sequence(values)}, {separator.text})"
    return Code(text, Item.STRING, free=values.free | separator.free)


@translates("substring")
def _substring(token: Token, scope: Scope) -> Code:
    value, *numbers = _arguments(token, scope)
    plain = [_position(each) for each in numbers]
    text = f"part({string(value).text}, {', '.join(each.text for each in plain)})"
    return Code(text, Item.STRING, free=value.free.union(*(each.free for each in plain)))


def _position(code: Code) -> Code:
    return code if code.item.is_numeric and code.is_one else cast(code, Item.DOUBLE)


@translates("matches", "replace", "tokenize")
def _of_pattern(token: Token, scope: Scope) -> Code:
    value, pattern, *others = _arguments(token, scope)
    if pattern.literal is None:
        raise Uncompilable(f"{token.symbol}() with a pattern that is not a constant")
    flags = len(others) > 0 and token.symbol != "replace"
    if flags:
        raise Uncompilable(f"{token.symbol}() with flags")
    expression_of = translate_pattern(pattern.literal, back_references=False)
    constant = scope.module.constant(f"re.compile({expression_of!r})")
    subject = string(value)
    if token.symbol == "matches":
        return Code(f"({constant}.search({subject.text}) is not None)", Item.BOOLEAN, free=subject.free)
    if token.symbol == "tokenize":
        return Code(f"tokens({subject.text}, {constant})", Item.STRING, Many.SEQUENCE, subject.free)
    replacement = string(others[0])
    if replacement.literal is None or set(replacement.literal) & set("$\\"):
        raise Uncompilable("replace() with groups")
    return Code(f"{constant}.sub({replacement.text}, {subject.text})", Item.STRING, free=subject.free)


@translates("reverse", "distinct-values")
def _of_sequence(token: Token, scope: Scope) -> Code:
    values = expression(token[0], scope)
    values = values if token.symbol == "reverse" else atoms(values)
    shape = "{}[::-1]" if token.symbol == "reverse" else "distinct({})"
    return Code(shape.format(sequence(values)), values.item, Many.SEQUENCE, values.free)


@translates("name", "local-name")
def _name(token: Token, scope: Scope) -> Code:
    value = _first_or_here(token, scope)
    function = "lexical_name" if token.symbol == "name" else "local_name"
    return Code(f"{function}({value.text})", Item.STRING, free=value.free)


@translates("current")
def _current(_: Token, scope: Scope) -> Code:
    current = scope.variables.get("current()")
    if not isinstance(current, Code):
        raise Uncompilable("current()")
    return current
