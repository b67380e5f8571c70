"""How logs are written: one event a line, from every logger of this process, in UTC, correlated and redacted."""

import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Literal

import structlog
from structlog.types import EventDict

from logs.correlation import current_id
from logs.redaction import redact

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
Format = Literal["json", "console"]

_SHOWN_FIRST = ("timestamp", "level", "logger", "event", "correlation_id")
_OF_EVERY_RECORD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
_WRITE_OUT_WHAT_THEY_CARRY = (
    "httpx",
    "httpcore",
    "sqlalchemy",
    "psycopg",
    "asyncio",
    "multipart",
    "python_multipart",
)
"""Libraries whose less grave events hold whole calls, rows and bodies."""

_NOT_WORTH_A_FIELD = ("color_message", "send_to_api")


def configure(stream: IO[str], level: Level = "INFO", form: Format = "json") -> None:
    """Let this process log to `stream` alone, whichever library speaks, from `level` on."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [OneLineHandler(stream, form)]
    root.setLevel(level)
    for logger in _other_loggers():
        # What goes to Prefect's server stays; what would write here by itself, or keep silent, goes to the root.
        logger.handlers[:] = [each for each in logger.handlers if not isinstance(each, logging.StreamHandler)]
        logger.propagate = True
    for name in ("uvicorn", "uvicorn.error", "fastapi"):
        logging.getLogger(name).setLevel(level)
    # Each call has one line already, with what uvicorn does not know.
    logging.getLogger("uvicorn.access").disabled = True
    for chatty in _WRITE_OUT_WHAT_THEY_CARRY:
        logging.getLogger(chatty).setLevel(logging.WARNING)


def is_configured() -> bool:
    """Whether this process logs as `configure` says."""
    return any(isinstance(handler, OneLineHandler) for handler in logging.getLogger().handlers)


class OneLineHandler(logging.StreamHandler[IO[str]]):
    """Writes each event as one line, and nothing else: also where an event cannot be put into words."""

    def __init__(self, stream: IO[str], form: Format = "json") -> None:
        super().__init__(stream)
        self._form = form
        self.setFormatter(formatter(form))

    def pass_on(self, event: EventDict) -> None:
        """Write an event that was made ready, and redacted, by the logs of another process."""
        line = json.dumps(event) if self._form == "json" else _for_a_console(None, "", event)
        self.acquire()
        try:
            self.stream.write(f"{line}{self.terminator}")
            self.flush()
        finally:
            self.release()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - as logging.Handler names it
        """One line without the record's arguments, which the standard way would print."""
        if record.name != __name__:
            words = f"An event of {record.name}, {record.pathname}:{record.lineno}, could not be written."
            self.handle(logging.LogRecord(__name__, logging.ERROR, __file__, 0, words, (), None))


def formatter(form: Format = "json") -> logging.Formatter:
    """Makes a line of a record."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_with_fields],
        processors=[
            _with_fault,
            redact,
            _named,
            structlog.processors.JSONRenderer(ensure_ascii=True, allow_nan=False)
            if form == "json"
            else _for_a_console,
        ],
    )


def _other_loggers() -> Iterator[logging.Logger]:
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            yield logger


def _with_fields(_logger: object, _method: str, event: EventDict) -> EventDict:
    """The event of a standard logger with what it was given as `extra`."""
    extra = {name: value for name, value in vars(event["_record"]).items() if name not in _OF_EVERY_RECORD}
    return {**extra, **event}


def _with_fault(_logger: object, _method: str, event: EventDict) -> EventDict:
    """The event with what was raised, where something was, in place of what the formatter knows of it."""
    fault = _fault(event.pop("exc_info", None))
    event.pop("stack_info", None)
    for name in _NOT_WORTH_A_FIELD:
        event.pop(name, None)
    return event if fault is None else {**event, "exception": fault}


def _named(_logger: object, _method: str, event: EventDict) -> EventDict:
    """The event with when it was, how grave, who says it and in the course of what, before all else."""
    record: logging.LogRecord = event.pop("_record")
    event.pop("_from_structlog")
    about = {
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": event.pop("event"),
        "correlation_id": event.pop("correlation_id", None) or current_id(),
    }
    return {**about, **event, **about}


def _fault(exc_info: object) -> BaseException | None:
    match exc_info:
        case BaseException() as fault:
            return fault
        case (_, BaseException() as fault, _):
            return fault
        case True:
            return sys.exception()
    return None


def _for_a_console(_logger: object, _method: str, event: EventDict) -> str:
    when, level, logger, said, correlation = (event.pop(name, None) for name in _SHOWN_FIRST)
    # As JSON they cannot hold a line end or move the cursor.
    words = json.dumps(said)[1:-1] if isinstance(said, str) else json.dumps(said)
    rest = "".join(f" {json.dumps(name)[1:-1]}={json.dumps(value)}" for name, value in event.items())
    return f"{when} {level} {json.dumps(logger)[1:-1]}: {words}{rest} [{correlation or '-'}]"
