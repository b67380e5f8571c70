"""Faults of the facade itself: logged whole, told to the caller without anything of the inside."""

import logging

from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.envelope import ProblemResponse, problem_response
from api.problems import InternalError, Unavailable
from db.away import is_away

_logger = logging.getLogger(__name__)
_TRY_AGAIN_AFTER = "5"


class Faultless:
    """ASGI middleware: whatever is raised below becomes an answer, where none has begun, and an event in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            _logger.info("The caller went away before all of the body had come.")
        except Exception as fault:
            answer = answer_to(fault, scope["path"])
            # An answer that has begun is left incomplete: the server then cuts the connection.
            if not begun:
                await answer(scope, receive, send)


def answer_to(fault: Exception, path: str) -> ProblemResponse:
    """What a caller is told of a fault, which is logged."""
    if isinstance(fault, NoConnectionFree) or (isinstance(fault, SQLAlchemyError) and is_away(fault)):
        _logger.error("The ledger cannot be reached.", exc_info=fault)
        words = "The ledger cannot be reached now. Try again in a few seconds."
        return problem_response(Unavailable(words, headers={"Retry-After": _TRY_AGAIN_AFTER}), path)
    _logger.error("A call met a fault of the facade.", exc_info=fault)
    words = "A fault of the facade. Its log has the rest: quote the correlation id."
    return problem_response(InternalError(words), path)


async def last_resort(request: Request, fault: Exception) -> ProblemResponse:
    """The answer to what even `Faultless` did not see."""
    return answer_to(fault, request.url.path)
