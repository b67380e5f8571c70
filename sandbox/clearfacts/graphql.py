"""What a parsed operation means: its arguments with variables filled in, and the fields it selects."""

from collections.abc import Mapping
from typing import Any

from sandbox.clearfacts.parser import EnumValue, Operation, Selection, Variable
from sandbox.errors import GraphQLError


def arguments(
    operation: Operation, variables: Mapping[str, object], known: Mapping[str, str]
) -> dict[str, Any]:
    """The root field's arguments with variables filled in; absent ones are None.

    `known` maps each argument to its type, such as `String!`; an enumeration's name ends in `Argument`.

    Raises:
        GraphQLError: An argument is unknown, missing or of another type, or a variable is not declared.
    """
    for name in operation.arguments:
        if name not in known:
            raise GraphQLError(f'Unknown argument "{name}" on field "{operation.root_field}".')
    return {name: _argument(operation, variables, name, expected) for name, expected in known.items()}


def _argument(operation: Operation, variables: Mapping[str, object], name: str, expected: str) -> object:
    value = operation.arguments.get(name)
    if isinstance(value, Variable):
        declared = operation.variable_types.get(value.name)
        if declared is None:
            raise GraphQLError(f'Variable "${value.name}" is not defined.')
        if declared not in {expected, f"{expected}!"}:
            raise GraphQLError(
                f'Variable "${value.name}" of type "{declared}" used in position expecting type "{expected}".'
            )
        value = variables.get(value.name)
    elif isinstance(value, EnumValue):
        value = value.name if expected.endswith("Argument") else value
    elif expected.endswith("Argument") and value is not None:
        raise GraphQLError(f'Argument "{name}" expects a {expected}, not a string.')
    return _checked(name, value, expected)


def _checked(name: str, value: object, expected: str) -> object:
    if value is None:
        if expected.endswith("!"):
            raise GraphQLError(f'Argument "{name}" of type "{expected}" is required.')
        return None
    python_type = int if expected == "Int" else str
    if not isinstance(value, python_type) or isinstance(value, bool):
        raise GraphQLError(f'Argument "{name}" has an invalid value: expected {expected.rstrip("!")}.')
    return value


def check_selection(selection: Selection, fields: Selection, name: str) -> None:
    """Check what is selected of the field `name` against the fields that its type has.

    Raises:
        GraphQLError: A field is unknown, or an object is selected without saying which of its fields.
    """
    if bool(selection) != bool(fields):
        raise GraphQLError(f'Field "{name}" must {"" if fields else "not "}have a selection of subfields.')
    for inner, selected in selection.items():
        if inner not in fields:
            raise GraphQLError(f'Cannot query field "{inner}" on "{name}".')
        check_selection(selected, fields[inner], inner)


def select(selection: Selection, data: object) -> object:
    """The selected fields of `data`, an object or a list of objects."""
    if isinstance(data, list):
        return [select(selection, each) for each in data]
    if not isinstance(data, dict):
        return data
    return {name: select(inner, data[name]) for name, inner in selection.items()}
