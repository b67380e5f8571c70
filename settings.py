"""Every setting of Waybill, read from `WAYBILL_*` environment variables and checked at start."""

import json
import re
from datetime import date
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

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


KAFKA_RESERVED = frozenset(
    {
        "acks", "bootstrap.servers", "delivery.timeout.ms", "enable.idempotence", "message.timeout.ms",
        "metadata.broker.list", "request.required.acks",
    }
)  # fmt: skip
"""Properties of Kafka's client that hold what is promised of events, or that have a setting of their own."""

_FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


def _fernet_keys(value: SecretStr) -> SecretStr:
    keys = [key.strip() for key in value.get_secret_value().split(",")]
    for number, key in enumerate(keys, start=1):
        if not _FERNET_KEY.fullmatch(key):
            raise ValueError(
                "must be one or several keys as `waybill keys new` prints them (44 characters), separated by"
                f" commas: number {number} of {len(keys)} is none"
            )
    return SecretStr(",".join(keys))


def _webhook_secret(value: SecretStr) -> SecretStr:
    # Few commands need what it brings along.
    from clients.webhook_signature import keys_of  # noqa: PLC0415

    keys_of(value.get_secret_value())
    return value


def _kafka_config(value: SecretStr) -> SecretStr:
    try:
        config = json.loads(value.get_secret_value())
    except ValueError:
        config = None
    if not isinstance(config, dict) or not all(
        isinstance(each, str | int | bool) for each in config.values()
    ):
        raise ValueError('must be a JSON object of properties such as {"security.protocol": "SASL_SSL"}')
    if ours := sorted(KAFKA_RESERVED & config.keys()):
        raise ValueError(f"must leave {', '.join(ours)} to Waybill, so that no event is lost or overtaken")
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]
PostgresqlUrl = Annotated[SecretStr, AfterValidator(_postgresql_url)]
FernetKeys = Annotated[SecretStr, AfterValidator(_fernet_keys)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
KafkaConfig = Annotated[SecretStr, AfterValidator(_kafka_config)]


def _separated(value: object) -> object:
    return (
        tuple(each.strip() for each in value.split(",") if each.strip()) if isinstance(value, str) else value
    )


def _origin(value: str) -> str:
    parts = urlsplit(_http_url(value))
    if parts.path or parts.query or parts.fragment:
        raise ValueError(
            "must be an origin such as https://app.example: a path, a query or `*` cannot be given"
        )
    return f"{parts.scheme}://{parts.netloc}".lower()


def _rate(value: str) -> str:
    # The command line alone does not need it.
    from limits import parse  # noqa: PLC0415

    parse(value)
    return value


def _block_name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]{1,80}/[a-z0-9-]{1,80}", value):
        raise ValueError("must name blocks as type/name, such as ms-teams-webhook/ops, separated by commas")
    return value


BlockName = Annotated[str, AfterValidator(_block_name)]
Origin = Annotated[str, AfterValidator(_origin)]
Rate = Annotated[str, AfterValidator(_rate)]
Separated = (NoDecode, BeforeValidator(_separated))


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
    facade_database_url: PostgresqlUrl | None = Field(
        None,
        description="The ledger's PostgreSQL as the facade's own login role; unset: DATABASE_URL, as waybill_facade.",
    )
    encryption_keys: FernetKeys | None = Field(
        None,
        description="Keys, separated by commas: the first encrypts documents and answers, all decrypt; unset: plain.",
    )
    environment: Literal["development", "production"] = Field(
        "development", description="In production the facade does not start without secrets of your own."
    )
    jwt_secret: SecretStr = Field(
        SecretStr(""),
        description="Signs the facade's access tokens: at least 32 random bytes; after a comma, older ones that still"
        " verify.",
    )
    refresh_token_days: int = Field(
        30, ge=1, le=365, description="Days after which somebody who did not come back must sign in again."
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
    retention_years: int = Field(
        10,
        ge=10,
        le=100,
        description="Years after that of the document for which documents and what was read of them are kept.",
    )
    dispatch_seconds: Seconds = Field(
        1, gt=0, le=60, description="How often the facade looks for requests that wait for a run."
    )
    slack_webhook_url: SecretStr | None = Field(
        None, description="Slack incoming webhook that hears of trouble, and of its end."
    )
    notification_blocks: Annotated[tuple[BlockName, ...], *Separated] = Field(
        (),
        description="Prefect notification blocks that hear of it too, separated by commas, as type/name such as"
        " ms-teams-webhook/ops.",
    )
    language: Literal["en", "nl", "fr"] = Field(
        "en", description="The language of those messages: en, nl, fr."
    )
    public_url: HttpUrl | None = Field(
        None,
        description="Where people reach the facade, for links in those messages; unset: they name commands.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO", description="The least grave events that are logged; a command logs only where this is set."
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="How an event is written, always as one line: json, console."
    )
    otlp_endpoint: HttpUrl | None = Field(
        None,
        description="Base of a collector's OTLP/HTTP address, such as http://127.0.0.1:4318, to which traces go; unset:"
        " OTEL_EXPORTER_OTLP_ENDPOINT, else nowhere.",
    )
    metrics_companies: int = Field(
        50,
        ge=0,
        le=1000,
        description="How many companies metrics tell apart: those with the most invoices; all others are one.",
    )
    facade_mode: Literal["full", "internal", "minimal"] = Field(
        "full",
        description="What the facade serves: full, internal (behind a gateway), minimal (reading only).",
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], *Separated] = Field(
        (), description="Networks, separated by commas, whose X-Forwarded-For and -Proto the facade believes."
    )
    cors_origins: Annotated[tuple[Origin, ...], *Separated] = Field(
        (), description="Origins, separated by commas, whose pages may call the facade from a browser."
    )
    max_body_bytes: int = Field(
        1024 * 1024,
        ge=1024,
        description="The largest body of a call; a document to validate may have 41 MiB.",
    )
    body_timeout_seconds: Seconds = Field(
        30, gt=0, le=3600, description="How long the whole body of a call may take to come."
    )
    rate_limit: Rate = Field("600/minute", description="How many calls one account or API key may make.")
    rate_limit_address: Rate = Field(
        "1200/minute", description="How many calls may come from one address, whoever makes them."
    )
    java_backend_webhook_secret: WebhookSecret | None = Field(
        None,
        description="Whoever signs with it may ask the facade for runs: base64 (`whsec_...`) of 24 bytes or more,"
        " several separated by commas; unset: no webhooks are taken.",
    )
    webhook_url: HttpUrl | None = Field(
        None, description="Where changes of an invoice's status are announced; unset: nowhere."
    )
    webhook_secret: WebhookSecret | None = Field(
        None,
        description="Signs those announcements: base64 (`whsec_...`) of 24 bytes or more; each of several separated"
        " by commas signs.",
    )
    prefect_events: Literal["off", "outcomes", "all"] = Field(
        "outcomes", description="Which events about invoices the Prefect server is told: off, outcomes, all."
    )
    kafka_bootstrap_servers: str | None = Field(
        None,
        description="Kafka brokers, as host:port, separated by commas, to which all events about invoices go; unset:"
        " none.",
    )
    kafka_topic: str = Field(
        "waybill.invoices", pattern=r"^[A-Za-z0-9._-]{1,249}$", description="The Kafka topic of those events."
    )
    kafka_config: KafkaConfig | None = Field(
        None,
        description="Further properties of Kafka's client (librdkafka), as JSON, such as what secures the connection.",
    )

    @model_validator(mode="after")
    def _announcements_are_signed(self) -> Self:
        if self.webhook_url is not None and self.webhook_secret is None:
            raise ValueError("WAYBILL_WEBHOOK_URL is set, so WAYBILL_WEBHOOK_SECRET must say what signs")
        return self

    @model_validator(mode="after")
    def _gateway_is_known(self) -> Self:
        if self.facade_mode == "internal" and not self.trusted_proxies:
            raise ValueError(
                "WAYBILL_FACADE_MODE is internal, so WAYBILL_TRUSTED_PROXIES must name the gateway"
            )
        return self

    @model_validator(mode="after")
    def _source_is_configured(self) -> Self:
        if self.source == "folder" and self.folder_path is None:
            raise ValueError("WAYBILL_SOURCE is folder, so WAYBILL_FOLDER_PATH must say which one")
        return self
