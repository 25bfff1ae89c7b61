"""What shall be sent, and when: a row for each message, made in the transaction of the news that calls for it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from booking import holy_days
from booking.models import Appointment
from crm.models import Business, Lead
from whatsapp.flows import words
from whatsapp.flows.hours import SendingHours
from whatsapp.models import FlowMessage, FlowRule, FlowSettings

_Purpose = FlowRule.Purpose
_LIFE = timedelta(hours=6)  # of what is about no appointment; later it would come out of the blue


def rule_for(business: Business, purpose: str) -> FlowRule | None:
    """The owner's rule, if it is switched on."""
    return FlowRule.objects.filter(business=business, purpose=purpose, is_on=True).first()


def ensure_rules(business: Business) -> None:
    """Every purpose has a row that the owner can switch and word; off until they do."""
    rows = [
        FlowRule(business=business, purpose=purpose, text=text, minutes=words.MINUTES.get(purpose, 0))
        for purpose, text in words.DEFAULTS.items()
    ]
    FlowRule.objects.bulk_create(rows, ignore_conflicts=True)


def sending_hours(business: Business) -> SendingHours:
    own = FlowSettings.objects.filter(business=business).first() or FlowSettings(business=business)
    rests = not own.on_shabbat

    def is_holy(day: date) -> bool:
        of_year = holy_days.of_year(holy_days.ISRAEL, day.year)
        return any(found.on_date == day and found.kind is holy_days.Kind.PUBLIC for found in of_year)

    return SendingHours(own.from_time, own.until_time, rests, is_holy)


def key_of(purpose: str, appointment: Appointment) -> str:
    """Names the appointment where it stood: moved, it calls for another message, and the older one is void."""
    return f"{purpose}:{appointment.pk}:{appointment.starts_at:%Y%m%dT%H%M}"


def plan_for_appointment(appointment: Appointment, purpose: str, *, now: datetime, event: str = "") -> None:
    """Plan a message about this appointment, if the owner wants such messages and there is time for it.

    `event` tells one piece of news from the next where each may have its message.
    """
    rule = rule_for(appointment.business, purpose)
    if rule is None or appointment.lead is None:
        return
    expires_at = appointment.starts_at
    match purpose:
        case _Purpose.REMINDER:
            due_at = _before(appointment, timedelta(minutes=rule.minutes))
            if due_at <= now:  # booked too shortly before: they know
                return
        case _Purpose.REVIEW:
            due_at = first_from(appointment.business, appointment.ends_at + timedelta(minutes=rule.minutes))
            expires_at = due_at + _LIFE
        case _:
            due_at = now + timedelta(minutes=rule.minutes)
    key = f"{key_of(purpose, appointment)}:{event}" if event else key_of(purpose, appointment)
    _plan(appointment.lead, rule, key, due_at, expires_at, appointment)


def plan_for_lead(lead: Lead, purpose: str, *, key: str, now: datetime) -> None:
    """Plan a message about something other than an appointment; `key` names that something."""
    if (rule := rule_for(lead.business, purpose)) is not None:
        due_at = first_from(lead.business, now + timedelta(minutes=rule.minutes))
        _plan(lead, rule, f"{purpose}:{key}", due_at, due_at + _LIFE)


def _plan(
    lead: Lead, rule: FlowRule, key: str, due_at: datetime, expires_at: datetime, appointment: Appointment | None = None
) -> None:
    row = FlowMessage(
        business_id=lead.business_id,
        purpose=rule.purpose,
        key=key,
        lead=lead,
        appointment=appointment,
        due_at=due_at,
        expires_at=expires_at,
    )
    FlowMessage.objects.bulk_create([row], ignore_conflicts=True)


def _before(appointment: Appointment, lead_time: timedelta) -> datetime:
    """As long before the start as wished, and earlier where nobody may be written to then."""
    zone = appointment.business.timezone
    wished = (appointment.starts_at - lead_time).astimezone(zone).replace(tzinfo=None)
    return sending_hours(appointment.business).last_until(wished).replace(tzinfo=zone)


def first_from(business: Business, moment: datetime) -> datetime:
    """The first moment from this one on at which the business may write to people who did not just write to it."""
    zone = business.timezone
    return sending_hours(business).first_from(moment.astimezone(zone).replace(tzinfo=None)).replace(tzinfo=zone)
