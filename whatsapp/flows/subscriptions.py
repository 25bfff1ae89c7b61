"""What news of the house means for automatic messages. Each handler plans rows, in the news's own transaction."""

from __future__ import annotations

from datetime import timedelta

from booking.models import Appointment
from crm.models import Lead, Medium, OutboxEvent
from crm.outbox import subscribe
from whatsapp.flows.planning import plan_for_appointment, plan_for_lead
from whatsapp.models import FlowRule

_Purpose = FlowRule.Purpose
_IN_WRITING = (Medium.WHATSAPP, Medium.WEB)
_BY_OTHERS = (Medium.STAFF, Medium.API)  # the customer was not there when it happened
_UNDO = timedelta(seconds=30)  # the staff may take it back before anybody hears of it; see `due`


@subscribe("appointment.created")
def appointment_created(event: OutboxEvent) -> None:
    """Confirmed in writing what was booked in writing: a phone call confirms by itself, while it lasts."""
    appointment = _appointment(event)
    if event.payload["medium"] in _IN_WRITING:
        plan_for_appointment(appointment, _Purpose.CONFIRMATION, now=event.created_at)
    _plan_around(appointment, event)


@subscribe("appointment.rescheduled")
def appointment_rescheduled(event: OutboxEvent) -> None:
    appointment = _appointment(event)
    _tell_of_change(appointment, event)
    _plan_around(appointment, event)


@subscribe("appointment.cancelled")
def appointment_cancelled(event: OutboxEvent) -> None:
    _tell_of_change(_appointment(event), event)


@subscribe("call.missed")
def call_missed(event: OutboxEvent) -> None:
    lead = Lead.objects.filter(pk=event.payload["lead_id"]).first()
    if lead is not None:
        plan_for_lead(lead, _Purpose.MISSED_CALL, key=event.payload["call_sid"], now=event.created_at)


@subscribe("call.ended")
def call_ended(event: OutboxEvent) -> None:
    lead = Lead.objects.filter(pk=event.payload["lead_id"]).first()
    if lead is not None and event.payload["outcome"] == "booked":
        plan_for_lead(lead, _Purpose.CALL_SUMMARY, key=event.payload["call_sid"], now=event.created_at)


@subscribe("conversation.idle")
def conversation_idle(event: OutboxEvent) -> None:
    lead = Lead.objects.filter(pk=event.payload["lead_id"]).first()
    if lead is not None:
        plan_for_lead(lead, _Purpose.FOLLOW_UP, key=str(event.payload["message_id"]), now=event.created_at)


def _appointment(event: OutboxEvent) -> Appointment:
    rows = Appointment.objects.select_related("business", "lead", "service")
    return rows.get(pk=event.payload["appointment_id"])


def _plan_around(appointment: Appointment, event: OutboxEvent) -> None:
    plan_for_appointment(appointment, _Purpose.REMINDER, now=event.created_at)
    plan_for_appointment(appointment, _Purpose.REVIEW, now=event.created_at)


def _tell_of_change(appointment: Appointment, event: OutboxEvent) -> None:
    if event.payload["medium"] in _BY_OTHERS:
        plan_for_appointment(appointment, _Purpose.CHANGED, now=event.created_at + _UNDO, event=str(event.pk))
