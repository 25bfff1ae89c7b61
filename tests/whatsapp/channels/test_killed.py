"""A worker is killed, really, while it sends: the next one finds out, and the customer gets the message once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from agentlocator.runtime import paths
from crm.models import Business
from crm.tenancy import for_business
from tests.support.bridge import FakeBridge, served
from tests.support.factories import NOW, BusinessFactory, ChannelFactory, ConversationFactory, OutgoingFactory
from tests.whatsapp.channels.conftest import API_KEY
from whatsapp import delivery
from whatsapp.models import Message

WORKER = """
import datetime as dt, os, sys
import django
django.setup()
from whatsapp import delivery
delivery.deliver(int(sys.argv[1]), int(sys.argv[2]), now=dt.datetime.fromisoformat(sys.argv[3]))
"""


class Deadly(FakeBridge):
    """Kills whoever asks, before it has taken the order or after."""

    victim: subprocess.Popen[bytes] | None = None
    takes_it = True

    def answer(self, method: str, path: str, headers: object, body: bytes) -> tuple[int, object] | None:
        victim, self.victim = self.victim, None
        if victim is None:
            return super().answer(method, path, headers, body)
        if self.takes_it:
            super().answer(method, path, headers, body)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        return None


@pytest.fixture
def salon(transactional_db: None) -> Business:
    business: Business = BusinessFactory(slug="dana", with_settings=True)
    return business


@pytest.fixture
def bridge(settings: Settings) -> Iterator[Deadly]:
    fake = Deadly()
    with served(fake) as settings.BAILEYS_BASE_URL:
        yield fake


@pytest.mark.parametrize("takes_it", [True, False])
def test_a_worker_killed_in_mid_send_has_sent_once(
    salon: Business, bridge: Deadly, settings: Settings, takes_it: bool
) -> None:
    talk = ConversationFactory(business=salon, channel=ChannelFactory(business=salon))
    row = OutgoingFactory(business=salon, conversation=talk, text="נקבע")
    database = f"{settings.DATABASE_URL.rpartition('/')[0]}/{connection.settings_dict['NAME']}"
    env = os.environ | {
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "agentlocator.settings",
        "BAILEYS_BASE_URL": settings.BAILEYS_BASE_URL,
        "BAILEYS_API_KEY": API_KEY,
    }
    bridge.takes_it = takes_it
    command = [sys.executable, "-c", WORKER, str(salon.pk), str(row.pk), NOW.isoformat()]
    bridge.victim = worker = subprocess.Popen(command, cwd=paths.ROOT, env=env)
    assert worker.wait(60) == -signal.SIGKILL
    with for_business(salon):
        left = Message.objects.get()
        assert (left.status, left.provider_id, left.attempts) == ("sending", "", 1)
    delivery.deliver(salon.pk, row.pk, now=NOW + delivery.LEASE / 2)  # its lease is not over
    assert len(bridge.sent) == takes_it
    delivery.deliver(salon.pk, row.pk, now=NOW + delivery.LEASE)
    assert bridge.texts() == ["נקבע"]
    with for_business(salon):
        assert Message.objects.get().provider_id == bridge.sent[str(row.key)]["id"]
