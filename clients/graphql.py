"""GraphQL answers: data and errors out of a body that may be anything at all."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class NotGraphqlError(ValueError):
    """A body that is not a GraphQL answer (GraphQL specification, section 7.1)."""


@dataclass(frozen=True, slots=True)
class GraphqlAnswer:
    """`data`, empty where it is null; and the messages of `errors`, an empty text for one without."""

    data: Mapping[str, Any]
    errors: tuple[str, ...]


def graphql_answer(body: bytes) -> GraphqlAnswer:
    """What `body` says.

    Raises:
        NotGraphqlError: It is not JSON, says something twice, or neither data nor errors can be made out.
    """
    try:
        answer = json.loads(body, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        raise NotGraphqlError("it is not JSON") from None
    match answer:
        case {"errors": [_, *_] as errors} if all(isinstance(error, dict) for error in errors):
            return GraphqlAnswer(_data(answer), tuple(_message(error) for error in errors))
        case {"errors": ([] | None)} if answer.get("data") is not None:
            return GraphqlAnswer(_data(answer), ())
        case {"data": dict(data)} if "errors" not in answer:
            return GraphqlAnswer(data, ())
    raise NotGraphqlError("it holds neither data nor errors")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object, unless a name comes twice: readers would differ on which one counts."""
    answer = dict(pairs)
    if len(answer) < len(pairs):
        raise ValueError
    return answer


def _data(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    data = answer.get("data") or {}
    if not isinstance(data, dict):
        raise NotGraphqlError("its data is not an object")
    return data


def _message(error: Mapping[str, Any]) -> str:
    message = error.get("message")
    return message if isinstance(message, str) else ""
