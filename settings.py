"""Every setting of Waybill, read from `WAYBILL_*` environment variables and checked at start."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from invoices.policy import Preset


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http:// or https:// address")
    if parts.username or parts.password:
        raise ValueError("must not carry a user name or password: use the token setting")
    return value.rstrip("/")


def _postgresql_url(value: SecretStr) -> SecretStr:
    # Importing these takes longer than all the rest of this module.
    from sqlalchemy.engine import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        driver = make_url(value.get_secret_value()).drivername
    except (ArgumentError, ValueError):
        driver = ""
    if not driver.startswith("postgres"):
        raise ValueError("must be an address such as postgresql://user:password@host/waybill")
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]
PostgresqlUrl = Annotated[SecretStr, AfterValidator(_postgresql_url)]


class AnswerRow(BaseModel):
    """What an operator knows of Clearfacts' answers: those that fit mean `outcome`."""

    model_config = ConfigDict(extra="forbid")

    outcome: Literal["refused", "not_delivered", "unknown"]
    status: int | None = None
    message: re.Pattern[str] | None = None
    retry_after: bool | None = None

    @model_validator(mode="after")
    def _tells_answers_apart(self) -> Self:
        if self.status is None and self.message is None and self.retry_after is None:
            raise ValueError("needs a status, a message or a retry_after")
        return self


Seconds = Annotated[float, Field(allow_inf_nan=False)]


class Settings(BaseSettings):
    """What an operator may set; every name is prefixed with `WAYBILL_` in the environment."""

    model_config = SettingsConfigDict(env_prefix="WAYBILL_", env_ignore_empty=True, hide_input_in_errors=True)

    data_dir: Path = Field(
        Path(".waybill"), description="Where the embedded PostgreSQL and Prefect keep their data."
    )
    database_url: PostgresqlUrl | None = Field(
        None, description="Your own PostgreSQL (15 or later); unset: the embedded one in DATA_DIR."
    )
    source: Literal["java-backend", "folder"] = Field("java-backend", description="Where invoices come from.")
    java_backend_url: HttpUrl = Field(
        "http://127.0.0.1:8081",
        description="Address of the Java backend; the contract's paths are appended to it.",
    )
    java_backend_token: SecretStr = Field(SecretStr(""), description="Bearer token for the Java backend.")
    java_backend_timeout_seconds: Seconds = Field(
        60, gt=0, le=600, description="Total time that one call to the Java backend may take."
    )
    folder_path: Path | None = Field(None, description="The drop folder, when SOURCE is folder.")
    folder_settle_seconds: Seconds = Field(
        5, ge=0, description="How long a file must have stopped changing before it is taken."
    )
    clearfacts_url: HttpUrl = Field(
        "https://api.clearfacts.be/graphql", description="Clearfacts' GraphQL endpoint."
    )
    clearfacts_login_url: HttpUrl = Field(
        "https://login.clearfacts.be", description="Base of Clearfacts' /oauth2-server/userinfo."
    )
    clearfacts_token: SecretStr = Field(
        SecretStr(""), description="Clearfacts personal access token (80 characters)."
    )
    clearfacts_concurrency: int = Field(1, ge=1, le=64, description="Uploads at the same time.")
    clearfacts_min_interval_seconds: Seconds = Field(
        2, ge=0, le=3600, description="Least time between two uploads, shared by all workers of a ledger."
    )
    clearfacts_timeout_seconds: Seconds = Field(
        60, gt=0, le=600, description="Total time an upload may take before its outcome counts as unknown."
    )
    clearfacts_answers: tuple[AnswerRow, ...] = Field(
        (),
        description="Rows tried before the table of Clearfacts' answers, as JSON, such as"
        ' [{"status": 503, "retry_after": true, "outcome": "not_delivered"}].',
    )
    clearfacts_give_up_after: int = Field(
        10,
        ge=1,
        description="Calls in a row without a usable answer after which all workers leave Clearfacts alone.",
    )
    source_give_up_after: int = Field(
        10, ge=1, description="Pages in a row that could not be had after which the source is left alone."
    )
    breaker_open_seconds: Seconds = Field(
        60, gt=0, description="How long a neighbour is left alone the first time; each time twice as long."
    )
    breaker_longest_seconds: Seconds = Field(
        900, gt=0, description="How long a neighbour that failed again and again is left alone at most."
    )
    policy: Preset = Field(
        Preset.BALANCED, description="What is done about findings: balanced, strict, lenient."
    )
    deliver_from: date | None = Field(
        None,
        description="Invoices issued before this date are not forwarded; unset: the day the ledger was made.",
    )
    chunk_size: int = Field(200, ge=1, le=1000, description="Invoices per chunk, and records per page.")
    check_processes: int = Field(2, ge=1, le=64, description="Processes that validate documents.")
    check_timeout_seconds: Seconds = Field(
        60, gt=0, description="Time after which the check of one document is given up."
    )
    retry_within_seconds: Seconds = Field(
        30, ge=0, description="A run waits this long at most for invoices that may be tried again."
    )
    retry_rounds: int = Field(3, ge=0, description="How often a run tries again what was not delivered.")
    source_lock_wait_seconds: Seconds = Field(
        10, ge=0, description="How long a run waits for another one that is fetching."
    )
    ledger_patience_seconds: Seconds = Field(
        60, ge=0, description="How long a run waits for a ledger whose database has gone away."
    )
    reconcile_days: int = Field(
        7, ge=1, le=366, description="How many days back receipts are read when deliveries are reconciled."
    )
    slack_webhook_url: SecretStr | None = Field(None, description="Slack incoming webhook for run reports.")

    @model_validator(mode="after")
    def _source_is_configured(self) -> Self:
        if self.source == "folder" and self.folder_path is None:
            raise ValueError("WAYBILL_SOURCE is folder, so WAYBILL_FOLDER_PATH must say which one")
        return self
