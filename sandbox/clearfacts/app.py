"""The sandbox's Clearfacts over HTTP, which refuses as strictly as is known of the real one.

What nobody has published is decided here: 401 for a wrong token, 403 for a missing scope, 400 for a body that
is not the form or the JSON asked for; all else that is wrong is HTTP 200 with `errors`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clearfacts.graphql import arguments, check_selection, select
from sandbox.clearfacts.multipart import Part, read_upload_form
from sandbox.clearfacts.parser import Operation, parse
from sandbox.clearfacts.portal import Portal
from sandbox.clearfacts.schema import ROOT_FIELDS, SCOPES, Invocation, RootField, describe_upload
from sandbox.errors import GraphQLError, MalformedFormError
from sandbox.faults import Fault
from sandbox.journal import Call, Entry, System
from sandbox.reception import Deed, Reception, RefusedCallError, bears

TOKEN_LENGTH = 80


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a request asks: a parsed operation, its variables, and the file of an upload."""

    operation: Operation
    variables: Mapping[str, object]
    file: Part | None = None


class Clearfacts:
    """The GraphQL endpoint and the login's user information, for one token."""

    def __init__(self, reception: Reception, portal: Portal, token: str) -> None:
        if len(token) != TOKEN_LENGTH or not token.isascii():
            raise ValueError(f"The Clearfacts token must be {TOKEN_LENGTH} ASCII characters.")
        self._reception = reception
        self._portal = portal
        self._token = token
        self.scopes = SCOPES
        """What the token may do; may be replaced at any time."""

    def app(self) -> Starlette:
        """The ASGI application."""
        receive = self._reception.endpoint
        graphql = receive(System.CLEARFACTS, Call.UNKNOWN, self._graphql)
        userinfo = receive(System.CLEARFACTS, Call.USERINFO, self._userinfo)
        return Starlette(
            routes=[
                Route("/graphql", graphql, methods=["POST"]),
                Route("/oauth2-server/userinfo", userinfo, methods=["GET"]),
            ]
        )

    async def _userinfo(self, request: Request, entry: Entry) -> Response:
        self._authorize(request)
        user = {"sub": "1", "username": "sandbox", "email": "sandbox@example.com"}
        return await self._reception.receive(entry, lambda _: JSONResponse(user))

    async def _graphql(self, request: Request, entry: Entry) -> Response:
        body = await request.body()
        self._authorize(request)
        try:
            deed = self._deed(_read(request.headers.get("content-type", ""), body), entry)
        except GraphQLError as error:
            raise _errors(error) from error
        return await self._reception.receive(entry, deed)

    def _authorize(self, request: Request) -> None:
        if not bears(request, self._token):
            raise _refusal(401, "Unauthorized")

    def _deed(self, asked: GraphQLRequest, entry: Entry) -> Deed:
        """What is to be done, once it is sure that the request is one of the contract's calls."""
        root = _root_field(asked)
        entry.kind = root.call
        if root.scope not in self.scopes:
            raise _refusal(403, f"The token lacks the scope {root.scope}")
        if (root.call is Call.UPLOAD) != (asked.file is not None):
            raise _refusal(400, "An upload needs the multipart form, and only an upload does")
        given = arguments(asked.operation, asked.variables, root.arguments)
        check_selection(asked.operation.selection, root.fields, asked.operation.root_field)
        if asked.file is not None:
            describe_upload(entry, given, asked.file, keep_body=self._reception.journal.keep_bodies)
        invocation = Invocation(self._portal, given, asked.file, entry)

        def deed(_fault: Fault | None) -> Response:
            try:
                value = root.resolve(invocation)
            except GraphQLError as error:
                raise _errors(error) from error
            answer = select(asked.operation.selection, value)
            return JSONResponse({"data": {asked.operation.root_field: answer}})

        return deed


def _root_field(asked: GraphQLRequest) -> RootField:
    operation = asked.operation
    if "tags" in asked.variables or "tags" in operation.arguments or "tags" in operation.variable_types:
        raise GraphQLError("Internal server error")
    root = ROOT_FIELDS.get(operation.root_field)
    if root is None or root.operation != operation.kind:
        raise GraphQLError(f'Cannot query field "{operation.root_field}" on type "{operation.kind}".')
    return root


def _read(content_type: str, body: bytes) -> GraphQLRequest:
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        try:
            form = read_upload_form(content_type, body)
        except MalformedFormError as error:
            raise _refusal(400, str(error)) from error
        return GraphQLRequest(parse(form.query), _variables(_json(form.variables)), form.file)
    if media_type != "application/json":
        raise _refusal(400, "Expected multipart/form-data or application/json")
    asked = _json(body)
    if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
        raise _refusal(400, "Expected a JSON object with the string query")
    return GraphQLRequest(parse(asked["query"]), _variables(asked.get("variables")))


def _json(text: str | bytes) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise _refusal(400, "The JSON is malformed") from error


def _variables(value: object) -> dict[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _refusal(400, "variables must be a JSON object")
    return value


def _refusal(status: int, reason: str) -> RefusedCallError:
    return RefusedCallError(reason, JSONResponse({"errors": [{"message": reason}]}, status))


def _errors(error: GraphQLError) -> RefusedCallError:
    return RefusedCallError(str(error), JSONResponse({"errors": [{"message": str(error)}], "data": None}))
