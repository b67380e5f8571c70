"""Settings: read from the environment, checked at start, secrets never shown."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from invoices.policy import Preset
from settings import Settings

SECRETS = {
    "WAYBILL_JAVA_BACKEND_TOKEN": "java-hush",
    "WAYBILL_CLEARFACTS_TOKEN": "clear-hush",
    "WAYBILL_DATABASE_URL": "postgresql://waybill:db-hush@db/waybill",
    "WAYBILL_JWT_SECRET": "jwt-hush",
    "WAYBILL_SLACK_WEBHOOK_URL": "https://hooks.example/slack-hush",
    "WAYBILL_JAVA_BACKEND_WEBHOOK_SECRET": f"whsec_{'hush' * 8}",
    "WAYBILL_WEBHOOK_SECRET": f"whsec_{'hush' * 8},{'hush' * 9}",
    "WAYBILL_KAFKA_CONFIG": '{"sasl.password": "kafka-hush"}',
}


@pytest.fixture
def with_settings(monkeypatch):
    def read(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(f"WAYBILL_{name}", value)
        return Settings()

    return read


def test_nothing_needs_to_be_set(with_settings):
    settings = with_settings()
    assert settings.database_url is None
    assert settings.source == "java-backend"
    assert settings.policy is Preset.BALANCED
    assert settings.deliver_from is None
    assert (settings.clearfacts_concurrency, settings.clearfacts_min_interval_seconds) == (1, 2)


def test_an_empty_variable_is_as_good_as_none(with_settings):
    settings = with_settings(DATABASE_URL="", DELIVER_FROM="", FOLDER_PATH="")
    assert settings == Settings()
    assert settings.database_url is None


def test_each_is_read_from_a_variable_with_the_prefix(with_settings):
    settings = with_settings(
        POLICY="strict", DELIVER_FROM="2026-07-01", CHUNK_SIZE="50", SOURCE="folder", FOLDER_PATH="/in"
    )
    assert settings.policy is Preset.STRICT
    assert settings.deliver_from == date(2026, 7, 1)
    assert settings.chunk_size == 50
    assert settings.folder_path == Path("/in")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POLICY", "relaxed"),
        ("DELIVER_FROM", "soon"),
        ("CHUNK_SIZE", "0"),
        ("CHUNK_SIZE", "1001"),
        ("CLEARFACTS_CONCURRENCY", "0"),
        ("CLEARFACTS_MIN_INTERVAL_SECONDS", "-1"),
        ("CLEARFACTS_TIMEOUT_SECONDS", "0"),
        ("SOURCE", "fax"),
        ("JAVA_BACKEND_URL", "erp.example"),
        ("JAVA_BACKEND_URL", "ftp://erp.example"),
        ("CLEARFACTS_URL", "https://"),
        ("DATABASE_URL", "mysql://db/waybill"),
        ("PREFECT_EVENTS", "some"),
        ("KAFKA_TOPIC", "two words"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(with_settings, name, value):
    with pytest.raises(ValidationError) as refused:
        with_settings(**{name: value})
    (error,) = refused.value.errors()
    assert error["loc"] == (name.lower(),)


def test_a_folder_source_needs_its_folder(with_settings):
    with pytest.raises(ValidationError, match="WAYBILL_FOLDER_PATH"):
        with_settings(SOURCE="folder")


def test_an_address_may_have_a_path_prefix_and_loses_its_last_slash(with_settings):
    assert (
        with_settings(JAVA_BACKEND_URL="https://erp.example/v2/").java_backend_url == "https://erp.example/v2"
    )


def test_an_address_with_a_password_is_refused_without_repeating_it(with_settings):
    with pytest.raises(ValidationError, match="use the token setting") as refused:
        with_settings(CLEARFACTS_URL="https://an:hush@api.example")
    assert "hush" not in str(refused.value)


def test_announcements_need_something_that_signs_them(with_settings):
    with pytest.raises(ValidationError, match="WAYBILL_WEBHOOK_SECRET"):
        with_settings(WEBHOOK_URL="https://erp.example/webhooks")
    assert with_settings(WEBHOOK_SECRET="hush" * 8).webhook_url == "https://erp.example/webhooks"


@pytest.mark.parametrize("config", ["hush", '["hush"]', '{"sasl.password": ["hush"]}'])
def test_a_kafka_config_that_is_no_object_of_properties_is_refused_without_repeating_it(
    with_settings, config
):
    with pytest.raises(ValidationError, match="must be a JSON object") as refused:
        with_settings(KAFKA_CONFIG=config)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("name", ["acks", "enable.idempotence", "message.timeout.ms", "bootstrap.servers"])
def test_what_holds_the_promises_about_events_cannot_be_set(with_settings, name):
    with pytest.raises(ValidationError, match=f"must leave {name} to Waybill"):
        with_settings(KAFKA_CONFIG=f'{{"{name}": "0"}}')


@pytest.mark.parametrize("name", ["WEBHOOK_SECRET", "JAVA_BACKEND_WEBHOOK_SECRET"])
@pytest.mark.parametrize("secret", ["hush", "whsec_hush", f"{'hush' * 8},hush", f"{'hush' * 8}%"])
def test_a_webhook_secret_that_is_weak_or_no_base64_is_refused_without_repeating_it(
    with_settings, name, secret
):
    with pytest.raises(ValidationError, match="a webhook secret must") as refused:
        with_settings(**{name: secret})
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("keys", ["hush", f"{'h' * 43}=,", f"{'h' * 43}=,hush", f"{'h' * 43}=;{'h' * 43}="])
def test_what_is_no_encryption_key_is_refused_without_repeating_it(with_settings, keys):
    with pytest.raises(ValidationError, match="waybill keys new") as refused:
        with_settings(ENCRYPTION_KEYS=keys)
    assert "hush" not in str(refused.value)
    assert "hhh" not in str(refused.value)


def test_several_encryption_keys_are_separated_by_commas(with_settings):
    settings = with_settings(ENCRYPTION_KEYS=f" {'h' * 43}= , {'i' * 43}=")
    assert settings.encryption_keys.get_secret_value() == f"{'h' * 43}=,{'i' * 43}="
    assert "hhh" not in repr(settings)


def test_secrets_are_not_shown(monkeypatch):
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    settings = Settings()
    shown = f"{settings!r} {settings} {settings.model_dump_json()}"
    assert "hush" not in shown
    assert settings.clearfacts_token.get_secret_value() == "clear-hush"


class TestAnswerRows:
    def test_are_json(self, with_settings):
        rows = with_settings(
            CLEARFACTS_ANSWERS='[{"status": 503, "retry_after": true, "outcome": "not_delivered"},'
            ' {"message": "too (big|large)", "outcome": "refused"}]'
        ).clearfacts_answers
        assert [(row.status, row.retry_after, row.outcome) for row in rows] == [
            (503, True, "not_delivered"),
            (None, None, "refused"),
        ]
        assert rows[1].message.search("The file is too large.")

    @pytest.mark.parametrize(
        "row",
        [
            '{"status": 200, "outcome": "accepted"}',
            '{"outcome": "refused"}',
            '{"message": "(", "outcome": "refused"}',
            '{"status": 503, "outcome": "refused", "when": "always"}',
        ],
        ids=["accepted without a receipt", "fits every answer", "no pattern", "unknown field"],
    )
    def test_that_make_no_sense_are_refused(self, with_settings, row):
        with pytest.raises(ValidationError):
            with_settings(CLEARFACTS_ANSWERS=f"[{row}]")


class TestOfTheFacade:
    def test_lists_are_separated_by_commas(self, with_settings):
        settings = with_settings(
            TRUSTED_PROXIES="10.0.0.0/8, ::1", CORS_ORIGINS="https://App.example/, http://localhost:3000"
        )
        assert list(map(str, settings.trusted_proxies)) == ["10.0.0.0/8", "::1/128"]
        assert settings.cors_origins == ("https://app.example", "http://localhost:3000")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("CORS_ORIGINS", "*"),
            ("CORS_ORIGINS", "https://app.example/path"),
            ("TRUSTED_PROXIES", "gateway.example"),
            ("TRUSTED_PROXIES", "10.0.0.1/8"),
            ("RATE_LIMIT", "often"),
            ("RATE_LIMIT_ADDRESS", "0"),
            ("FACADE_MODE", "open"),
            ("LOG_LEVEL", "LOUD"),
            ("BODY_TIMEOUT_SECONDS", "0"),
        ],
    )
    def test_what_makes_no_sense_is_refused_by_name(self, with_settings, name, value):
        with pytest.raises(ValidationError) as refused:
            with_settings(**{name: value})
        assert refused.value.errors()[0]["loc"][0] == name.lower()
