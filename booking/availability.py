"""May this be booked? The pure rules of `slots` over the rows of one business."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking import slots, wording
from booking.facts import Facts, ResourceFacts, ServiceFacts, busy_chairs, load
from booking.intervals import Interval
from booking.policy import BusinessPolicy, Unreadable, read_start
from booking.results import Available, Refused, Slot, SlotsFound
from booking.slots import Chair, Need
from crm.models import Business
from crm.tenancy import for_business


@dataclass(frozen=True)
class Wish:
    """What is to be booked, apart from when: the service, and the resources that could give it."""

    facts: Facts
    service: ServiceFacts | None
    resources: tuple[ResourceFacts, ...]
    now: datetime
    moving: int | None = None  # the appointment that is to give up its own time

    @property
    def policy(self) -> BusinessPolicy:
        return self.facts.policy

    @property
    def need(self) -> Need:
        """Without a service an appointment lasts one slot."""
        return self.service.need if self.service else Need(self.policy.slot_size)

    def chairs(self, first: date, last: date) -> list[Chair]:
        return busy_chairs(self.resources, first=first, last=last, ignoring=self.moving)

    def refused(self, code: str, start: datetime | None = None, suggestions: Iterable[Interval] = ()) -> Refused:
        message = wording.refusal(code, policy=self.policy, start=start, now=self.now)
        return Refused(code, message, tuple(local_slot(self.policy, span) for span in suggestions))


def local_slot(policy: BusinessPolicy, span: Interval) -> Slot:
    return Slot(policy.local(span.start), policy.local(span.end))


def wish(facts: Facts, *, service_id: str | None, resource_id: str | None, now: datetime) -> Wish | Refused:
    """The named service and resource; `unknown_service` if there is no such pair."""
    service = facts.service(service_id) if service_id else None
    resources = facts.candidates(service, resource_id)
    found = Wish(facts, service, resources, now)
    if (service_id and service is None) or (resource_id and not resources):
        return found.refused("unknown_service")
    return found


def read_wished_start(start: str | datetime, *, facts: Facts, now: datetime) -> datetime | Refused:
    instant = read_start(start, facts.policy.timezone)
    if isinstance(instant, datetime):
        return instant
    message = wording.refusal("invalid_time", policy=facts.policy, now=now)
    return Refused("invalid_time", message, unparseable=instant is Unreadable.NOT_A_TIME)


def judge(wished: Wish, start: datetime) -> list[Chair] | Refused:
    """The resources that are free for it, or what stands against it with the nearest alternatives."""
    policy, need = wished.policy, wished.need
    ranges = slots.days_around(policy, start, wished.now)
    first, last, _ = next(ranges)
    chairs = wished.chairs(first, last)
    code = slots.why_not(policy, chairs, need, start=start, now=wished.now)
    if code is None:
        return slots.free_chairs(policy, chairs, need, start=start)
    return wished.refused(code, start, _alternatives(wished, start))


def _alternatives(wished: Wish, start: datetime) -> list[Interval]:
    """Looks ever further around the time, until nothing nearer can be missing."""
    found: list[Interval] = []
    for first, last, certain_within in slots.days_around(wished.policy, start, wished.now):
        chairs = wished.chairs(first, last)
        listed = slots.find_slots(wished.policy, chairs, wished.need, first=first, last=last, now=wished.now)
        found = slots.nearest(listed, start)
        if len(found) == slots.MAX_SUGGESTIONS and abs(found[-1].start - start) <= certain_within:
            break
    return found


def find_slots(
    *,
    business: Business,
    date: date,
    days: int = 1,
    service_id: str | None = None,
    resource_id: str | None = None,
    now: datetime,
) -> SlotsFound | Refused:
    """The bookable times that start on these local dates: two queries, however many days."""
    with for_business(business):
        wished = wish(load(business, now=now), service_id=service_id, resource_id=resource_id, now=now)
        if isinstance(wished, Refused):
            return wished
        policy = wished.policy
        first, end = max(date, policy.local(now).date()), policy.last_date(now)
        last = min(end, date + timedelta(days=days - 1)) if date <= end else end
        if date > end or last < first:
            return SlotsFound(())
        spans = slots.find_slots(policy, wished.chairs(first, last), wished.need, first=first, last=last, now=now)
        return SlotsFound(tuple(local_slot(policy, span) for span in spans))


def check_time(
    *,
    business: Business,
    start: str | datetime,
    service_id: str | None = None,
    resource_id: str | None = None,
    now: datetime,
) -> Available | Refused:
    """Whether this time alone may be booked: name and phone are not looked at."""
    with for_business(business):
        facts = load(business, now=now)
        instant = read_wished_start(start, facts=facts, now=now)
        if isinstance(instant, Refused):
            return instant
        wished = wish(facts, service_id=service_id, resource_id=resource_id, now=now)
        if isinstance(wished, Refused):
            return wished
        verdict = judge(wished, instant)
        if isinstance(verdict, Refused):
            return verdict
        return Available(local_slot(wished.policy, Interval(instant, instant + wished.need.length)))
