"""What the home page shows: who answers, what waits for a person, today's appointments, the last calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.safestring import SafeString

from booking.models import Appointment
from calls.admin import caller_name, outcome_badge
from calls.models import CallSession, PhoneLine
from crm.models import Business, FollowUp

LAST_CALLS = 8
WAITING = 5
SHOWN_STATUSES = (Appointment.Status.CONFIRMED, Appointment.Status.COMPLETED)  # a held time is nobody's yet


@dataclass(frozen=True)
class AppointmentRow:
    appointment: Appointment
    is_past: bool
    is_now: bool


@dataclass(frozen=True)
class CallRow:
    call: CallSession
    who: str | SafeString
    outcome: SafeString


@dataclass(frozen=True)
class Dashboard:
    lines: list[str]
    waiting: list[FollowUp]
    appointments: list[AppointmentRow]
    calls: list[CallRow]


def dashboard_of(business: Business, *, now: datetime) -> Dashboard:
    """Everything for one look; runs inside the business's scope, five queries whatever the number of rows."""
    midnight = timezone.localtime(now, business.timezone).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = midnight + timedelta(days=1)  # wall time of the zone: the next midnight, whatever the clock does
    today = (
        Appointment.objects.filter(starts_at__gte=midnight, starts_at__lt=tomorrow, status__in=SHOWN_STATUSES)
        .select_related("service", "resource")
        .order_by("starts_at", "resource_id")
    )
    calls = CallSession.objects.select_related("lead").defer("prompt").order_by("-started_at")[:LAST_CALLS]
    return Dashboard(
        lines=list(PhoneLine.objects.order_by("pk").values_list("number", flat=True)),
        waiting=list(FollowUp.objects.filter(done_at__isnull=True).select_related("lead").order_by("due_at")[:WAITING]),
        appointments=[
            AppointmentRow(row, is_past=row.ends_at <= now, is_now=row.starts_at <= now < row.ends_at) for row in today
        ],
        calls=[CallRow(call, caller_name(call), outcome_badge(call)) for call in calls],
    )
