"""May this be booked? The pure rules of `slots` over the rows of one business."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking import slots, wording
from booking.diary import NOTHING, Diary, Overlooked, open_diary
from booking.facts import Facts, ResourceFacts, ServiceFacts, load
from booking.intervals import Interval
from booking.policy import BusinessPolicy, Unreadable, read_start
from booking.results import Available, Explanation, Refused, Slot, SlotsFound
from booking.slots import Chair, Need, Obstacle
from crm.limits import YEARS
from crm.models import Business
from crm.tenancy import for_business


@dataclass(frozen=True)
class Wish:
    """What is to be booked, apart from when: the service, and the resources that could give it."""

    facts: Facts
    service: ServiceFacts | None
    resources: tuple[ResourceFacts, ...]
    now: datetime
    overlooked: Overlooked = NOTHING

    @property
    def policy(self) -> BusinessPolicy:
        return self.facts.policy

    @property
    def need(self) -> Need:
        """Without a service an appointment lasts one slot."""
        return self.service.need if self.service else Need(self.policy.slot_size)

    def diary(self, first: date, last: date) -> Diary:
        return open_diary(self.facts, self.resources, first=first, last=last, now=self.now, overlooked=self.overlooked)

    def listed(self, first: date, last: date) -> list[Interval]:
        """The bookable times that start on these local dates."""
        book = self.diary(first, last)
        return slots.find_slots(
            self.policy, book.chairs, self.need, first=first, last=last, now=self.now, full_days=book.full_days
        )


def local_slot(policy: BusinessPolicy, span: Interval) -> Slot:
    return Slot(policy.local(span.start), policy.local(span.end))


def wish(
    facts: Facts, *, service_id: str | None, resource_id: str | None, now: datetime, overlooked: Overlooked = NOTHING
) -> Wish | Refused:
    """The named service and resource; `unknown_service` if there is no such pair."""
    service = facts.service(service_id) if service_id else None
    resources = facts.candidates(service, resource_id)
    if (service_id and service is None) or (resource_id and not resources):
        return refused("unknown_service")
    return Wish(facts, service, resources, now, overlooked)


def refused(code: str) -> Refused:
    """A refusal that no rule of the business stands behind."""
    return Refused(code, wording.refusal(code))


def read_wished_start(start: str | datetime, facts: Facts) -> datetime | Refused:
    instant = read_start(start, facts.policy.timezone)
    if isinstance(instant, datetime):
        return instant
    return Refused("invalid_time", wording.refusal("invalid_time"), unparseable=instant is Unreadable.NOT_A_TIME)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The resources that are free for a time, or what stands against it."""

    free: tuple[Chair, ...]
    obstacle: Obstacle | None


def judge(wished: Wish, start: datetime) -> Verdict:
    policy, need = wished.policy, wished.need
    if far := slots.out_of_reach(policy, start=start, now=wished.now):
        return Verdict((), far)
    day = policy.local(start).date()
    book = wished.diary(day, day)
    full, now = book.full_days, wished.now
    free = slots.free_chairs(policy, book.chairs, need, start=start, now=now, full_days=full)
    if free:
        return Verdict(tuple(free), None)
    return Verdict((), slots.why_not(policy, book.chairs, need, start=start, now=now, full_days=full))


def room_at(wished: Wish, start: datetime) -> tuple[Chair, ...]:
    """The resources that nothing blocks then, whatever the rules say: what is left to an owner who overrides them.

    None at the ends of time, where the days around a date are no dates any more.
    """
    if start.year not in YEARS:
        return ()
    day = wished.policy.local(start).date()
    return tuple(slots.roomy_chairs(wished.diary(day, day).chairs, wished.need, start))


def refusal(wished: Wish, start: datetime, obstacle: Obstacle, *, no_news: datetime | None = None) -> Refused:
    """The refusal in words, with the nearest alternatives. `no_news` is no alternative: the time it has already."""
    message = wording.obstacle(obstacle, policy=wished.policy, start=start, now=wished.now)
    # The refused time itself may have become free a moment ago; it was refused all the same.
    near = _alternatives(wished, start, without={start, no_news})
    suggestions = tuple(local_slot(wished.policy, span) for span in near)
    return Refused(obstacle.code, message, suggestions, obstacle.rule, source_of(obstacle, wished.policy))


def _alternatives(wished: Wish, start: datetime, *, without: Container[datetime | None]) -> list[Interval]:
    """Looks ever further around the time, until nothing nearer can be missing."""
    found: list[Interval] = []
    for first, last, certain_within in slots.days_around(wished.policy, start, wished.now):
        found = slots.nearest((slot for slot in wished.listed(first, last) if slot.start not in without), start)
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
    """The bookable times that start on these local dates: at most three queries, however many days."""
    with for_business(business):
        wished = wish(load(business, now=now), service_id=service_id, resource_id=resource_id, now=now)
        if isinstance(wished, Refused):
            return wished
        policy = wished.policy
        first, end = max(date, policy.local(now).date()), policy.last_date(now)
        last = min(end, date + timedelta(days=days - 1)) if date <= end else end
        if date > end or last < first:
            return SlotsFound(())
        zone = policy.timezone
        listed = wished.listed(first, last)
        return SlotsFound(tuple(Slot(start.astimezone(zone), end.astimezone(zone)) for start, end in listed))


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
        return _check(business, start, service_id, resource_id, now)


def explain(
    *,
    business: Business,
    start: str | datetime,
    service_id: str | None = None,
    resource_id: str | None = None,
    now: datetime,
) -> Explanation:
    """Why this time may be booked or not, in words, with the rule that decided and where it was set."""
    with for_business(business):
        answer = _check(business, start, service_id, resource_id, now)
        if isinstance(answer, Available):
            return Explanation(True, None, None, None, wording.FREE, (answer.slot,))
        return Explanation(False, answer.code, answer.rule or None, answer.source, answer.message, answer.suggestions)


def _check(
    business: Business, start: str | datetime, service_id: str | None, resource_id: str | None, now: datetime
) -> Available | Refused:
    facts = load(business, now=now)
    instant = read_wished_start(start, facts)
    if isinstance(instant, Refused):
        return instant
    wished = wish(facts, service_id=service_id, resource_id=resource_id, now=now)
    if isinstance(wished, Refused):
        return wished
    obstacle = judge(wished, instant).obstacle
    if obstacle:
        return refusal(wished, instant, obstacle)
    return Available(local_slot(wished.policy, Interval(instant, instant + wished.need.length)))


_SETTING_OF_RULE = {
    "min_notice": "min_notice_min",
    "booking_window": "booking_window_days",
    "grid": "slot_size_min",
    "daily_limit": "daily_limit",
    "weekday": "hours",
    "hours": "hours",
    "too_long": "hours",
}
_PLACE_OF_RULE = {"closure": "closures", "special_hours": "closures", "taken": "calendar", "buffer": "calendar"}


def source_of(obstacle: Obstacle, policy: BusinessPolicy) -> str | None:
    """Where the rule behind the obstacle is set."""
    if obstacle.of_resource:
        return "resource"
    if obstacle.rule in _SETTING_OF_RULE:
        return policy.sources[_SETTING_OF_RULE[obstacle.rule]]
    return _PLACE_OF_RULE.get(obstacle.rule)
