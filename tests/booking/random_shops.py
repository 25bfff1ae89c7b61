"""Random businesses as rows, next to what those rows amount to by the words of the contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from booking.intervals import Interval
from booking.models import Appointment, Closure, Holiday, OpeningHours, OwnerRule, Resource, Service
from booking.policy import Closures, Hours, Window
from booking.slots import Chair, Need
from crm.models import Business
from crm.tenancy import for_business
from tests.booking.random_businesses import DAY, MINUTE, Case
from tests.support.factories import (
    AppointmentFactory,
    BusinessFactory,
    BusinessSettingsFactory,
    LeadFactory,
    ResourceFactory,
    ServiceFactory,
)

# Public holidays of Israel, written out here and not computed; Independence Day is left to the tests of the calendar.
PUBLIC = {
    *(date(2026, *day) for day in ((4, 2), (4, 8), (5, 22), (9, 12), (9, 13), (9, 21), (9, 26), (10, 3))),
    *(date(2027, *day) for day in ((4, 22), (4, 28), (6, 11), (10, 2), (10, 3), (10, 11), (10, 16), (10, 23))),
}
EVES = {day - DAY for day in PUBLIC} - PUBLIC
DEFAULT_WEEK: Hours = dict.fromkeys(range(5), (Window(time(9), time(22)),))
WEEK_KEYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True)
class Shop:
    """`case` states what the rows mean for a wish with this service and resource."""

    business: Business
    case: Case
    service_id: str | None
    resource_id: str | None


def open_shop(case: Case, random: Random, *, by_israels_calendar: bool) -> Shop:
    """Rows that mean this case, but for its busy times and full days, which follow from the appointments made here."""
    business = BusinessFactory(timezone=case.policy.timezone.key)
    with for_business(business):
        return _Builder(case, random, business).build(by_israels_calendar)


class _Builder:
    def __init__(self, case: Case, random: Random, business: Business) -> None:
        self.case, self.random, self.business = case, random, business
        self.booked: Counter[date] = Counter()  # by local date, of the whole business
        self.lead = LeadFactory(business=business)

    def build(self, by_israels_calendar: bool) -> Shop:
        limit = self.random.choice((None, None, None, 1, 3, 6))
        self._settings(limit, by_israels_calendar)
        closures, like_friday = self._special_days(by_israels_calendar)
        hours = self.case.policy.hours if any(self.case.policy.hours.values()) else DEFAULT_WEEK
        policy = replace(self.case.policy, hours=hours, closures=closures, like_friday=like_friday)
        pairs = [self._resource(chair) for chair in self.case.chairs]
        ResourceFactory(business=self.business, is_active=False)
        service, need, served = self._service(pairs)
        asked = self.random.choice(served)[0] if self.random.random() < 0.3 else None
        chairs = tuple(chair for row, chair in served if asked in (None, row))
        full_days = frozenset(day for day, count in self.booked.items() if limit is not None and count >= limit)
        case = replace(self.case, policy=policy, chairs=chairs, need=need, full_days=full_days)
        return Shop(self.business, case, service.slug if service else None, asked.slug if asked else None)

    def _settings(self, limit: int | None, by_israels_calendar: bool) -> None:
        """Each value of the policy is a setting, or a confirmed rule of the owner that goes before its setting."""
        policy = self.case.policy
        values: dict[str, Any] = {
            "slot_size_min": policy.slot_size_min,
            "booking_window_days": policy.booking_window_days,
            "min_notice_min": policy.min_notice_min,
            "allow_24_7": policy.allow_24_7,
        }
        others = {
            "slot_size_min": 25,
            "booking_window_days": 9,
            "min_notice_min": 45,
            "allow_24_7": not policy.allow_24_7,
        }
        for name, value in list(values.items()):
            rule = "window_days" if name == "booking_window_days" else name
            kind = self.random.random()
            if kind < 0.15 and value is not False:
                self._rule(rule, value, is_confirmed=True)
                values[name] = others[name]
            elif kind < 0.3 and others[name] is not False:
                self._rule(rule, others[name], is_confirmed=False)
        self._week(policy.hours, values)
        if by_israels_calendar:
            values |= {"holidays_calendar": "IL", "holidays_closed": True}
        BusinessSettingsFactory(business=self.business, daily_limit=limit, **values)

    def _rule(self, field: str, value: Any, *, is_confirmed: bool) -> None:
        OwnerRule.objects.create(
            business=self.business, field=field, value=value, quote="כמו שכתוב", is_confirmed=is_confirmed
        )

    def _week(self, hours: Hours, settings: dict[str, Any]) -> None:
        """As rows, or some of its days as the owner's confirmed words, before rows that say something else."""
        is_stated = any(hours.values()) and not self.case.policy.allow_24_7 and self.random.random() < 0.3
        if not is_stated:
            self._hours(hours)
            return
        settings["allow_24_7"] = settings["allow_24_7"] or self.random.random() < 0.2
        whole_week = settings["allow_24_7"] or self.random.random() < 0.4
        said = [day for day in range(7) if whole_week or self.random.random() < 0.5]
        days = {WEEK_KEYS[day]: [[f"{w.opens:%H:%M}", f"{w.closes:%H:%M}"] for w in hours.get(day, ())] for day in said}
        self._rule("opening_hours", {"days": days, "only": whole_week}, is_confirmed=True)
        self._hours({day: (Window(time(11), time(13)),) if day in said else hours.get(day, ()) for day in range(7)})

    def _hours(self, hours: Hours, resource: Resource | None = None) -> None:
        OpeningHours.objects.bulk_create(
            OpeningHours(
                business=self.business, resource=resource, weekday=weekday, opens=window.opens, closes=window.closes
            )
            for weekday, windows in hours.items()
            for window in windows
        )

    def _closures(self, closures: Closures, resource: Resource | None = None) -> None:
        Closure.objects.bulk_create(
            Closure(business=self.business, resource=resource, on_date=day, opens=opens, closes=closes)
            for day, windows in closures.items()
            for opens, closes in [(window.opens, window.closes) for window in windows] or [(None, None)]
        )

    def _special_days(self, by_israels_calendar: bool) -> tuple[Closures, frozenset[date]]:
        """A closure goes before what was decided on a holiday, and that before what holds for all holidays."""
        decided = dict.fromkeys(self.case.policy.like_friday, "friday")
        near = [self.case.first + number * DAY for number in range(-3, 7)]
        decided |= {day: self.random.choice(("closed", "ordinary")) for day in near if self.random.random() < 0.1}
        for day, treatment in decided.items():
            Holiday.objects.create(business=self.business, on_date=day, name="חג", treatment=treatment)
        self._closures(self.case.policy.closures)
        usual = dict.fromkeys(EVES, "friday") | dict.fromkeys(PUBLIC, "closed") if by_israels_calendar else {}
        treatments = usual | decided
        closed = {day for day, treatment in treatments.items() if treatment == "closed"}
        closures = dict.fromkeys(closed, ()) | dict(self.case.policy.closures)
        return closures, frozenset(day for day, treatment in treatments.items() if treatment == "friday")

    def _resource(self, chair: Chair) -> tuple[Resource, Chair]:
        limit = self.random.choice((None, None, None, 1, 2))
        row = ResourceFactory(business=self.business, daily_limit=limit)
        own_hours = chair.hours if chair.hours and any(chair.hours.values()) else None
        self._hours(own_hours or {}, row)
        self._closures(chair.closures, row)
        blocked: list[Interval] = []
        booked: Counter[date] = Counter()
        appointments = list(self._appointments(chair))
        Appointment.objects.bulk_create(self._appointment(row, *appointment) for appointment in appointments)
        for span, start, status, held_until in appointments:
            is_standing = status == "confirmed" or (held_until is not None and held_until > self.case.now)
            if is_standing:
                blocked.append(span)
            if is_standing or status in ("completed", "no_show"):
                booked[self.case.policy.local(start).date()] += 1
        self.booked += booked
        full_days = frozenset(day for day, count in booked.items() if limit is not None and count >= limit)
        return row, Chair(row.pk, own_hours, chair.closures, tuple(blocked), full_days)

    def _appointments(self, chair: Chair) -> Iterator[tuple[Interval, datetime, str, datetime | None]]:
        for span in chair.busy:
            start = (
                span.start + self.random.choice((0, 5)) * MINUTE if span.end - span.start > 15 * MINUTE else span.start
            )
            wait = timedelta(seconds=self.random.choice((-86400, -1, 0, 1, 60)))
            status = self.random.choice(("confirmed", "confirmed", "confirmed", "held", "held", "cancelled"))
            if start < self.case.now and self.random.random() < 0.4:
                status = self.random.choice(("completed", "no_show"))
            yield span, start, status, self.case.now + wait if status == "held" else None

    def _appointment(
        self, resource: Resource, span: Interval, start: datetime, status: str, held_until: datetime | None
    ) -> Appointment:
        return AppointmentFactory.build(
            business=self.business,
            resource=resource,
            lead=None if held_until else self.lead,
            starts_at=start,
            ends_at=span.end,
            during=(span.start, span.end),
            status=status,
            held_until=held_until,
            customer_name="דנה",
            customer_phone="",
            call_sid=f"CA{self.random.getrandbits(64)}",
        )

    def _service(
        self, pairs: list[tuple[Resource, Chair]]
    ) -> tuple[Service | None, Need, list[tuple[Resource, Chair]]]:
        """With a service what it takes, by those who give it; without one a slot, by anybody."""
        if self.random.random() < 0.3:
            return None, Need(self.case.policy.slot_size), pairs
        given_by = [pair for pair in pairs if self.random.random() < 0.6]
        need = self.case.need
        service = ServiceFactory(
            business=self.business,
            duration_min=need.length // MINUTE,
            buffer_before_min=need.before // MINUTE,
            buffer_after_min=need.after // MINUTE,
            resources=[row for row, _ in given_by],
        )
        return service, need, given_by or pairs
