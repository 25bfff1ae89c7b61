"""A process that died in mid-call: its calls are not alive for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from calls.closing import claim_overdue
from calls.live import store
from calls.live.reading import on_the_line
from calls.models import CallSession
from crm.models import Business
from crm.tenancy import for_business
from tests.support.factories import BusinessFactory, CallSessionFactory


@pytest.fixture
def salon(db: None) -> Business:
    return BusinessFactory(slug="dana", name="המספרה של דנה")


@pytest.fixture
def call(salon: Business) -> CallSession:
    """A call of ten minutes, in the middle of a sentence."""
    with for_business(salon):
        began = timezone.now() - timedelta(minutes=10)
        row = CallSessionFactory(
            business=salon, call_sid="CA1", status=CallSession.Status.IN_PROGRESS, started_at=began
        )
        row.turns.create(business=salon, index=0, speaker="assistant", text="שלום", at_ms=0)
    told(salon, kind="state", state="speaking")
    return row


def told(business: Business, **event: object) -> None:
    store.broker(settings.REDIS_URL).rpush(store.events_key(business.pk, "CA1"), store.encode({"at_ms": 0} | event))


def lives(business: Business) -> None:
    store.broker(settings.REDIS_URL).set(store.now_key(business.pk, "CA1"), store.encode(store.Now("speaking")))


def test_a_call_whose_process_lives_is_left_alone(salon: Business, call: CallSession):
    lives(salon)
    assert [each.state for each in on_the_line(salon, now=timezone.now())] == ["speaking"]
    assert claim_overdue(timezone.now()) == []


def test_a_call_whose_process_is_gone_is_shown_as_lost_and_the_carrier_asked(salon: Business, call: CallSession):
    assert [(each.state, each.is_askable) for each in on_the_line(salon, now=timezone.now())] == [("lost", False)]
    assert claim_overdue(timezone.now()) == [(salon.pk, call.pk)]


def test_a_conversation_that_ended_is_still_being_stored(salon: Business, call: CallSession):
    told(salon, kind="ended", outcome="answered")
    assert claim_overdue(timezone.now()) == []


def test_of_a_call_that_nothing_was_told_of_nothing_is_known(salon: Business, call: CallSession):
    store.broker(settings.REDIS_URL).flushdb()
    assert claim_overdue(timezone.now()) == []
