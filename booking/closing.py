"""Closing some time of a date: its opening windows without that time, kept as the rows of its special day.

Appointments that fall in it stay; whoever closes is shown them before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction

from booking.agenda import midnights
from booking.facts import load
from booking.models import Appointment, Closure, Resource
from booking.policy import DAY, MIDNIGHT, NO_CLOSURES, BusinessPolicy, Window, first_instant_from, windows_on
from crm.models import Business
from crm.tenancy import for_business

_DAY_MIN = 24 * 60


@dataclass(frozen=True)
class Closing:
    """A date, or `hours` of it (from when, and for how long), of one resource or of everybody."""

    day: date
    hours: tuple[time, timedelta] | None = None
    resource: Resource | None = None
    reason: str = ""


def close_time(*, business: Business, closing: Closing, now: datetime) -> None:
    """From now on nobody can book then. The special hours that the date had before lose that time, too."""
    with for_business(business), transaction.atomic():
        left = _left(business, closing, now)
        rows = Closure.objects.filter(on_date=closing.day, resource=closing.resource)
        reason = closing.reason or next((row.reason for row in rows if row.reason), "")
        rows.delete()
        if not left:
            Closure.objects.create(business=business, on_date=closing.day, resource=closing.resource, reason=reason)
        for window in left:
            Closure.objects.create(
                business=business,
                on_date=closing.day,
                resource=closing.resource,
                opens=window.opens,
                closes=window.closes,
                reason=reason,
            )


def appointments_within(*, business: Business, closing: Closing, now: datetime) -> list[Appointment]:
    """Booked appointments that would stand in the closed time, soonest first."""
    with for_business(business):
        policy = load(business, now=now).policy
        start, end = _span(policy, closing)
        rows = Appointment.objects.filter(
            status=Appointment.Status.CONFIRMED,
            starts_at__lt=end,
            starts_at__gte=start - 2 * DAY,
            ends_at__gt=max(start, now),
        )
        if closing.resource is not None:
            rows = rows.filter(resource=closing.resource)
        return list(rows.select_related("service", "resource").order_by("starts_at"))


def _span(policy: BusinessPolicy, closing: Closing) -> tuple[datetime, datetime]:
    if closing.hours is None:
        bounds = midnights(policy, closing.day)
        return bounds.start, bounds.end
    since, length = closing.hours
    start = datetime.combine(closing.day, since)
    return tuple(first_instant_from(wall, policy.timezone) for wall in (start, start + length))  # type: ignore[return-value]  # two of them


def _left(business: Business, closing: Closing, now: datetime) -> list[Window]:
    """The windows that still open on the date."""
    if closing.hours is None:
        return []
    facts = load(business, now=now)
    of_one = next((one for one in facts.resources if closing.resource and one.id == closing.resource.pk), None)
    hours, closures = (of_one.hours, of_one.closures) if of_one else (None, NO_CLOSURES)
    since, length = closing.hours
    shut = (_minutes(since), _minutes(since) + int(length.total_seconds() // 60))
    found = []
    for window in windows_on(facts.policy, closing.day, hours, closures):
        opens, closes = _minutes(window.opens), _minutes(window.closes)
        closes += _DAY_MIN if window.passes_midnight else 0
        for start, end in ((opens, min(closes, shut[0])), (max(opens, shut[1]), closes)):
            if start < end and start < _DAY_MIN:
                found.append(Window(_clock(start), _clock(end)))
    return found


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _clock(minutes: int) -> time:
    return (datetime.combine(date.min, MIDNIGHT) + timedelta(minutes=minutes % _DAY_MIN)).time()
