"""When people may be written to who did not ask for it."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.flows.hours import SendingHours

FRIDAY, SATURDAY, SUNDAY, MONDAY = (dt.date(2026, 11, day) for day in (27, 28, 29, 30))


def at(day: dt.date, clock: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock))


def hours(rests: bool = True, holy: tuple[dt.date, ...] = ()) -> SendingHours:
    return SendingHours(dt.time(8), dt.time(21), rests, lambda day: day in holy)


@pytest.mark.parametrize(
    ("wished", "first"),
    [
        (at(SUNDAY, "10:00"), at(SUNDAY, "10:00")),
        (at(SUNDAY, "03:00"), at(SUNDAY, "08:00")),
        (at(SUNDAY, "21:30"), at(MONDAY, "08:00")),
        (at(FRIDAY, "14:59"), at(FRIDAY, "14:59")),
        (at(FRIDAY, "16:00"), at(SUNDAY, "08:00")),
        (at(SATURDAY, "12:00"), at(SUNDAY, "08:00")),
    ],
)
def test_what_may_wait_waits_for_the_next_hour_that_suits(wished: dt.datetime, first: dt.datetime) -> None:
    assert hours().first_from(wished) == first


@pytest.mark.parametrize(
    ("wished", "last"),
    [
        (at(SUNDAY, "10:00"), at(SUNDAY, "10:00")),
        (at(SUNDAY, "07:00"), at(FRIDAY, "15:00")),
        (at(SATURDAY, "20:00"), at(FRIDAY, "15:00")),
        (at(MONDAY, "23:00"), at(MONDAY, "21:00")),
    ],
)
def test_what_must_come_before_comes_at_the_last_hour_that_suits(wished: dt.datetime, last: dt.datetime) -> None:
    assert hours().last_until(wished) == last


def test_a_holiday_and_its_eve_are_kept_like_shabbat() -> None:
    holy = hours(holy=(MONDAY,))
    assert holy.first_from(at(SUNDAY, "16:00")) == at(MONDAY + dt.timedelta(1), "08:00")
    assert holy.last_until(at(MONDAY, "12:00")) == at(SUNDAY, "15:00")


def test_who_writes_on_shabbat_too_keeps_only_the_clock() -> None:
    assert hours(rests=False).first_from(at(SATURDAY, "12:00")) == at(SATURDAY, "12:00")


@given(st.datetimes(at(dt.date(2026, 1, 1), "00:00"), at(dt.date(2027, 12, 31), "00:00")))
def test_every_moment_has_one_before_and_one_after_it_that_suit(moment: dt.datetime) -> None:
    suits = hours()
    before, after = suits.last_until(moment), suits.first_from(moment)
    assert before <= moment <= after
    assert suits.first_from(before) == before
    assert suits.first_from(after) == after
