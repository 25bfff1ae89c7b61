"""What the database holds of one business on one day, read with SQL of our own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection

from tests.booking.schedules.places import DAY, MINUTE, Place, Row

_ROWS = """
SELECT appointment.id, resource_id, service.slug, starts_at, ends_at, lower(during), upper(during), status,
    held_until, call_sid, customer_name
FROM booking_appointment AS appointment LEFT JOIN booking_service AS service ON service.id = service_id
WHERE appointment.business_id = %s AND starts_at >= %s AND starts_at < %s
ORDER BY appointment.id
"""
_CHANGES = """
SELECT appointment_id, kind, old_starts_at, new_starts_at
FROM booking_appointmentchange WHERE appointment_id = ANY(%s) ORDER BY id
"""
# By the buffers of the services, not by the column that the constraint looks at.
_OVERLAPS = """
WITH live AS (
    SELECT appointment.id, resource_id,
        starts_at - make_interval(mins => coalesce(buffer_before_min, 0)) AS blocked_from,
        ends_at + make_interval(mins => coalesce(buffer_after_min, 0)) AS blocked_to
    FROM booking_appointment AS appointment LEFT JOIN booking_service AS service ON service.id = service_id
    WHERE status IN ('held', 'confirmed', 'completed')
)
SELECT one.id, other.id FROM live AS one JOIN live AS other ON one.resource_id = other.resource_id
    AND one.id < other.id AND one.blocked_from < other.blocked_to AND other.blocked_from < one.blocked_to
"""


@dataclass(frozen=True)
class Change:
    kind: str
    old: datetime | None
    new: datetime | None


@dataclass
class Stored:
    """One appointment's row, with all that is told to have happened to it."""

    id: int
    chair: int
    service: str | None
    start: datetime
    end: datetime
    blocked_from: datetime
    blocked_to: datetime
    status: str
    held_until: datetime | None
    call_sid: str
    name: str
    history: list[Change] = field(default_factory=list)

    @property
    def is_live(self) -> bool:
        return self.status in ("held", "confirmed")

    def kinds(self) -> list[str]:
        return [change.kind for change in self.history]

    def starts(self, kind: str) -> list[datetime | None]:
        return [change.new for change in self.history if change.kind == kind]

    def as_row(self) -> Row:
        return Row(self.id, self.chair, self.start, self.blocked_from, self.blocked_to, self.held_until, self.call_sid)


def read(place: Place, first: date, last: date) -> dict[int, Stored]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [place.business.pk, place.at(first, 0), place.at(last + DAY, 0)])
        rows = {row[0]: Stored(*row) for row in cursor}
        cursor.execute(_CHANGES, [list(rows)])
        for appointment_id, *change in cursor:
            rows[appointment_id].history.append(Change(*change))
    return rows


def overlaps() -> list[tuple[int, int]]:
    """Pairs of live appointments of one resource that are in each other's way, in all the database."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERLAPS)
        return list(cursor)


def check_row(place: Place, row: Stored) -> None:
    """Its length and what it blocks are those of its service, and its own history leads to where it is."""
    need = place.needs[row.service]
    assert row.end - row.start == need.length * MINUTE, row
    assert (row.blocked_from, row.blocked_to) == place.blocked(row.service, row.start), row
    if row.status == "held":
        assert row.history == [], row
        assert row.held_until, row
        return
    *_, (status, start) = _replayed(row)
    assert (row.status, row.start) == (status, start), row


def _replayed(row: Stored) -> Iterator[tuple[str, datetime | None]]:
    """Status and start after each change."""
    status, start = "", None
    for change in row.history:
        match change.kind:
            case "created":
                assert status == "", row
                status, start = "confirmed", change.new
            case "rescheduled":
                assert (status, change.old) == ("confirmed", start), row
                start = change.new
            case "cancelled":
                assert status == "confirmed", row
                status = "cancelled"
            case _:
                raise AssertionError(row)
        yield status, start
