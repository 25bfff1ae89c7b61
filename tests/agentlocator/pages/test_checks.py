"""Mistyped settings are named in one sentence each."""

from __future__ import annotations

import pytest
from django.core.checks import CheckMessage
from pytest_django import Settings

from agentlocator.checks import numbers_make_sense, production_is_configured, some_account_signs_webhooks
from tests.support.factories import TwilioAccountFactory


def texts(messages: list[CheckMessage]) -> list[str]:
    return [message.msg for message in messages]


@pytest.fixture
def production(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings.DEBUG = False
    settings.PUBLIC_URL = "https://app.example.com"
    settings.ALLOWED_HOSTS = ["app.example.com"]
    settings.OPENAI_API_KEY = "sk-test"
    settings.TWILIO_AUTH_TOKEN = "token"
    monkeypatch.setenv("DATABASE_URL", "postgres://app@db/app")
    monkeypatch.setenv("REDIS_URL", "redis://broker/0")
    return settings


def test_the_defaults_are_sane() -> None:
    assert numbers_make_sense(None) == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("VAD_THRESHOLD", 6.0, "VAD_THRESHOLD must be above 0 and at most 1."),
        ("VAD_SILENCE_MS", 5, "VAD_SILENCE_MS must be milliseconds from 100 to 5000."),
        ("BARGE_IN_RMS", -1, "BARGE_IN_RMS must be a 16-bit level from 1 to 32767."),
        ("MIN_UTT_SEC", 250.0, "MIN_UTT_SEC must be seconds from 0 to 5."),
        ("MAX_CALLS", 0, "MAX_CALLS must be at least 1."),
        ("ROLE", "website", "ROLE must be one of all, web, media, worker."),
    ],
)
def test_a_value_no_call_could_work_with(settings: Settings, name: str, value: object, sentence: str) -> None:
    setattr(settings, name, value)

    assert texts(numbers_make_sense(None)) == [sentence]


def test_a_complete_production_is_clean(production: Settings) -> None:
    assert production_is_configured(None) == []


def test_production_names_every_missing_variable(production: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    production.PUBLIC_URL = "http://app.example.com"
    production.OPENAI_API_KEY = ""
    production.ALLOWED_HOSTS = ["*"]
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")

    named = [text.split()[0] for text in texts(production_is_configured(None))]

    assert named == ["PUBLIC_URL", "OPENAI_API_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS"]


def test_development_needs_nothing(settings: Settings) -> None:
    settings.DEBUG = True

    assert production_is_configured(None) == []


def test_some_account_must_sign_webhooks_in_production(db: None, production: Settings) -> None:
    production.TWILIO_AUTH_TOKEN = ""
    assert [text.split()[0] for text in texts(some_account_signs_webhooks(None))] == ["TWILIO_AUTH_TOKEN"]

    TwilioAccountFactory()

    assert some_account_signs_webhooks(None) == []
