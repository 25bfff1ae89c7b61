"""What a calendar shows of some days: appointments, what is free between them, and when nobody serves.

Five queries, however many days and appointments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from booking.facts import Facts, ResourceFacts, load
from booking.intervals import Interval, merge, subtract
from booking.models import Appointment, Resource
from booking.policy import DAY, MIDNIGHT, BusinessPolicy, first_instant_from, openings
from booking.preview import Standing, broken_rules
from crm.models import Business, Medium
from crm.tenancy import for_business

LONGEST_RANGE = timedelta(days=62)
COLOURS = 6
NEW_FOR = timedelta(seconds=60)
_BY_THE_ASSISTANT = (Medium.PHONE, Medium.WHATSAPP, Medium.WEB)
_LONGEST_APPOINTMENT = timedelta(days=2)

Status = Appointment.Status


@dataclass(frozen=True, slots=True)
class Column:
    """A resource as the calendar shows it: its name, and which of the six colours is its own."""

    id: int
    slug: str
    name: str
    colour: int
    is_active: bool


@dataclass(frozen=True)
class Entry:
    """One appointment, in local time. `broken` is the rule that it breaks by now, if the rules have changed."""

    row: Appointment
    column: Column
    starts_at: datetime
    ends_at: datetime
    is_past: bool
    is_now: bool
    is_new: bool  # made by the assistant a moment ago
    broken: Standing | None

    @property
    def is_movable(self) -> bool:
        return self.row.status == Status.CONFIRMED


@dataclass(frozen=True, slots=True)
class Gap:
    """Time to come at which somebody serves and nothing stands, in local time."""

    starts_at: datetime
    ends_at: datetime

    @property
    def query(self) -> str:
        """How an address asks for an appointment that begins here."""
        return f"date={self.starts_at:%Y-%m-%d}&time={self.starts_at:%H:%M}"


@dataclass(frozen=True)
class Day:
    """A local date. `name` is that of a holiday or the reason of a closure; `shut` the time at which nobody serves."""

    day: date
    is_today: bool
    name: str
    shut: tuple[Interval, ...]
    is_closed: bool
    entries: tuple[Entry, ...]
    gaps: tuple[Gap, ...]

    @property
    def items(self) -> list[Entry | Gap]:
        """Everything in the order of the day."""
        both: list[Entry | Gap] = [*self.entries, *self.gaps]
        return sorted(both, key=lambda one: (one.starts_at, one.ends_at))

    @property
    def count(self) -> int:
        """Appointments that stand; cancelled ones are only shown."""
        return sum(entry.row.status != Status.CANCELLED for entry in self.entries)


@dataclass(frozen=True)
class Agenda:
    policy: BusinessPolicy
    columns: tuple[Column, ...]  # all that take appointments, or have some here
    shown: tuple[Column, ...]  # those that were asked for
    days: Mapping[date, Day]
    free: timedelta  # what the shown ones have left, added up

    def between(self, first: date, last: date) -> list[Day]:
        return [self.days[first + offset * DAY] for offset in range((last - first).days + 1)]


def read_agenda(
    *,
    business: Business,
    first: date,
    last: date,
    resource_ids: Iterable[int] = (),
    with_cancelled: bool = False,
    now: datetime,
) -> Agenda:
    """These local dates of the whole business, or of some resources of it."""
    wanted = frozenset(resource_ids)
    with for_business(business):
        facts = load(business, now=now)
        columns = {
            row.pk: Column(row.pk, row.slug, row.name, at % COLOURS, row.is_active)
            for at, row in enumerate(Resource.objects.all())
        }
        rows = list(_rows(facts.policy, first, last, wanted, with_cancelled, now))
        coming = [row for row in rows if row.status == Status.CONFIRMED and row.starts_at > now]
        broken = broken_rules(business, coming, now=now) if coming else {}
    entries = [_entry(row, columns[row.resource_id], facts.policy, broken.get(row.pk), now) for row in rows]
    used = {row.resource_id for row in rows}
    visible = tuple(column for column in columns.values() if column.is_active or column.id in used)
    shown = tuple(column for column in visible if not wanted or column.id in wanted)
    serving = [one for one in facts.resources if one.id in {column.id for column in shown}]
    reader = _Reader(facts, serving, entries, now)
    days = {day: reader.day(day) for day in (first + offset * DAY for offset in range((last - first).days + 1))}
    return Agenda(facts.policy, visible, shown, days, reader.free)


def midnights(policy: BusinessPolicy, day: date) -> Interval:
    """A local date as an interval; 23 or 25 hours where the clock changes."""
    start, end = (first_instant_from(datetime.combine(one, MIDNIGHT), policy.timezone) for one in (day, day + DAY))
    return Interval(start, end)


def _rows(
    policy: BusinessPolicy,
    first: date,
    last: date,
    wanted: frozenset[int],
    with_cancelled: bool,
    now: datetime,
) -> Iterable[Appointment]:
    """In the order of their start. A hold that has expired is nothing any more."""
    since, until = midnights(policy, first).start, midnights(policy, last).end
    rows = Appointment.objects.filter(
        starts_at__gte=since - _LONGEST_APPOINTMENT, starts_at__lt=until, ends_at__gt=since
    ).exclude(Q(status=Status.HELD) & Q(held_until__lte=now))
    if wanted:
        rows = rows.filter(resource_id__in=wanted)
    if not with_cancelled:
        rows = rows.exclude(status=Status.CANCELLED)
    return rows.select_related("service").order_by("starts_at", "pk")


def _entry(row: Appointment, column: Column, policy: BusinessPolicy, broken: Standing | None, now: datetime) -> Entry:
    is_new = row.medium in _BY_THE_ASSISTANT and row.status == Status.CONFIRMED and row.created_at > now - NEW_FOR
    return Entry(
        row=row,
        column=column,
        starts_at=policy.local(row.starts_at),
        ends_at=policy.local(row.ends_at),
        is_past=row.ends_at <= now,
        is_now=row.starts_at <= now < row.ends_at,
        is_new=is_new,
        broken=broken,
    )


class _Reader:
    """Days of one business, one after the other."""

    def __init__(self, facts: Facts, serving: Sequence[ResourceFacts], entries: Sequence[Entry], now: datetime) -> None:
        self._facts, self._policy, self._serving, self._now = facts, facts.policy, serving, now
        self._entries: dict[date, list[Entry]] = {}
        for entry in entries:
            self._entries.setdefault(entry.starts_at.date(), []).append(entry)
        self._busy: dict[tuple[int, date], list[Interval]] = {}
        for entry in entries:
            if entry.row.status in Appointment.LIVE:
                span = Interval(entry.row.starts_at, entry.row.ends_at)
                self._busy.setdefault((entry.column.id, entry.starts_at.date()), []).append(span)
        self._least = min((service.need.length for service in facts.services), default=facts.policy.slot_size)
        self.free = timedelta(0)

    def day(self, day: date) -> Day:
        bounds = midnights(self._policy, day)
        by_resource = {one.id: self._open(one, day) for one in self._serving}
        around = [span for one in self._serving for span in self._open(one, day - DAY)]
        opened = merge(span for spans in by_resource.values() for span in spans)
        special = day in self._policy.closures or day in self._policy.like_friday
        return Day(
            day=day,
            is_today=day == self._policy.local(self._now).date(),
            name=self._policy.day_names.get(day, "") if special else "",
            shut=tuple(subtract([bounds], [*opened, *around])),
            is_closed=not opened,
            entries=tuple(self._entries.get(day, ())),
            gaps=tuple(self._gaps(day, bounds, by_resource)),
        )

    def _open(self, one: ResourceFacts, day: date) -> list[Interval]:
        return [opening.span for _, opening in openings(self._policy, day, day, one.hours, one.closures)]

    def _gaps(self, day: date, bounds: Interval, by_resource: Mapping[int, list[Interval]]) -> Iterable[Gap]:
        """Where all of the shown ones are free that serve then; what each has left is added up on the way."""
        if day > self._policy.last_date(self._now):
            return
        since = self._policy.earliest(self._now)
        over = [Interval(bounds.start - DAY, since)] if since > bounds.start - DAY else []
        for key, spans in by_resource.items():
            left = subtract(spans, [*self._taken(key, day), *over])
            self.free += sum((span.end - span.start for span in left), timedelta(0))
        opened = merge(span for spans in by_resource.values() for span in spans)
        busy = [span for key in by_resource for span in self._taken(key, day)]
        for span in subtract(opened, [*busy, *over]):
            if span.end - span.start >= self._least:
                yield Gap(self._policy.local(span.start), self._policy.local(span.end))

    def _taken(self, key: int, day: date) -> list[Interval]:
        """What the resource has on that date and, since nights are open and appointments long, beside it."""
        near = (day + offset * DAY for offset in (-2, -1, 0, 1, 2))
        return [span for one in near for span in self._busy.get((key, one), ())]
