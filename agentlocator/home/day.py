"""Today's appointments in order, with the time that is still free between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.intervals import Interval, merge
from booking.models import Appointment
from booking.policy import DAY, BusinessPolicy, openings

_Status = Appointment.Status
SHOWN_STATUSES = (_Status.CONFIRMED, _Status.COMPLETED, _Status.NO_SHOW)  # a held time is nobody's yet


@dataclass(frozen=True)
class AppointmentRow:
    starts_at: datetime
    appointment: Appointment
    is_past: bool
    is_now: bool


@dataclass(frozen=True)
class GapRow:
    """Open, and nobody is served. `ends_at` may be the closing time."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Today:
    rows: list[AppointmentRow | GapRow]
    count: int
    open_until: datetime | None  # of today, None while it is closed for the rest of the day
    opens_at: datetime | None  # the next opening today, while it is closed


def today_of(policy: BusinessPolicy, *, midnight: datetime, now: datetime) -> Today:
    """One query. `midnight` is the local day's beginning."""
    tomorrow = midnight + DAY  # wall time of the zone: the next midnight, whatever the clock does
    found = list(
        Appointment.objects.filter(starts_at__gte=midnight, starts_at__lt=tomorrow, status__in=SHOWN_STATUSES)
        .select_related("service", "resource")
        .order_by("starts_at", "resource_id")
    )
    rows: list[AppointmentRow | GapRow] = [
        AppointmentRow(row.starts_at, row, is_past=row.ends_at <= now, is_now=row.starts_at <= now < row.ends_at)
        for row in found
    ]
    spans = _open_spans(policy, now)
    if found:
        served = [row for row in found if row.status != _Status.NO_SHOW]
        rows += _gaps(spans, served, at_least=policy.slot_size, now=now)
        rows.sort(key=lambda row: row.starts_at)
    current = next((span for span in spans if span.start <= now), None)
    coming = next((span.start for span in spans if span.start > now), None)
    return Today(rows, len(found), current.end if current else None, None if current else coming)


def _open_spans(policy: BusinessPolicy, now: datetime) -> list[Interval]:
    """What is left of today's windows, one that began yesterday among them."""
    today = policy.local(now).date()
    spans = (opening.span for _day, opening in openings(policy, today - DAY, today))
    return [span for span in merge(spans) if span.end > now]


def _gaps(
    spans: Iterable[Interval], served: list[Appointment], *, at_least: timedelta, now: datetime
) -> Iterable[GapRow]:
    busy = merge(Interval(row.starts_at, row.ends_at) for row in served)
    for span in spans:
        free_from = max(span.start, now)
        for block in [*busy, Interval(span.end, span.end + at_least)]:
            until = min(block.start, span.end)
            if until - free_from >= at_least:
                yield GapRow(free_from, until)
            free_from = max(free_from, block.end)
