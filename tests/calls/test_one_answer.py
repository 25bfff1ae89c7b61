"""Why a time cannot be had: a caller, a program and the staff are told the same, with the same alternatives."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from rest_framework.authtoken.models import Token

from booking.models import Resource
from booking.services import explain
from calls import desk
from calls.conversation.actions import AddServerItem, CheckSlot
from calls.conversation.events import SlotChecked
from calls.models import CallSession
from calls.services import load_call
from calls.tokens import Claim
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business
from tests.support.factories import NOW, AppointmentFactory, CallSessionFactory, ClosureFactory, SuperuserFactory
from tests.support.scripted_call import ScriptedCall, only

# Tuesday 24/11/2026, ten in the morning. Ten to eight every day, whole hours, an hour's notice, twenty days ahead.
WHY_NOT = {
    "2026-11-24 09:00": "past",
    "2025-03-03 10:00": "past",
    "2026-11-24 10:30": "too_soon",
    "2026-12-20 10:00": "beyond_window",
    "2026-11-26 10:00": "closed_day",
    "2026-11-25 21:00": "outside_hours",
    "2026-11-25 12:15": "off_grid",
    "2026-11-25 18:00": "slot_taken",
}


@pytest.fixture
def strict_salon(salon: Business) -> Business:
    with for_business(salon):
        BusinessSettings.objects.update(min_notice_min=60, booking_window_days=20)
        noa = Resource.objects.get()
    six = datetime(2026, 11, 25, 18, tzinfo=salon.timezone)
    AppointmentFactory(business=salon, resource=noa, starts_at=six, ends_at=six + timedelta(hours=1))
    ClosureFactory(business=salon, on_date=date(2026, 11, 26))
    return salon


@pytest.mark.parametrize(("start", "code"), WHY_NOT.items())
def test_call_api_and_staff_are_told_the_same(strict_salon: Business, start: str, code: str) -> None:
    with time_machine.travel(NOW, tick=False):
        by_call = told_to_a_caller(strict_salon, start)
        by_api = told_to_a_program(strict_salon, start)
        told = explain(business=strict_salon, start=local(strict_salon, start), now=NOW)

    near = [slot.start.isoformat() for slot in told.suggestions]
    assert (told.code, len(near)) == (code, 2)
    assert (by_api["error"], by_api["message"]) == (code, told.message)
    assert [slot["start_iso"] for slot in by_api["suggestions"]] == near
    alternatives = ",".join(f"{slot.start:%Y-%m-%d %H:%M}" for slot in told.suggestions)
    assert by_call == f"[SERVER] slot_unavailable: {start}; reason={code}; alternatives={alternatives}"


def local(business: Business, start: str) -> datetime:
    return datetime.fromisoformat(start).replace(tzinfo=business.timezone)


def told_to_a_caller(business: Business, start: str) -> str:
    """The `[SERVER]` item that comes of the desk's answer."""
    CallSessionFactory(business=business, call_sid="CA1", status=CallSession.Status.IN_PROGRESS)
    day, _, hour = start.partition(" ")
    call = ScriptedCall().greeted()
    call.caller_says("אפשר תור?", intent="book", day=day, hour=hour)
    question = call.last(CheckSlot)
    answer = desk.check_slot(load_call(Claim("CA1", business.pk)), question)
    (item,) = only(call.happens(SlotChecked(call.now, question.request_id, answer)), AddServerItem)
    assert isinstance(item, AddServerItem)
    return item.text


def told_to_a_program(business: Business, start: str) -> Any:
    token = Token.objects.create(user=SuperuserFactory())
    client = Client(headers={"Authorization": f"Token {token.key}"})
    wish = {"business": business.slug, "start_iso": local(business, start).isoformat()}
    person = {"customer_name": "רון", "customer_phone": "0521234569"}
    return client.post("/api/v1/appointments/", wish | person, content_type="application/json").json()
