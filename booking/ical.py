"""A calendar as iCalendar text (RFC 5545), of plain values. Unchanged values give unchanged bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event, vDuration

REFRESH_EVERY = timedelta(minutes=15)


@dataclass(frozen=True)
class Booked:
    """One appointment. `revision` grows with each change, `changed_at` is the last one's time."""

    uid: str
    start: datetime
    end: datetime
    summary: str
    description: str
    location: str
    resource: str
    is_cancelled: bool
    revision: int
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class ClosedDay:
    uid: str
    day: date
    summary: str


def calendar_bytes(
    *, name: str, timezone: str, booked: Iterable[Booked], closed: Iterable[ClosedDay], host: str
) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", f"-//AgentLocator//{host}//HE")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", timezone)
    calendar.add("refresh-interval", vDuration(REFRESH_EVERY), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH_EVERY))
    for appointment in booked:
        calendar.add_component(_appointment(appointment))
    for day in closed:
        calendar.add_component(_closed_day(day))
    content: bytes = calendar.to_ical()
    return content


def _appointment(row: Booked) -> Event:
    event = Event()
    event.add("uid", row.uid)
    event.add("sequence", row.revision)
    event.add("dtstamp", row.changed_at.astimezone(UTC))
    event.add("created", row.created_at.astimezone(UTC))
    event.add("last-modified", row.changed_at.astimezone(UTC))
    event.add("dtstart", row.start.astimezone(UTC))
    event.add("dtend", row.end.astimezone(UTC))
    event.add("summary", row.summary)
    event.add("location", row.location)
    event.add("resources", row.resource)
    if row.description:
        event.add("description", row.description)
    event.add("status", "CANCELLED" if row.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if row.is_cancelled else "OPAQUE")
    return event


def _closed_day(row: ClosedDay) -> Event:
    event = Event()
    event.add("uid", row.uid)
    event.add("dtstamp", datetime(row.day.year, row.day.month, row.day.day, tzinfo=UTC))
    event.add("dtstart", row.day)
    event.add("dtend", row.day + timedelta(days=1))
    event.add("summary", row.summary)
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    return event
