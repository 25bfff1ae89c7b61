"""The businesses of the schedules, and their rules told once more: slowly, by counting minutes, sharing no code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.models import Business
from tests.support.factories import (
    BusinessFactory,
    BusinessSettingsFactory,
    OpeningHoursFactory,
    ResourceFactory,
    ServiceFactory,
)

NOW = datetime(2026, 11, 21, 8, tzinfo=ZoneInfo("Asia/Jerusalem"))
WINDOW_DAYS = 30
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MIDNIGHT = 24 * 60


@dataclass(frozen=True)
class Chair:
    """A resource; its hours are minutes of the local day, the same every day."""

    id: int
    slug: str
    opens: int
    closes: int
    limit: int | None = None


@dataclass(frozen=True)
class Need:
    """Minutes, and who gives it."""

    length: int
    before: int = 0
    after: int = 0
    chairs: frozenset[int] = frozenset()  # empty: all


@dataclass(frozen=True)
class Row:
    """An appointment that keeps others out."""

    id: int
    chair: int
    start: datetime
    blocked_from: datetime
    blocked_to: datetime
    held_until: datetime | None = None
    call_sid: str = ""

    def is_in_the_way(self, now: datetime) -> bool:
        return self.held_until is None or self.held_until > now


@dataclass(frozen=True)
class Place:
    business: Business
    zone: ZoneInfo
    step: int
    chairs: tuple[Chair, ...]
    hot: range  # the minutes of a day that everybody wants
    needs: Mapping[str | None, Need] = field(default_factory=dict)
    limit: int | None = None

    def at(self, day: date, minute: int) -> datetime:
        """No clock changes within the booking window: any minute of any day exists once."""
        return datetime.combine(day, time(0), self.zone) + minute * MINUTE

    def chairs_for(self, service: str | None, resource: str | None) -> list[Chair]:
        given_by = self.needs[service].chairs
        return [
            chair for chair in self.chairs if (not given_by or chair.id in given_by) and resource in (None, chair.slug)
        ]

    def blocked(self, service: str | None, start: datetime) -> tuple[datetime, datetime]:
        need = self.needs[service]
        return start - need.before * MINUTE, start + (need.length + need.after) * MINUTE

    def keeps_hours(self, chair: Chair, service: str | None, start: datetime) -> bool:
        local = start.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        ends = minute + self.needs[service].length
        never_closes = chair.opens == 0 and chair.closes == MIDNIGHT
        return (
            chair.opens <= minute and (never_closes or ends <= chair.closes) and not (minute - chair.opens) % self.step
        )

    def is_within_rules(self, service: str | None, resource: str | None, start: datetime) -> bool:
        return any(self.keeps_hours(chair, service, start) for chair in self.chairs_for(service, resource))

    def is_bookable(
        self, service: str | None, resource: str | None, start: datetime, rows: Iterable[Row], now: datetime
    ) -> bool:
        """`rows` are all that might be in the way."""
        rows = [row for row in rows if row.is_in_the_way(now)]
        return now <= start and any(
            self.keeps_hours(chair, service, start) and self.has_room(chair, service, start, rows)
            for chair in self.chairs_for(service, resource)
        )

    def has_room(self, chair: Chair, service: str | None, start: datetime, rows: Sequence[Row]) -> bool:
        blocked_from, blocked_to = self.blocked(service, start)
        mine = [row for row in rows if row.chair == chair.id]
        day = start.astimezone(self.zone).date()
        return (
            not any(row.blocked_from < blocked_to and blocked_from < row.blocked_to for row in mine)
            and self._below(self.limit, rows, day)
            and self._below(chair.limit, mine, day)
        )

    def _below(self, limit: int | None, rows: Iterable[Row], day: date) -> bool:
        return limit is None or sum(row.start.astimezone(self.zone).date() == day for row in rows) < limit

    def bookable_on(
        self, day: date, service: str | None, resource: str | None, rows: Sequence[Row], now: datetime
    ) -> Iterator[datetime]:
        for minute in range(0, MIDNIGHT, self.step):
            start = self.at(day, minute)
            if self.is_bookable(service, resource, start, rows, now):
                yield start

    def nearest(
        self, wanted: datetime, service: str | None, resource: str | None, rows: Sequence[Row], now: datetime
    ) -> list[datetime]:
        """The two bookable times nearest to the wanted one; of two equally near ones the earlier first."""
        today, centre = now.astimezone(self.zone).date(), wanted.astimezone(self.zone).date()
        found: list[datetime] = []
        for radius in range(WINDOW_DAYS + 1):
            for day in {centre - radius * DAY, centre + radius * DAY}:
                if today <= day <= today + WINDOW_DAYS * DAY:
                    found += self.bookable_on(day, service, resource, rows, now)
            found = sorted(found, key=lambda start: (abs(start - wanted), start))[:2]
            if len(found) == 2 and abs(found[1] - wanted) <= radius * DAY:
                break
        return found


def one_chair() -> Place:
    """The hardest: whole hours, four of them a day, one chair."""
    business = _business("one-chair", "Asia/Jerusalem", step=60, opens=10, closes=14)
    return Place(
        business, _zone(business), 60, (_chair(business, "noa", 10, 14),), range(600, 840, 60), {None: Need(60)}
    )


def three_chairs() -> Place:
    """Half hours in New York; services with buffers, one of them given by two chairs; a third with hours of its own."""
    business = _business("three-chairs", "America/New_York", step=30, opens=10, closes=14)
    noa, ron, gil = (_chair(business, slug, 10, 14) for slug in ("noa", "ron", "gil"))
    gil = _own_hours(business, gil, 11, 13)
    _service(business, "cut", Need(30, after=10), ())
    colour = _service(business, "colour", Need(90, before=15, after=15, chairs=frozenset({noa.id, ron.id})), (noa, ron))
    needs = {None: Need(30), "cut": Need(30, after=10), "colour": colour}
    return Place(business, _zone(business), 30, (noa, ron, gil), range(600, 840, 30), needs)


def never_closed() -> Place:
    """24/7, every quarter of an hour, two chairs; a service that is no multiple of the grid."""
    business = _business("never-closed", "Asia/Jerusalem", step=15, around_the_clock=True)
    chairs = tuple(_chair(business, slug, 0, 24) for slug in ("noa", "ron"))
    talk = _service(business, "talk", Need(20, before=5, after=5), ())
    return Place(business, _zone(business), 15, chairs, range(660, 735, 15), {None: Need(15), "talk": talk})


def few_a_day() -> Place:
    """At most three appointments a day, two of them with Noa."""
    business = _business("few-a-day", "Asia/Jerusalem", step=60, opens=10, closes=15, limit=3)
    chairs = (_chair(business, "noa", 10, 15, limit=2), _chair(business, "ron", 10, 15))
    return Place(business, _zone(business), 60, chairs, range(600, 900, 60), {None: Need(60)}, limit=3)


def _business(
    slug: str,
    zone: str,
    *,
    step: int,
    opens: int = 0,
    closes: int = 0,
    around_the_clock: bool = False,
    limit: int | None = None,
) -> Business:
    business: Business = BusinessFactory(slug=slug, timezone=zone)
    BusinessSettingsFactory(
        business=business,
        slot_size_min=step,
        allow_24_7=around_the_clock,
        booking_window_days=WINDOW_DAYS,
        daily_limit=limit,
    )
    if not around_the_clock:
        for weekday in range(7):
            OpeningHoursFactory(business=business, weekday=weekday, opens=time(opens), closes=time(closes))
    return business


def _zone(business: Business) -> ZoneInfo:
    return ZoneInfo(str(business.timezone))


def _chair(business: Business, slug: str, opens: int, closes: int, limit: int | None = None) -> Chair:
    row = ResourceFactory(business=business, slug=slug, daily_limit=limit)
    return Chair(row.pk, slug, opens * 60, closes * 60, limit)


def _own_hours(business: Business, chair: Chair, opens: int, closes: int) -> Chair:
    for weekday in range(7):
        OpeningHoursFactory(
            business=business, resource_id=chair.id, weekday=weekday, opens=time(opens), closes=time(closes)
        )
    return Chair(chair.id, chair.slug, opens * 60, closes * 60)


def _service(business: Business, slug: str, need: Need, given_by: Iterable[Chair]) -> Need:
    ServiceFactory(
        business=business,
        slug=slug,
        duration_min=need.length,
        buffer_before_min=need.before,
        buffer_after_min=need.after,
        resources=[chair.id for chair in given_by],
    )
    return need
