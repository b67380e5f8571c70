"""Acknowledgements, read strictly as the contract's schema has them."""

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from sandbox.java_backend.answers import refusal


class FindingBody(BaseModel):
    """A finding in an acknowledgement."""

    model_config = ConfigDict(strict=True)

    code: str = ""
    message: str = ""
    location: str = ""


class AcknowledgementBody(BaseModel):
    """The request body of `/status`."""

    model_config = ConfigDict(strict=True)

    status: Literal["sent", "failed", "duplicate", "held", "outcome_unknown", "superseded", "out_of_scope"]
    version: int
    receipt: str | None = None
    findings: list[FindingBody] = []


def read_acknowledgement(content_type: str, body: bytes) -> AcknowledgementBody:
    """The acknowledgement in `body`.

    Raises:
        RefusedCallError: It is not JSON, or not as the schema has it.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise refusal(415, "Expected application/json")
    try:
        return AcknowledgementBody.model_validate(json.loads(body))
    except ValidationError as error:
        wrong = sorted({".".join(str(step) for step in each["loc"]) for each in error.errors()})
        raise refusal(422, f"Not an acknowledgement: {', '.join(wrong)}") from error
    except ValueError as error:
        raise refusal(400, "The body is not JSON") from error
