"""Once a call is wrapped up it knows the appointment that it booked, moved or cancelled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Model

from booking.models import Appointment
from calls.models import CallSession
from calls.summary import wrap_up
from crm.models import Business
from crm.tenancy import for_business
from tests.support.calls import a_call, said
from tests.support.factories import NOW, AppointmentFactory, BusinessFactory


@pytest.fixture
def salon(db: None) -> Business:
    business: Business = BusinessFactory(with_settings=True)
    return business


def wrapped_up(call: CallSession) -> Model | None:
    wrap_up(call.business_id, call.pk, now=NOW + timedelta(minutes=5))
    with for_business(call.business_id):
        return CallSession.objects.select_related("appointment").get(pk=call.pk).appointment


def test_a_call_that_cancelled_names_the_appointment(salon: Business) -> None:
    row = AppointmentFactory(business=salon, status=Appointment.Status.CANCELLED)
    call = a_call(salon, outcome=CallSession.Outcome.CANCELLED, wrapped_up_at=None)
    said(call, 0, "server", f'[SERVER] appointment_cancelled: {{"appointment_id": {row.pk}}}')
    assert wrapped_up(call) == row


def test_what_was_booked_goes_before_what_was_moved(salon: Business) -> None:
    moved = AppointmentFactory(business=salon)
    call = a_call(salon, wrapped_up_at=None)
    booked = AppointmentFactory(business=salon, call_sid=call.call_sid, starts_at=NOW + timedelta(hours=3))
    said(call, 0, "server", f'[SERVER] appointment_rescheduled: {{"appointment_id": {moved.pk}}}')
    assert wrapped_up(call) == booked


def test_a_practice_call_names_none_of_the_calendar(salon: Business) -> None:
    row = AppointmentFactory(business=salon)
    call = a_call(salon, from_browser=True, is_practice=True, wrapped_up_at=None)
    said(call, 0, "server", f'[SERVER] appointment_rescheduled: {{"appointment_id": {row.pk}}}')
    assert wrapped_up(call) is None


def test_nobody_elses_appointment_is_named(salon: Business) -> None:
    row = AppointmentFactory(business=BusinessFactory())
    call = a_call(salon, wrapped_up_at=None)
    said(call, 0, "server", f'[SERVER] appointment_cancelled: {{"appointment_id": {row.pk}}}')
    assert wrapped_up(call) is None
