"""Closing some time: what each resource has left of its windows then, kept as the rows of its special day.

Nothing opens by it, for nobody: a special day of the business would go before the own week of a resource, and a
resource's own special day before that. Appointments that fall in it stay; whoever closes is shown them before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db import transaction

from booking.agenda import midnights
from booking.facts import load
from booking.intervals import Interval
from booking.models import Appointment, Closure, OpeningHours, Resource
from booking.policy import DAY, BusinessPolicy, Closures, Hours, Window, first_instant_from, span_of, windows_on
from crm.models import Business
from crm.tenancy import for_business


@dataclass(frozen=True)
class Closing:
    """A date, or `hours` of it (from when, and for how long), of one resource or of everybody."""

    day: date
    hours: tuple[time, timedelta] | None = None
    resource: Resource | None = None
    reason: str = ""


@dataclass(frozen=True)
class _Own:
    """What a resource has of its own: `hours` is None where it keeps those of the business."""

    row: Resource
    hours: Hours | None
    closures: Closures


def close_time(*, business: Business, closing: Closing, now: datetime) -> None:
    """From now on nobody whom it concerns can be booked then. Special hours that the date has lose that time, too.

    A window belongs to the date on which it opens. So a whole date leaves the night before it to its end; hours take
    theirs from that night as well, and of a night of this date what would be left of it after midnight.
    """
    with for_business(business), transaction.atomic():
        # Whoever closes some other time of the date meanwhile takes it from what is left after this.
        Business.objects.select_for_update(no_key=True).get(pk=business.pk)
        policy = load(business, now=now).policy
        for day in (closing.day,) if closing.hours is None else (closing.day - DAY, closing.day):
            _close(business, closing, day, policy)


def appointments_within(*, business: Business, closing: Closing, now: datetime) -> list[Appointment]:
    """Booked appointments that would stand in the closed time, soonest first."""
    with for_business(business):
        policy = load(business, now=now).policy
        shut = _shut(policy, closing) or midnights(policy, closing.day)
        rows = Appointment.objects.filter(
            status=Appointment.Status.CONFIRMED,
            starts_at__lt=shut.end,
            starts_at__gte=shut.start - 2 * DAY,
            ends_at__gt=max(shut.start, now),
        )
        if closing.resource is not None:
            rows = rows.filter(resource=closing.resource)
        return list(rows.select_related("service", "resource").order_by("starts_at"))


def _shut(policy: BusinessPolicy, closing: Closing) -> Interval | None:
    """The hours that are closed; None for the whole date."""
    if closing.hours is None:
        return None
    since, length = closing.hours
    start = datetime.combine(closing.day, since)
    return Interval(first_instant_from(start, policy.timezone), first_instant_from(start + length, policy.timezone))


def _close(business: Business, closing: Closing, day: date, policy: BusinessPolicy) -> None:
    """Write the special days of one date: of the business, and of each resource that would not follow it to less."""
    shut = _shut(policy, closing)
    then = policy
    if closing.resource is None:
        common = windows_on(policy, day)
        left = _left(policy, day, common, shut)
        if shut is None or left != common:
            _write(business, closing, day, None, left)
            then = replace(policy, closures={**policy.closures, day: left})
    for own in _everybody(day, closing.resource):
        wanted = _left(policy, day, windows_on(policy, day, own.hours, own.closures), shut)
        is_whole = shut is None and closing.resource is not None
        if is_whole or set(windows_on(then, day, own.hours, own.closures)) != set(wanted):
            _write(business, closing, day, own.row, wanted)


def _write(
    business: Business, closing: Closing, day: date, resource: Resource | None, left: tuple[Window, ...]
) -> None:
    rows = Closure.objects.filter(on_date=day, resource=resource)
    reason = closing.reason or next((row.reason for row in rows if row.reason), "")
    rows.delete()
    hours: list[tuple[time | None, time | None]]
    hours = [(window.opens, window.closes) for window in left] or [(None, None)]
    Closure.objects.bulk_create(
        Closure(business=business, on_date=day, resource=resource, opens=opens, closes=closes, reason=reason)
        for opens, closes in hours
    )


def _everybody(day: date, only: Resource | None) -> Iterator[_Own]:
    """Those whom the closing concerns, with what they have of their own; who is away now may be back by then."""
    weeks: dict[int | None, dict[int, tuple[Window, ...]]] = {}
    for row in OpeningHours.objects.exclude(resource=None):
        week = weeks.setdefault(row.resource_id, {})
        week[row.weekday] = (*week.get(row.weekday, ()), Window(row.opens, row.closes))
    special: dict[int | None, tuple[Window, ...]] = {}
    for closure in Closure.objects.filter(on_date=day).exclude(resource=None):
        windows = special.setdefault(closure.resource_id, ())
        if closure.opens is not None and closure.closes is not None:
            special[closure.resource_id] = (*windows, Window(closure.opens, closure.closes))
    for one in Resource.objects.filter(pk=only.pk) if only else Resource.objects.all():
        yield _Own(one, weeks.get(one.pk), {day: special[one.pk]} if one.pk in special else {})


def _left(policy: BusinessPolicy, day: date, windows: tuple[Window, ...], shut: Interval | None) -> tuple[Window, ...]:
    """What still opens on the date; the same where nothing of it is closed."""
    if shut is None:
        return ()
    left: dict[time, Window] = {}  # of two that would open at once the longer one, on the same grid
    for window in windows:
        span = span_of(policy, day, window)
        if span is None or span.end <= shut.start or shut.end <= span.start or shut.end <= shut.start:
            pieces = [window]
        else:
            pieces = list(_pieces(policy, day, window, span, shut))
        for piece in pieces:
            known = left.get(piece.opens)
            if known is None or _ends(known) < _ends(piece):
                left[piece.opens] = piece
    return windows if set(left.values()) == set(windows) else tuple(left.values())


def _pieces(policy: BusinessPolicy, day: date, window: Window, span: Interval, shut: Interval) -> Iterator[Window]:
    """The window before the closed time, and after it: from its own grid's next start on, for a window begins one."""
    if span.start < shut.start:
        yield Window(window.opens, policy.local(shut.start).time())
    start = span.start + -((span.start - shut.end) // policy.slot_size) * policy.slot_size
    while start < span.end:
        wall = policy.local(start).replace(tzinfo=None, fold=0)
        if wall.date() != day:
            return
        if first_instant_from(wall, policy.timezone) == start:  # not the second time that the clock shows it
            yield Window(wall.time(), window.closes)
            return
        start += policy.slot_size


def _ends(window: Window) -> tuple[bool, time]:
    return window.passes_midnight, window.closes
