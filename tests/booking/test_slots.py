"""Which times may be booked: the rules of contract section 4 over plain values."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking import slots
from booking.intervals import Interval
from booking.policy import BusinessPolicy, Opening, Window, first_instant_from, instant_of, openings
from booking.slots import CODES, Chair, Need, Obstacle, days_around, find_slots, free_chairs, nearest, why_not

ISRAEL = ZoneInfo("Asia/Jerusalem")
HOUR = timedelta(hours=1)
SATURDAY = datetime(2026, 11, 21, 8, tzinfo=ISRAEL)  # when everything here is asked, unless it says otherwise
SUNDAY = date(2026, 11, 22)


def window(opens: str, closes: str) -> Window:
    return Window(time.fromisoformat(opens), time.fromisoformat(closes))


def every_day(*windows: Window) -> dict[int, tuple[Window, ...]]:
    return dict.fromkeys(range(7), windows)


def policy(**changes: Any) -> BusinessPolicy:
    return BusinessPolicy(**({"timezone": ISRAEL, "hours": every_day(window("10:00", "20:00"))} | changes))


def local(text: str, zone: ZoneInfo = ISRAEL) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def need(minutes: int = 60, before: int = 0, after: int = 0) -> Need:
    return Need(timedelta(minutes=minutes), timedelta(minutes=before), timedelta(minutes=after))


def busy(*texts: tuple[str, str]) -> list[Interval]:
    return [Interval(local(start), local(end)) for start, end in texts]


def starts(
    rules: BusinessPolicy,
    day: date = SUNDAY,
    *,
    chairs: list[Chair] | None = None,
    length: Need | None = None,
    now: datetime = SATURDAY,
) -> list[str]:
    """The offered local times of one date."""
    length = length or Need(rules.slot_size)
    found = find_slots(rules, chairs or [Chair()], length, first=day, last=day, now=now)
    assert all(slot.end - slot.start == length.length for slot in found)
    return [rules.local(slot.start).strftime("%H:%M") for slot in found]


def told(
    rules: BusinessPolicy,
    start: str,
    *,
    chairs: list[Chair] | None = None,
    length: Need | None = None,
    now: datetime = SATURDAY,
) -> str | None:
    found = why_not(
        rules, chairs or [Chair()], length or Need(rules.slot_size), start=local(start, rules.timezone), now=now
    )
    return found.code if found else None


# --- the three rules everybody knows ------------------------------------------------------------------
def test_around_the_clock_with_quarter_hours_there_are_96_slots_and_a_quarter_past_three_is_one():
    rules = policy(allow_24_7=True, slot_size_min=15)
    assert len(starts(rules)) == 96
    assert told(rules, "2026-11-22T03:15") is None


def test_whole_hours_from_ten_to_eight_refuse_a_quarter_past_ten_and_name_ten_and_eleven():
    rules = policy()
    assert told(rules, "2026-11-22T10:15") == "off_grid"
    listed = find_slots(rules, [Chair()], need(), first=SUNDAY, last=SUNDAY, now=SATURDAY)
    near = nearest(listed, local("2026-11-22T10:15"))
    assert [slot.start for slot in near] == [local("2026-11-22T10:00"), local("2026-11-22T11:00")]


def test_of_two_equally_near_slots_the_earlier_comes_first():
    listed = find_slots(policy(), [Chair()], need(), first=SUNDAY, last=SUNDAY, now=SATURDAY)
    near = nearest(listed, local("2026-11-22T12:30"))
    assert [slot.start for slot in near] == [local("2026-11-22T12:00"), local("2026-11-22T13:00")]


# --- the grid ------------------------------------------------------------------------------------------
def test_the_grid_starts_at_the_opening_and_the_last_slot_ends_by_the_closing():
    rules = policy(hours=every_day(window("10:20", "13:00")))
    assert starts(rules) == ["10:20", "11:20"]


def test_every_window_has_its_own_grid():
    rules = policy(hours=every_day(window("09:30", "11:30"), window("16:00", "18:00")))
    assert starts(rules) == ["09:30", "10:30", "16:00", "17:00"]


def test_a_long_service_is_offered_on_the_grid_as_long_as_it_ends_in_time():
    assert starts(policy(hours=every_day(window("10:00", "14:00"))), length=need(150)) == ["10:00", "11:00"]


def test_a_service_never_runs_across_a_break():
    rules = policy(hours=every_day(window("10:00", "12:00"), window("12:00", "14:00")))
    assert starts(rules, length=need(120)) == ["10:00", "12:00"]


def test_seconds_are_off_the_grid():
    assert told(policy(), "2026-11-22T11:00:01") == "off_grid"


# --- days ----------------------------------------------------------------------------------------------
def test_sunday_is_the_first_day_of_the_week():
    rules = policy(hours={0: (window("10:00", "12:00"),)})
    assert starts(rules, SUNDAY) == ["10:00", "11:00"]
    assert starts(rules, SUNDAY + timedelta(days=1)) == []
    assert told(rules, "2026-11-23T10:00") == "closed_day"


def test_a_window_past_midnight_belongs_to_the_day_it_opens_on_and_is_listed_by_the_date_of_its_starts():
    rules = policy(hours={0: (window("22:00", "02:00"),)})
    assert starts(rules, SUNDAY) == ["22:00", "23:00"]
    assert starts(rules, SUNDAY + timedelta(days=1)) == ["00:00", "01:00"]
    assert told(rules, "2026-11-23T01:00") is None
    assert told(rules, "2026-11-23T02:00") == "closed_day"
    assert told(rules, "2026-11-22T21:00") == "outside_hours"


def test_an_appointment_may_cross_midnight_within_its_window():
    rules = policy(hours={0: (window("22:30", "01:30"),)})
    assert starts(rules, SUNDAY) == ["22:30", "23:30"]


def test_a_closure_removes_the_windows_that_open_on_it_and_not_the_night_before():
    rules = policy(hours=every_day(window("20:00", "02:00")), closures={SUNDAY: ()})
    assert starts(rules, SUNDAY) == ["00:00", "01:00"]
    assert starts(rules, SUNDAY + timedelta(days=1)) == ["20:00", "21:00", "22:00", "23:00"]
    assert told(rules, "2026-11-22T20:00") == "closed_day"


def test_a_closure_with_hours_has_those_and_no_others():
    rules = policy(closures={SUNDAY: (window("12:00", "14:00"),)})
    assert starts(rules) == ["12:00", "13:00"]
    assert told(rules, "2026-11-22T10:00") == "outside_hours"


def test_who_never_closes_books_across_midnight():
    rules = policy(allow_24_7=True, slot_size_min=60)
    assert starts(rules, length=need(90))[-1] == "23:00"
    assert told(rules, "2026-11-22T23:00", length=need(90)) is None


def test_the_night_before_a_closed_day_ends_at_midnight():
    rules = policy(allow_24_7=True, closures={date(2026, 11, 23): ()})
    assert told(rules, "2026-11-22T23:00", length=need(90)) == "outside_hours"
    assert told(rules, "2026-11-22T23:00", length=need(60)) is None
    assert told(rules, "2026-11-23T10:00") == "closed_day"
    assert starts(rules, date(2026, 11, 23)) == []


def test_a_changed_day_of_a_business_that_never_closes_has_its_own_grid():
    rules = policy(allow_24_7=True, closures={SUNDAY: (window("10:30", "12:30"),)})
    assert starts(rules) == ["10:30", "11:30"]


# --- when ----------------------------------------------------------------------------------------------
def test_what_has_passed_is_past():
    now = local("2026-11-22T12:00")
    assert told(policy(), "2026-11-22T11:00", now=now) == "past"
    assert told(policy(), "2026-11-22T12:00", now=now) is None
    assert starts(policy(), now=now)[0] == "12:00"


def test_the_minimum_notice_is_kept_to_the_second():
    rules, now = policy(min_notice_min=120), local("2026-11-22T10:00:01")
    assert told(rules, "2026-11-22T12:00", now=now) == "too_soon"
    assert told(rules, "2026-11-22T12:00", now=now - timedelta(seconds=1)) is None
    assert starts(rules, now=now)[0] == "13:00"


def test_the_window_ends_with_the_local_day_not_with_the_hour():
    rules, now = policy(booking_window_days=1), local("2026-11-21T09:00")
    assert starts(rules, SUNDAY, now=now)[-1] == "19:00"
    assert starts(rules, date(2026, 11, 23), now=now) == []
    assert told(rules, "2026-11-23T10:00", now=now) == "beyond_window"


def test_a_start_after_midnight_of_the_last_night_is_beyond_the_window():
    rules = policy(hours={0: (window("22:00", "02:00"),)}, booking_window_days=1)
    assert told(rules, "2026-11-22T23:00") is None
    assert told(rules, "2026-11-23T00:00") == "beyond_window"


# --- what is taken -------------------------------------------------------------------------------------
def test_a_booked_hour_is_not_offered_and_said_to_be_taken():
    chairs = [Chair(busy=busy(("2026-11-22T12:00", "2026-11-22T13:00")))]
    assert "12:00" not in starts(policy(), chairs=chairs)
    assert {"11:00", "13:00"} <= set(starts(policy(), chairs=chairs))
    assert told(policy(), "2026-11-22T12:00", chairs=chairs) == "slot_taken"


def test_buffers_keep_appointments_apart_and_nothing_else():
    rules = policy(slot_size_min=30, hours=every_day(window("10:00", "14:00")))
    chairs = [Chair(busy=busy(("2026-11-22T11:30", "2026-11-22T12:30")))]
    assert starts(rules, chairs=chairs, length=need(30, before=15, after=15)) == ["10:00", "10:30", "13:00", "13:30"]


def test_a_time_is_free_if_any_chair_is():
    noa = Chair(1, busy=busy(("2026-11-22T12:00", "2026-11-22T13:00")))
    ron = Chair(2, busy=busy(("2026-11-22T14:00", "2026-11-22T15:00")))
    assert starts(policy(), chairs=[noa, ron]) == [f"{hour}:00" for hour in range(10, 20)]
    assert free_chairs(policy(), [noa, ron], need(), start=local("2026-11-22T12:00"), now=SATURDAY) == [ron]


def test_a_chair_keeps_its_own_hours_also_where_the_business_never_closes():
    noa = Chair(1, hours={0: (window("10:30", "12:30"),)})
    assert starts(policy(allow_24_7=True), chairs=[noa]) == ["10:30", "11:30"]


def test_of_several_chairs_the_one_that_comes_closest_names_the_reason():
    away = Chair(1, hours={})
    taken = Chair(2, busy=busy(("2026-11-22T12:00", "2026-11-22T13:00")))
    assert told(policy(), "2026-11-22T12:00", chairs=[away, taken]) == "slot_taken"
    assert told(policy(), "2026-11-22T12:30", chairs=[away, taken]) == "off_grid"
    assert told(policy(), "2026-11-22T12:00", chairs=[away]) == "closed_day"


def test_without_anybody_to_serve_the_day_is_closed():
    assert why_not(policy(), [], need(), start=local("2026-11-22T12:00"), now=SATURDAY) == Obstacle(
        "closed_day", "weekday"
    )


# --- the order of reasons ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-11-21T07:15", "past"),  # off the grid as well
        ("2026-11-21T08:30", "too_soon"),
        ("2026-12-25T03:15", "beyond_window"),
        ("2026-11-24T03:15", "closed_day"),
        ("2026-11-22T03:15", "outside_hours"),
        ("2026-11-22T19:15", "outside_hours"),  # would end after the closing
        ("2026-11-22T12:15", "off_grid"),  # also taken
        ("2026-11-22T12:00", "slot_taken"),
    ],
)
def test_of_several_reasons_the_first_is_told(start: str, expected: str):
    rules = policy(min_notice_min=60, closures={date(2026, 11, 24): ()})
    chairs = [Chair(busy=busy(("2026-11-22T12:00", "2026-11-22T14:00")))]
    assert told(rules, start, chairs=chairs) == expected


# --- clock changes -------------------------------------------------------------------------------------
SPRING, AUTUMN = date(2026, 3, 27), date(2026, 10, 25)  # Israel: 02:00 -> 03:00, and 02:00 -> 01:00


@pytest.mark.parametrize(("day", "quarters"), [(SPRING, 92), (AUTUMN, 100)])
def test_a_day_around_the_clock_has_as_many_slots_as_it_has_time(day: date, quarters: int):
    rules = policy(allow_24_7=True, slot_size_min=15)
    now = datetime.combine(day, time(0), ISRAEL) - timedelta(days=2)
    offered = starts(rules, day, now=now)
    assert len(offered) == quarters
    assert ("02:15" in offered) is (day == AUTUMN)


def test_an_hour_that_happens_twice_is_two_slots():
    rules = policy(allow_24_7=True)
    found = find_slots(rules, [Chair()], need(), first=AUTUMN, last=AUTUMN, now=local("2026-10-24T08:00"))
    assert [rules.local(slot.start).isoformat() for slot in found[1:3]] == [
        "2026-10-25T01:00:00+03:00",
        "2026-10-25T01:00:00+02:00",
    ]


def test_a_night_shift_is_shorter_in_spring_and_longer_in_autumn():
    rules = policy(hours=every_day(window("23:00", "04:00")))
    assert _night(rules, date(2026, 3, 26)) == 4 * HOUR
    assert _night(rules, date(2026, 10, 24)) == 6 * HOUR


def _night(rules: BusinessPolicy, day: date) -> timedelta:
    [(_, opening)] = openings(rules, day, day)
    return opening.span.end - opening.span.start


def test_an_opening_inside_the_skipped_hour_is_when_the_clock_jumps():
    rules = policy(slot_size_min=30, hours=every_day(window("02:30", "04:00")))
    assert starts(rules, SPRING, now=local("2026-03-26T08:00")) == ["03:00", "03:30"]


def test_a_window_that_the_clock_skips_does_not_open():
    rules = policy(slot_size_min=15, hours=every_day(window("02:15", "02:45")))
    assert starts(rules, SPRING, now=local("2026-03-26T08:00")) == []
    assert told(rules, "2026-03-27T04:00", now=local("2026-03-26T08:00")) == "closed_day"


def test_where_midnight_itself_is_skipped_the_day_begins_at_the_jump():
    cairo = ZoneInfo("Africa/Cairo")  # 24 April 2026: 00:00 -> 01:00
    rules = policy(timezone=cairo, allow_24_7=True)
    offered = starts(rules, date(2026, 4, 24), now=local("2026-04-23T08:00", cairo))
    assert offered == [f"{hour:02}:00" for hour in range(1, 24)]


def test_a_date_that_a_zone_left_out_has_no_slots():
    apia = ZoneInfo("Pacific/Apia")  # went from 29 to 31 December 2011 at midnight
    rules = policy(timezone=apia, allow_24_7=True)
    now = local("2011-12-29T08:00", apia)
    assert starts(rules, date(2011, 12, 30), now=now) == []
    assert len(starts(rules, date(2011, 12, 31), now=now)) == 24


def test_a_skipped_time_is_no_instant_and_a_repeated_one_is_the_first_unless_fold_says_otherwise():
    assert instant_of(datetime(2026, 3, 27, 2, 30), ISRAEL) is None  # noqa: DTZ001 -- wall time
    first = instant_of(datetime(2026, 10, 25, 1, 30), ISRAEL)  # noqa: DTZ001 -- wall time
    second = instant_of(datetime(2026, 10, 25, 1, 30, fold=1), ISRAEL)  # noqa: DTZ001 -- wall time
    assert first is not None
    assert second is not None
    assert second - first == HOUR
    assert first_instant_from(datetime(2026, 3, 27, 2, 30), ISRAEL) == datetime(2026, 3, 27, tzinfo=UTC)  # noqa: DTZ001 -- wall time


# --- properties ----------------------------------------------------------------------------------------
ZONES = [
    ZoneInfo(name) for name in ("Asia/Jerusalem", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "UTC")
]
quarter = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
windows = st.builds(Window, quarter, quarter)
weeks = st.dictionaries(st.integers(0, 6), st.lists(windows, max_size=2).map(tuple), max_size=7)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31))  # noqa: DTZ001 -- wall time


@st.composite
def situations(draw: st.DrawFn) -> tuple[BusinessPolicy, list[Chair], Need, datetime, date]:
    zone = draw(st.sampled_from(ZONES))
    now = draw(moments).replace(tzinfo=zone).astimezone(UTC)
    day = now.astimezone(zone).date() + timedelta(days=draw(st.integers(-1, 6)))
    rules = BusinessPolicy(
        timezone=zone,
        slot_size_min=draw(st.sampled_from([5, 15, 20, 45, 60, 480])),
        allow_24_7=draw(st.booleans()),
        hours=draw(weeks),
        closures=draw(
            st.dictionaries(
                st.integers(-1, 3).map(lambda n: day + timedelta(days=n)), st.lists(windows, max_size=1).map(tuple)
            )
        ),
        booking_window_days=draw(st.integers(1, 5)),
        min_notice_min=draw(st.sampled_from([0, 30, 1500])),
    )
    moment = st.integers(-72, 240).map(lambda n: datetime.combine(day, time(0), UTC) + n * timedelta(minutes=15))
    span = st.tuples(moment, st.integers(1, 20)).map(lambda p: Interval(p[0], p[0] + p[1] * timedelta(minutes=15)))
    chair = st.builds(Chair, st.integers(1, 3), st.none() | weeks, st.lists(span, max_size=4))
    length = draw(st.builds(need, st.sampled_from([5, 30, 60, 95]), st.sampled_from([0, 10]), st.sampled_from([0, 10])))
    return rules, draw(st.lists(chair, min_size=1, max_size=2)), length, now, day


@settings(max_examples=150, deadline=None)
@given(situations())
def test_slots_never_overlap_busy_time_nor_leave_the_hours(
    case: tuple[BusinessPolicy, list[Chair], Need, datetime, date],
):
    rules, chairs, length, now, day = case
    for slot in find_slots(rules, chairs, length, first=day, last=day, now=now):
        assert rules.local(slot.start).date() == day
        assert now + timedelta(minutes=rules.min_notice_min) <= slot.start
        assert any(
            not any(_overlap(length.blocked(slot.start), span) for span in chair.busy)
            and any(
                opening.span.holds(slot.start) and slot.end <= opening.until
                for _, opening in openings(rules, day - timedelta(days=1), day, chair.hours)
            )
            for chair in chairs
        )


def _overlap(one: Interval, other: Interval) -> bool:
    return one.start < other.end and other.start < one.end


@settings(max_examples=150, deadline=None)
@given(situations(), st.integers(-8, 200))
def test_a_time_may_be_booked_if_and_only_if_it_is_listed(
    case: tuple[BusinessPolicy, list[Chair], Need, datetime, date], quarters: int
):
    rules, chairs, length, now, day = case
    start = first_instant_from(datetime.combine(day, time(0)), rules.timezone) + quarters * timedelta(minutes=15)
    that_day = rules.local(start).date()
    listed = find_slots(rules, chairs, length, first=that_day, last=that_day, now=now)
    obstacle = why_not(rules, chairs, length, start=start, now=now)
    assert (obstacle is None) is (start in [slot.start for slot in listed])
    assert (obstacle is None) is (free_chairs(rules, chairs, length, start=start, now=now) != [])
    assert obstacle is None or CODES.index(obstacle.code) >= CODES.index("past")


@settings(max_examples=60, deadline=None)
@given(situations(), st.integers(-400, 2000))
def test_looking_near_the_time_first_finds_the_same_alternatives_as_looking_everywhere(
    case: tuple[BusinessPolicy, list[Chair], Need, datetime, date], quarters: int
):
    rules, chairs, length, now, day = case
    start = datetime.combine(day, time(0), UTC) + quarters * timedelta(minutes=15)
    *_, (today, end, _) = days_around(rules, start, now)
    everywhere = nearest(find_slots(rules, chairs, length, first=today, last=end, now=now), start)
    for first, last, certain_within in days_around(rules, start, now):
        found = nearest(find_slots(rules, chairs, length, first=first, last=last, now=now), start)
        if len(found) == slots.MAX_SUGGESTIONS and abs(found[-1].start - start) <= certain_within:
            assert found == everywhere


def test_the_search_widens_up_to_the_whole_window_however_long_it_is():
    rules = policy(booking_window_days=730)
    *_, last = days_around(rules, SATURDAY + timedelta(days=400), SATURDAY)
    assert last == (SATURDAY.date(), SATURDAY.date() + timedelta(days=730), timedelta.max)


def test_an_opening_knows_how_long_an_appointment_may_last():
    [(_, opening)] = openings(policy(allow_24_7=True), SUNDAY, SUNDAY)
    assert opening == Opening(Interval(local("2026-11-22T00:00"), local("2026-11-23T00:00")), local("2026-11-25T00:00"))


def test_who_never_closes_may_book_a_whole_day_over_the_short_one_in_spring():
    rules = policy(allow_24_7=True)
    assert "23:00" in starts(rules, date(2026, 3, 26), length=need(24 * 60), now=local("2026-03-25T08:00"))
