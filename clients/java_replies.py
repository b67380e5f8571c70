"""What an answer of the Java backend other than 200 means."""

from http import HTTPStatus

from clients.address import Address
from clients.errors import ExchangeFailed, SourceRefused, SourceUnavailable
from clients.transport import Reply

TRY_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)})


def refusal(address: Address, reply: Reply) -> SourceRefused | SourceUnavailable:
    """The error that `reply` stands for."""
    if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return SourceRefused(f"{address} answered {reply.status}: it does not accept the token. Replace it.")
    if reply.status in TRY_AGAIN or reply.status < HTTPStatus.MULTIPLE_CHOICES:
        return unavailable(address, reply)
    return SourceRefused(f"{address} answered {reply.status}: check the address that is set for it.")


def unavailable(address: Address, reply: Reply) -> SourceUnavailable:
    """It answered, and not usably; asking again may help."""
    return SourceUnavailable(
        f"{address} answered {reply.status}.",
        retry_after=reply.retry_after,
        wants_fewer_calls=reply.status == HTTPStatus.TOO_MANY_REQUESTS,
    )


def unreachable(error: ExchangeFailed) -> SourceUnavailable:
    """No answer, or none that can be read."""
    return SourceUnavailable(f"The Java backend gave no usable answer: {error}.")
