"""What can go wrong with an outside system.

OutsideError
├── SourceUnavailable     it did not answer as it should; asking again later may help
├── SourceRefused         it answered that it will not (token, address, contract)
├── CursorExpired         the source no longer knows the cursor: start again from the beginning
├── DestinationUnavailable
├── DestinationRefused
│   └── QuestionRefused   it will not answer this one question
└── ExchangeFailed        one HTTP call brought no usable answer; each client says it in its own terms
    ├── NotSent           the body of the request cannot have left
    ├── NoAnswer          the request may have arrived, its answer did not
    ├── AnswerTooLarge    the answer passes the cap on its bytes
    └── AnswerGarbled     the answer's compression is broken or unknown
"""


class OutsideError(Exception):
    """An outside system did not do what was asked; the message says what, where and what to do."""


class SourceUnavailable(OutsideError):
    """The source did not give a usable answer; asking again may help."""

    def __init__(
        self, message: str, *, retry_after: float | None = None, wants_fewer_calls: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds that the source asked to be left alone."""
        self.wants_fewer_calls = wants_fewer_calls
        """Whether the source is well and only asks to slow down (429)."""


class SourceRefused(OutsideError):
    """The source says no: a token, an address or a setting must be mended."""


class CursorExpired(OutsideError):
    """The source does not know the cursor (any more)."""


class DestinationUnavailable(OutsideError):
    """The destination did not give a usable answer to a question; nothing was delivered."""

    def __init__(
        self, message: str, *, retry_after: float | None = None, wants_fewer_calls: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds that the destination asked to be left alone."""
        self.wants_fewer_calls = wants_fewer_calls
        """Whether the destination is well and only asks to slow down (429)."""


class DestinationRefused(OutsideError):
    """The destination says no to a question: a token, a scope or an address must be mended."""


class QuestionRefused(DestinationRefused):
    """The destination will not answer this one question; another may be answered."""


class ExchangeFailed(OutsideError):
    """One HTTP call brought no usable answer. The message names no query, header or token."""


class NotSent(ExchangeFailed):
    """The body of the request cannot have left: repeating the call is safe."""


class NoAnswer(ExchangeFailed):
    """The request may have arrived; its answer did not, or not whole."""


class AnswerTooLarge(ExchangeFailed):
    """The answer passes the cap on its bytes, counted after decompression."""


class AnswerGarbled(ExchangeFailed):
    """The answer's compression is cut off, broken or not one that was asked for."""
