"""What already stands in a business's calendar: one query, and one more where a daily limit is set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection

from booking.facts import Facts, ResourceFacts
from booking.slots import Block, Chair, days_at_limit


@dataclass(frozen=True)
class Diary:
    """The resources that could serve, with what blocks them, and the dates on which the business is full."""

    chairs: tuple[Chair, ...]
    full_days: frozenset[date]


@dataclass(frozen=True, slots=True)
class Overlooked:
    """What does not stand in the way of a wish: the appointment that is to move, and the call's own held time."""

    appointment: int = 0
    call_sid: str = ""


NOTHING = Overlooked()


def open_diary(
    facts: Facts,
    resources: Sequence[ResourceFacts],
    *,
    first: date,
    last: date,
    now: datetime,
    overlooked: Overlooked = NOTHING,
) -> Diary:
    """What blocks these resources on these local dates and the days beside them."""
    around = (
        datetime.combine(first, time(0), UTC) - timedelta(days=2),
        datetime.combine(last, time(0), UTC) + timedelta(days=4),  # a day's length, buffers and zone beyond
    )
    standing = (now, overlooked.call_sid, overlooked.appointment)
    blocks: dict[int, list[Block]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BUSY, [[resource.id for resource in resources], *standing, *around])
        for resource_id, starts, ends in cursor:
            blocks[resource_id] = list(zip(starts, ends, strict=True))
    limit = facts.policy.daily_limit
    is_limited = limit is not None or any(resource.daily_limit is not None for resource in resources)
    booked = _booked(facts, standing, around) if is_limited else []
    totals: Counter[date] = Counter()
    for _, day, count in booked:
        totals[day] += count
    return Diary(
        tuple(
            Chair(
                resource.id,
                resource.hours,
                resource.closures,
                full_days=days_at_limit(
                    ((day, count) for key, day, count in booked if key == resource.id), resource.daily_limit
                ),
                blocks=blocks.get(resource.id, ()),
            )
            for resource in resources
        ),
        days_at_limit(totals.items(), limit),
    )


# Booked, taking place, or held and not yet expired; with parameters: now, the call whose own hold is overlooked, an
# appointment.
_STANDING = """(status IN ('confirmed', 'completed') OR (status = 'held' AND held_until > %s AND call_sid <> %s))
    AND id <> %s"""

# Written out, and bound to rows of one business: composing it takes the ORM several times as long as answering it
# takes PostgreSQL.
_BUSY = f"""
SELECT resource_id,
    array_agg(floor(extract(epoch FROM lower(span)))::bigint ORDER BY span),
    array_agg(ceil(extract(epoch FROM upper(span)))::bigint ORDER BY span)
FROM (
    SELECT resource_id, unnest(range_agg(during)) AS span
    FROM booking_appointment
    WHERE resource_id = ANY(%s) AND {_STANDING} AND during && tstzrange(%s, %s)
    GROUP BY resource_id
) AS blocked
GROUP BY resource_id
"""  # noqa: S608  # composed of constants

# What should have taken place was that day's work too.
_BOOKED = f"""
SELECT resource_id, (starts_at AT TIME ZONE %s)::date, count(*)
FROM booking_appointment
WHERE business_id = %s AND (status = 'no_show' OR {_STANDING})
    AND starts_at >= %s AND starts_at < %s
GROUP BY 1, 2
"""  # noqa: S608  # composed of constants


def _booked(facts: Facts, standing: tuple[Any, ...], around: tuple[datetime, datetime]) -> list[tuple[int, date, int]]:
    """How many appointments of the whole business start on each local date, by resource."""
    with connection.cursor() as cursor:
        cursor.execute(_BOOKED, [facts.policy.timezone.key, facts.business_id, *standing, *around])
        return list(cursor.fetchall())
