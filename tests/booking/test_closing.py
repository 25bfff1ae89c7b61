"""Closing takes time away from everybody whom it concerns, and opens none to anybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from booking import slots
from booking.closing import Closing, close_time
from booking.facts import Facts, load
from booking.intervals import Interval
from booking.models import Closure, Resource
from booking.policy import Window, first_instant_from, openings
from booking.slots import Chair, Need
from crm.models import Business
from crm.tenancy import for_business
from tests.booking.test_races import all_at_once
from tests.support.factories import (
    BusinessFactory,
    ClosureFactory,
    HolidayFactory,
    OpeningHoursFactory,
    ResourceFactory,
)

ISRAEL = ZoneInfo("Asia/Jerusalem")
WEDNESDAY = date(2026, 11, 25)
CLOCK_BACK, CLOCK_ON = date(2026, 10, 25), date(2027, 3, 26)  # at 02:00
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)

Starts = dict[str, set[datetime]]


@pytest.fixture
def salon(db: None) -> Business:
    """Open on weekdays from ten to eight. Noa works until two; Ron has some hours of his own on that Wednesday."""
    return make_salon()


def make_salon() -> Business:
    business: Business = BusinessFactory(slug="dana", with_settings=True, with_settings__slot_size_min=30)
    noa, ron = (ResourceFactory(business=business, slug=slug) for slug in ("noa", "ron"))
    ResourceFactory(business=business, slug="tamar")
    for weekday in range(5):
        OpeningHoursFactory(business=business, weekday=weekday, opens=time(10), closes=time(20))
        OpeningHoursFactory(business=business, resource=noa, weekday=weekday, opens=time(10), closes=time(14))
    ClosureFactory(
        business=business, resource=ron, on_date=WEDNESDAY, opens=time(12), closes=time(16), reason="לימודים"
    )
    return business


def hours(opens: str, closes: str) -> tuple[time, timedelta]:
    since, until = time.fromisoformat(opens), time.fromisoformat(closes)
    length = timedelta(hours=until.hour - since.hour, minutes=until.minute - since.minute)
    return since, length if length > timedelta(0) else length + DAY


def close(business: Business, day: date = WEDNESDAY, *, hours: tuple[time, timedelta] | None = None, **more: object):
    close_time(business=business, closing=Closing(day, hours, **more), now=eve_of(day))  # type: ignore[arg-type]  # a resource or a reason


def eve_of(day: date) -> datetime:
    return datetime.combine(day - 3 * DAY, time(8), ISRAEL)


def windows(business: Business, day: date = WEDNESDAY) -> dict[str, list[str]]:
    """What opens for each on the date."""
    facts = load(business, now=eve_of(day))
    return {
        one.slug: [_said(facts, opening.span) for opening in opened(facts, one.slug, day)] for one in facts.resources
    }


def opened(facts: Facts, slug: str, day: date):
    one = next(one for one in facts.resources if one.slug == slug)
    return sorted(
        (opening for _, opening in openings(facts.policy, day, day, one.hours, one.closures)), key=lambda it: it.span
    )


def _said(facts: Facts, span: Interval) -> str:
    return f"{facts.policy.local(span.start):%H:%M}-{facts.policy.local(span.end):%H:%M}"


def test_hours_closed_for_everyone_open_nothing_to_whoever_works_less(salon: Business):
    close(salon, hours=hours("14:00", "16:30"))

    assert windows(salon) == {"noa": ["10:00-14:00"], "ron": ["12:00-14:00"], "tamar": ["10:00-14:00", "16:30-20:00"]}


def test_a_day_closed_for_everyone_is_closed_for_whoever_has_hours_of_that_day(salon: Business):
    close(salon, reason="שיפוץ")

    assert windows(salon) == {"noa": [], "ron": [], "tamar": []}
    with for_business(salon):
        rows = Closure.objects.order_by("resource").values_list("resource__slug", "opens", "reason")
        assert set(rows) == {(None, None, "שיפוץ"), ("ron", None, "שיפוץ")}


def test_whoever_is_away_then_anyway_stays_away_with_the_own_reason(salon: Business):
    noa = resource(salon, "noa")
    ClosureFactory(business=salon, resource=noa, on_date=WEDNESDAY, reason="חופשה")

    close(salon, hours=hours("10:00", "11:00"), reason="ישיבה")

    assert windows(salon)["noa"] == []
    with for_business(salon):
        assert [row.reason for row in Closure.objects.filter(resource=noa)] == ["חופשה"]


def test_whoever_takes_no_appointments_now_gets_no_other_hours_for_later(salon: Business):
    with for_business(salon):
        Resource.objects.filter(slug__in=("noa", "ron")).update(is_active=False)
    close(salon, hours=hours("13:00", "16:30"))

    with for_business(salon):
        Resource.objects.update(is_active=True)
    assert windows(salon)["noa"] == ["10:00-13:00"]
    assert windows(salon)["ron"] == ["12:00-13:00"]


def test_one_person_with_own_hours_is_away_and_the_others_are_not(salon: Business):
    close(salon, hours=hours("11:00", "12:00"), resource=resource(salon, "noa"))

    assert windows(salon) == {"noa": ["10:00-11:00", "12:00-14:00"], "ron": ["12:00-16:00"], "tamar": ["10:00-20:00"]}


def test_hours_at_which_nothing_is_open_change_nothing(salon: Business):
    close(salon, hours=hours("06:00", "09:00"))

    with for_business(salon):
        assert Closure.objects.filter(resource=None).count() == 0
        assert Closure.objects.count() == 1  # Ron's


def test_what_is_left_begins_where_an_appointment_could_begin_before(salon: Business):
    close(salon, hours=hours("14:00", "16:10"))

    assert windows(salon)["tamar"] == ["10:00-14:00", "16:30-20:00"]


def test_the_small_hours_are_taken_from_the_night_before(salon: Business):
    OpeningHoursFactory(business=salon, weekday=2, opens=time(21), closes=time(3))

    close(salon, hours=hours("00:30", "02:00"))

    assert windows(salon, WEDNESDAY - DAY)["tamar"] == ["10:00-20:00", "21:00-00:30"]
    assert windows(salon)["tamar"] == ["10:00-20:00"]


def test_hours_of_a_day_around_the_clock(db: None):
    business = BusinessFactory(with_settings=True, with_settings__allow_24_7=True, with_settings__slot_size_min=60)
    ResourceFactory(business=business, slug="noa")

    close(business, hours=hours("14:00", "16:30"))

    assert windows(business)["noa"] == ["00:00-14:00", "17:00-00:00"]


def test_two_closings_of_one_date_do_not_add_up_to_more(salon: Business):
    close(salon, hours=hours("14:00", "16:00"))
    close(salon, hours=hours("10:00", "11:00"))

    assert windows(salon) == {
        "noa": ["11:00-14:00"],
        "ron": ["12:00-14:00"],
        "tamar": ["11:00-14:00", "16:00-20:00"],
    }


@pytest.mark.django_db(transaction=True)
def test_two_people_close_one_date_at_once_and_both_hours_are_closed():
    salon = make_salon()
    all_at_once(
        lambda: close(salon, hours=hours("14:00", "16:00")),
        lambda: close(salon, hours=hours("10:00", "11:00")),
        lambda: close(salon, hours=hours("14:00", "16:00")),
    )

    assert windows(salon)["tamar"] == ["11:00-14:00", "16:00-20:00"]
    assert windows(salon)["ron"] == ["12:00-14:00"]


@pytest.mark.parametrize("seed", range(40))
def test_nothing_ever_opens_by_closing(db: None, seed: int):
    """Any week, own weeks, own special days, holidays, nights and clock changes: what is left was there before."""
    random = Random(seed)
    business, day = random_business(random)
    all_of = ["noa", "ron", "tamar"]
    for _ in range(3):
        wish = random_closing(random, business, day)
        before = starts(business, day)
        close_time(business=business, closing=wish, now=eve_of(day))
        after, facts = starts(business, day), load(business, now=eve_of(day))
        covered = [wish.resource.slug] if wish.resource else all_of
        for key, left in after.items():
            slug, minutes = key.split("/")
            assert left <= before[key], (wish, key, sorted(left - before[key]))
            if slug not in covered:
                assert left == before[key]
            elif wish.hours is None:
                assert opened(facts, slug, day) == []
            else:
                gone = before[key] - left
                shut = shut_by(wish)
                length = int(minutes) * MINUTE
                assert not [at for at in left if at < shut.end and at + length > shut.start], (wish, key)
                if day == WEDNESDAY and not facts.policy.allow_24_7:
                    assert [at for at in gone if at + length <= shut.start] == [], (wish, key)


def random_business(random: Random) -> tuple[Business, date]:
    day = random.choice((WEDNESDAY, WEDNESDAY, WEDNESDAY, CLOCK_BACK, CLOCK_ON))
    settings = {"with_settings__slot_size_min": random.choice((15, 30, 45, 60, 90))}
    settings["with_settings__allow_24_7"] = random.random() < 0.2
    business: Business = BusinessFactory(with_settings=True, **settings)
    people = [ResourceFactory(business=business, slug=slug) for slug in ("noa", "ron", "tamar")]
    for owner in (None, *people):
        if owner is None or random.random() < 0.5:
            for weekday in range(7):
                for window in random_windows(random):
                    OpeningHoursFactory(
                        business=business, resource=owner, weekday=weekday, opens=window.opens, closes=window.closes
                    )
        for near in (day - DAY, day):
            if random.random() < 0.3:
                ends = [(one.opens, one.closes) for one in random_windows(random)] or [(None, None)]
                for opens, closes in ends:
                    ClosureFactory(business=business, resource=owner, on_date=near, opens=opens, closes=closes)
    if random.random() < 0.2:
        HolidayFactory(business=business, on_date=day, treatment=random.choice(("closed", "friday")))
    return business, day


def random_windows(random: Random) -> list[Window]:
    """None to three a day, the last of them perhaps a night that ends before the next day's first opens."""
    edges = sorted(random.sample(range(24, 23 * 6), 2 * random.choice((0, 1, 1, 2, 3))))
    found = [Window(clock(a), clock(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    if found and random.random() < 0.4:
        found[-1] = Window(found[-1].opens, clock(random.randrange(24)))
    return found


def clock(tens: int) -> time:
    return time(tens // 6, tens % 6 * 10)


def random_closing(random: Random, business: Business, day: date) -> Closing:
    who = resource(business, random.choice(("noa", "ron"))) if random.random() < 0.3 else None
    if random.random() < 0.2:
        return Closing(day, None, who)
    opens, closes = sorted(random.sample(range(24 * 12 + 1), 2))
    return Closing(day, (time(opens // 12, opens % 12 * 5), (closes - opens) * 5 * MINUTE), who)


def shut_by(wish: Closing) -> Interval:
    assert wish.hours is not None
    start = datetime.combine(wish.day, wish.hours[0])
    return Interval(first_instant_from(start, ISRAEL), first_instant_from(start + wish.hours[1], ISRAEL))


def starts(business: Business, day: date) -> Starts:
    """All starts from the day before to the one after, for each resource and two lengths."""
    facts = load(business, now=eve_of(day))
    return dict(_starts(facts, day))


def _starts(facts: Facts, day: date) -> Iterator[tuple[str, set[datetime]]]:
    policy = replace(facts.policy, booking_window_days=30)
    for one in facts.resources:
        chair = Chair(one.id, one.hours, one.closures)
        for minutes in (15, 60):
            need = Need(minutes * MINUTE)
            found = slots.find_slots(policy, [chair], need, first=day - DAY, last=day + DAY, now=eve_of(day))
            yield f"{one.slug}/{minutes}", {slot.start for slot in found}


def resource(business: Business, slug: str) -> Resource:
    with for_business(business):
        return Resource.objects.get(slug=slug)
