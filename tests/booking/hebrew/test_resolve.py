"""The one resolver: parts in, local wall time out."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.hebrew import Context, Parts, resolve

ZONE = ZoneInfo("Asia/Jerusalem")
TUESDAY = datetime(2026, 4, 14, 12, 20, tzinfo=ZONE)


def test_weekday_is_the_coming_one():
    assert resolve(Parts(weekday=4), TUESDAY).date == date(2026, 4, 16)


def test_weekday_named_on_that_weekday_is_next_week_and_today_is_asked_about():
    found = resolve(Parts(weekday=2), TUESDAY)
    assert (found.date, found.ambiguous) == (date(2026, 4, 21), True)
    assert found.alternatives == ((date(2026, 4, 14), None),)


def test_weekday_named_on_that_weekday_at_an_hour_gone_by_is_next_week_for_sure():
    found = resolve(Parts(weekday=2, hour=10), TUESDAY)
    assert (found.date, found.time, found.ambiguous) == (date(2026, 4, 21), time(10), False)


def test_next_weekday_is_of_the_next_week_with_the_coming_one_beside_it():
    found = resolve(Parts(weekday=4, week="next"), TUESDAY)
    assert (found.date, found.ambiguous) == (date(2026, 4, 23), True)
    assert found.alternatives == ((date(2026, 4, 16), None),)


def test_weekday_of_next_week_leaves_no_doubt():
    found = resolve(Parts(weekday=4, week="next", week_is_certain=True), TUESDAY)
    assert (found.date, found.ambiguous) == (date(2026, 4, 23), False)


def test_hours_ahead_are_elapsed_time_over_the_spring_change():
    before = datetime(2026, 3, 27, 1, 30, tzinfo=ZONE)
    found = resolve(Parts(relative_minutes=60), before)
    assert (found.date, found.time) == (date(2026, 3, 27), time(3, 30))


def test_hours_ahead_are_elapsed_time_over_the_autumn_change():
    before = datetime(2026, 10, 25, 0, 30, tzinfo=ZONE)
    found = resolve(Parts(relative_minutes=120), before)
    assert (found.date, found.time) == (date(2026, 10, 25), time(1, 30))


@pytest.mark.parametrize(
    ("now", "parts"),
    [
        (datetime(2026, 3, 20, 12, tzinfo=ZONE), Parts(day=27, month=3, hour=2, minute=30, clock_24=True)),
        (datetime(2027, 3, 20, 12, tzinfo=ZONE), Parts(day=26, month=3, hour=2, minute=30, clock_24=True)),
        (datetime(2026, 10, 20, 12, tzinfo=ZONE), Parts(day=25, month=10, hour=1, minute=30, clock_24=True)),
        (datetime(2027, 10, 20, 12, tzinfo=ZONE), Parts(day=31, month=10, hour=1, minute=30, clock_24=True)),
    ],
)
def test_wall_time_that_the_clock_skips_or_repeats_is_asked_about(now, parts):
    assert resolve(parts, now, Context(open_24_7=True)).ambiguous


def test_tomorrow_after_midnight_may_be_the_day_that_has_begun():
    found = resolve(Parts(relative_days=1, hour=10), datetime(2026, 4, 15, 1, 30, tzinfo=ZONE))
    assert found.ambiguous
    assert {day for day, _ in ((found.date, None), *found.alternatives)} == {date(2026, 4, 15), date(2026, 4, 16)}


@pytest.mark.parametrize(
    "parts",
    [
        Parts(day=31, month=6),
        Parts(day=30, month=2),
        Parts(day=1, month=4, year=2026),
        Parts(day=21, month=5, weekday=1),
        Parts(relative_days=-1),
        Parts(relative_days=0, hour=9, day_part="morning"),
        Parts(relative_days=1, hour=8, day_part="noon"),
        Parts(relative_days=1, hour=26),
    ],
)
def test_what_cannot_be_or_disagrees_is_asked_about(parts):
    assert resolve(parts, TUESDAY).ambiguous


def test_a_year_unsaid_is_the_next_ahead():
    assert resolve(Parts(day=12, month=3), TUESDAY).date == date(2027, 3, 12)


@pytest.mark.parametrize(
    ("hour", "part", "expected"),
    [
        (9, "morning", (date(2026, 4, 15), time(9))),
        (1, "noon", (date(2026, 4, 15), time(13))),
        (4, "afternoon", (date(2026, 4, 15), time(16))),
        (7, "evening", (date(2026, 4, 15), time(19))),
        (11, "night", (date(2026, 4, 15), time(23))),
        (12, "night", (date(2026, 4, 16), time(0))),
        (2, "night", (date(2026, 4, 16), time(2))),
        (5, "dawn", (date(2026, 4, 15), time(5))),
    ],
)
def test_part_of_day_places_the_hour(hour, part, expected):
    found = resolve(Parts(relative_days=1, hour=hour, day_part=part), TUESDAY)
    assert (found.date, found.time) == expected


@pytest.mark.parametrize(("hour", "expected"), [(1, 13), (6, 18), (9, 9), (11, 11), (12, 12), (15, 15)])
def test_bare_hour_follows_convention(hour, expected):
    found = resolve(Parts(relative_days=1, hour=hour), TUESDAY)
    assert (found.time, found.ambiguous) == (time(expected), False)


@pytest.mark.parametrize("hour", [7, 8])
def test_seven_and_eight_are_asked_about_unless_one_is_over(hour):
    assert resolve(Parts(relative_days=1, hour=hour), TUESDAY).ambiguous
    today = resolve(Parts(relative_days=0, hour=hour), TUESDAY)
    assert (today.time, today.ambiguous) == (time(hour + 12), False)


@pytest.mark.parametrize("hour", range(1, 9))
def test_round_the_clock_every_small_hour_is_asked_about(hour):
    assert resolve(Parts(relative_days=1, hour=hour), TUESDAY, Context(open_24_7=True)).ambiguous


@given(
    weekday=st.none() | st.integers(0, 6),
    day=st.none() | st.integers(1, 31),
    month=st.none() | st.integers(1, 12),
    ahead=st.none() | st.integers(0, 60),
    hour=st.none() | st.integers(0, 24),
    minute=st.none() | st.integers(0, 59),
    part=st.none() | st.sampled_from(["morning", "noon", "afternoon", "evening", "night", "dawn"]),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(ZONE)),  # noqa: DTZ001  # made aware here
)
def test_no_sure_answer_lies_in_the_past(weekday, day, month, ahead, hour, minute, part, now):
    parts = Parts(weekday, None, day, month, None, ahead, None, hour, minute, part)
    found = resolve(parts, now)
    if found.date is None or found.ambiguous:
        return
    assert found.date >= now.date()
    if found.time is not None:
        assert (found.date, found.time) >= (now.date(), now.time().replace(second=0, microsecond=0))
