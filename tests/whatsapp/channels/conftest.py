"""Dana's salon with a linked phone and, in some tests, a Twilio sender; a bridge and a carrier on real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from pytest_django.fixtures import Settings

from crm.models import Business
from tests.support.factories import BusinessFactory, ChannelFactory
from tests.support.telephone import ACCOUNT, AUTH_TOKEN, PUBLIC_URL
from whatsapp.models import Channel

API_KEY = "api-key-of-the-tests-0123456789abcdef"
HOOK_KEY = "hook-key-of-the-tests-0123456789abcdef"
NUMBER = "+972501112233"


@pytest.fixture(autouse=True)
def _installation(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.PUBLIC_URL, settings.SECURE_SSL_REDIRECT = PUBLIC_URL, False
    settings.BAILEYS_API_KEY, settings.BAILEYS_HOOK_KEY = API_KEY, HOOK_KEY
    settings.BAILEYS_API_KEY_NEXT = settings.BAILEYS_HOOK_KEY_NEXT = ""
    settings.BAILEYS_BASE_URL = "http://127.0.0.1:9"
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, AUTH_TOKEN
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"
    settings.MEDIA_ROOT = tmp_path
    yield
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


@pytest.fixture
def salon(db: None) -> Business:
    business: Business = BusinessFactory(slug="dana", name="המספרה של דנה", with_settings=True)
    return business


@pytest.fixture
def phone(salon: Business) -> Channel:
    """The linked phone."""
    channel: Channel = ChannelFactory(business=salon, number="+972541112233", epoch=3)
    return channel
