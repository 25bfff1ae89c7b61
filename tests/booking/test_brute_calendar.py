"""An independent calendar that looks at every minute agrees with the booking core on thousands of random questions.

A failure names its seed and shows the smallest question that is still answered differently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from booking.policy import BusinessPolicy
from booking.results import Refused, SlotsFound
from booking.services import check_time, find_slots
from booking.slots import Chair, Need, free_chairs, why_not
from booking.slots import find_slots as slots_of
from tests.booking.brute_calendar import DAY, MINUTE, BruteCalendar
from tests.booking.random_businesses import ZONES, Case, clock_changes, random_case, simplest
from tests.booking.random_shops import EVES, PUBLIC, Shop, open_shop

CASES_PER_ZONE = 470
ASKED_PER_ZONE = 120
SHOPS_PER_ZONE = 20


@pytest.fixture(params=ZONES, scope="module")
def zone(request: pytest.FixtureRequest) -> ZoneInfo:
    return ZoneInfo(request.param)


def calendar_of(case: Case) -> BruteCalendar:
    return BruteCalendar(case.policy, case.chairs, case.need, case.now, case.full_days)


def shown(case: Case, instants: Iterable[datetime]) -> list[str]:
    return [f"{case.policy.local(instant):%d.%m.%Y %H:%M%z}" for instant in instants]


# --- the listed times ---------------------------------------------------------------------------------
def listed_by_the_core(case: Case) -> list[datetime]:
    found = slots_of(
        case.policy,
        case.chairs,
        case.need,
        first=case.first,
        last=case.last,
        now=case.now,
        full_days=case.full_days,
    )
    assert all(slot.end - slot.start == case.need.length for slot in found)
    return [slot.start for slot in found]


def disagreement_on_the_list(case: Case) -> str | None:
    by_hand = calendar_of(case).listed(case.first, case.last, case.step)
    by_core = listed_by_the_core(case)
    if by_hand == by_core:
        return None
    extra, missing = sorted(set(by_core) - set(by_hand)), sorted(set(by_hand) - set(by_core))
    if not extra and not missing:
        return "the core lists a time twice or out of order"
    return f"the core alone: {shown(case, extra)[:6]}; by hand alone: {shown(case, missing)[:6]}"


def assert_agreement(seed: str, case: Case, disagreement: Callable[[Case], str | None]) -> None:
    if disagreement(case):
        case = simplest(case, lambda other: bool(disagreement(other)))
        pytest.fail(f"seed {seed!r}\n{case}\n{disagreement(case)}", pytrace=False)


def test_the_core_lists_exactly_the_times_that_the_brute_force_calendar_finds(zone: ZoneInfo) -> None:
    questions_with_times = 0
    for number in range(CASES_PER_ZONE):
        seed = f"list {zone.key} {number}"
        case = random_case(Random(seed), zone)
        assert_agreement(seed, case, disagreement_on_the_list)
        questions_with_times += bool(listed_by_the_core(case))
    assert questions_with_times > CASES_PER_ZONE / 3  # empty lists would agree on nothing worth knowing


# --- why not? -----------------------------------------------------------------------------------------
def asked_times(case: Case, random: Random) -> list[datetime]:
    """Any minutes of the days, those around which a window begins or ends, and some that may be booked."""
    days = [case.first + number * DAY for number in range(-1, (case.last - case.first).days + 2)]
    calendar = calendar_of(case)
    anywhere = [
        datetime.combine(random.choice(days), time(0), UTC)
        + random.randrange(0, 1440, random.choice((1, 5, 15, 60))) * MINUTE
        for _ in range(5)
    ]
    windows = [
        window for day in days for number in range(len(case.chairs)) for window in calendar.stretches(number, day)
    ]
    edges = [edge for window in windows for edge in (window.opens, window.closes, window.last_end - case.need.length)]
    near_edges = [
        edge + random.choice((-5, -1, 0, 0, 1, 5)) * MINUTE for edge in random.sample(edges, min(4, len(edges)))
    ]
    bookable = listed_by_the_core(case)
    near_starts = [
        start + random.choice((0, 0, 5)) * MINUTE for start in random.sample(bookable, min(3, len(bookable)))
    ]
    return anywhere + near_edges + near_starts


def disagreement_on(start: datetime) -> Callable[[Case], str | None]:
    def disagreement(case: Case) -> str | None:
        calendar = calendar_of(case)
        rules = case.policy, case.chairs, case.need
        found = why_not(*rules, start=start, now=case.now, full_days=case.full_days)
        code = found.code if found else None
        free = free_chairs(*rules, start=start, now=case.now, full_days=case.full_days)
        if (code, free) == (calendar.verdict(start), calendar.free(start)):
            return None
        chairs = [case.chairs.index(chair) for chair in free], [case.chairs.index(c) for c in calendar.free(start)]
        return f"{shown(case, [start])}: core {code} {chairs[0]}, by hand {calendar.verdict(start)} {chairs[1]}"

    return disagreement


def test_a_time_is_bookable_if_and_only_if_it_is_listed_and_the_first_code_that_applies_is_told(zone: ZoneInfo) -> None:
    told = set()
    for number in range(ASKED_PER_ZONE):
        seed = f"why not {zone.key} {number}"
        random = Random(seed)
        case = random_case(random, zone)
        for start in asked_times(case, random):
            assert_agreement(seed, case, disagreement_on(start))
            told.add(calendar_of(case).verdict(start))
    reasons = {"past", "too_soon", "beyond_window", "closed_day", "outside_hours", "off_grid", "slot_taken"}
    assert told == reasons | {None}


# --- the same through the database --------------------------------------------------------------------
def first_day_of_shops(zone: ZoneInfo, random: Random, *, by_israels_calendar: bool) -> date | None:
    if by_israels_calendar:
        return random.choice(sorted(PUBLIC | EVES)) - random.choice((0, 0, 1)) * DAY
    return random.choice(clock_changes(zone)) if clock_changes(zone) and random.random() < 0.6 else None


def random_shop(seed: str, zone: ZoneInfo) -> Shop:
    random = Random(seed)
    by_israels_calendar = random.random() < 0.3
    first = first_day_of_shops(zone, random, by_israels_calendar=by_israels_calendar)
    case = replace(random_case(random, zone, first=first, step=5), full_days=frozenset())
    return open_shop(case, random, by_israels_calendar=by_israels_calendar)


def wish(shop: Shop) -> dict[str, str | None]:
    return {"service_id": shop.service_id, "resource_id": shop.resource_id}


def assert_the_rows_are_read_right(seed: str, shop: Shop) -> int:
    case = shop.case
    days = (case.last - case.first).days + 1
    found = find_slots(business=shop.business, date=case.first, days=days, now=case.now, **wish(shop))
    assert isinstance(found, SlotsFound), f"seed {seed!r}: {found}"
    by_hand = calendar_of(case).listed(case.first, case.last, case.step)
    assert shown(case, (slot.start for slot in found.slots)) == shown(case, by_hand), f"seed {seed!r}\n{case}"
    assert all(slot.end.astimezone(UTC) - slot.start.astimezone(UTC) == case.need.length for slot in found.slots)
    return len(found.slots)


def assert_the_alternatives_are_true(seed: str, shop: Shop, start: datetime) -> None:
    """The code is the first that applies; what is offered instead can be booked, and nothing is nearer."""
    case, calendar = shop.case, calendar_of(shop.case)
    answer = check_time(business=shop.business, start=start, now=case.now, **wish(shop))
    told = answer.code if isinstance(answer, Refused) else None
    asked = f"seed {seed!r}\n{case}\nasked for {shown(case, [start])}"
    assert told == calendar.verdict(start), asked
    if isinstance(answer, Refused):
        offered = [slot.start.astimezone(UTC) for slot in answer.suggestions]
        assert [calendar.verdict(instant) for instant in offered] == [None] * len(offered), asked
        day = case.policy.local(start).date()
        around = calendar.listed(day - DAY, day + DAY, case.step)
        near = sorted((s for s in around if abs(s - start) < timedelta(hours=20)), key=lambda s: (abs(s - start), s))
        assert shown(case, offered[: len(near)]) == shown(case, near[:2]), asked


def test_businesses_as_rows_offer_what_the_brute_force_calendar_finds(zone: ZoneInfo, db: None) -> None:
    offered = 0
    for number in range(SHOPS_PER_ZONE):
        seed = f"rows {zone.key} {number}"
        shop = random_shop(seed, zone)
        offered += assert_the_rows_are_read_right(seed, shop)
        start = datetime.combine(shop.case.first, time(0), UTC) + Random(seed).randrange(0, 1440, 5) * MINUTE
        assert_the_alternatives_are_true(seed, shop, start)
    assert offered > 100


# --- the day of a business that never closes ----------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "count"),
    [(date(2026, 11, 24), 96), (date(2026, 3, 27), 92), (date(2026, 10, 25), 100), (date(2027, 3, 26), 92)],
)
def test_around_the_clock_each_quarter_hour_of_the_day_is_offered(day: date, count: int) -> None:
    israel = ZoneInfo("Asia/Jerusalem")
    policy = BusinessPolicy(timezone=israel, slot_size_min=15, allow_24_7=True)
    asked_at = datetime.combine(day - DAY, time(12), israel)
    case = Case(policy, (Chair(),), Need(15 * MINUTE), day, day, asked_at, frozenset(), step=5)
    listed = listed_by_the_core(case)
    assert len(listed) == count
    assert listed == calendar_of(case).listed(day, day, step=5)


def test_around_the_clock_a_whole_day_is_offered_even_across_the_day_that_is_an_hour_short() -> None:
    """From 23:15 on, twenty-four hours reach over all of the short Friday into Saturday."""
    thursday = date(2026, 3, 26)
    policy = BusinessPolicy(timezone=ZoneInfo("Asia/Jerusalem"), slot_size_min=15, allow_24_7=True)
    asked_at = datetime(2026, 3, 25, 12, tzinfo=UTC)
    case = Case(policy, (Chair(),), Need(DAY), thursday, thursday, asked_at, frozenset(), step=5)
    assert disagreement_on_the_list(case) is None
    assert len(listed_by_the_core(case)) == 96
