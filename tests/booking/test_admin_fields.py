"""Dates and hours as people type them, on the business's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation

from booking.admin.fields import ClosingHourField, HourField, IntervalField, StartField


@pytest.fixture(autouse=True)
def in_new_york() -> Iterator[None]:
    """Its clock jumps on 14/03/2027 from 02:00 to 03:00, and shows 01:30 twice on 01/11/2026."""
    with timezone.override(ZoneInfo("America/New_York")), translation.override("he"):
        yield


def test_an_hour_that_the_clock_shows_twice_is_the_first() -> None:
    assert StartField().clean(["01/11/2026", "01:30"]) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(("hour", "following"), [("02:00", "03:00"), ("02:30", "03:00"), ("02:59", "03:00")])
def test_an_hour_that_the_clock_skips_is_refused_with_the_next(hour: str, following: str) -> None:
    with pytest.raises(ValidationError) as refused:
        StartField().clean(["14/03/2027", hour])

    message = f'השעה <bdi dir="ltr">{hour}</bdi> לא קיימת. השעה הבאה היא <bdi dir="ltr">{following}</bdi>.'
    assert message in refused.value.messages[0]


def test_the_hours_around_the_jump_exist() -> None:
    assert StartField().clean(["14/03/2027", "01:59"]) == datetime(2027, 3, 14, 6, 59, tzinfo=UTC)
    assert StartField().clean(["14/03/2027", "03:00"]) == datetime(2027, 3, 14, 7, 0, tzinfo=UTC)


def test_a_day_ends_at_midnight_but_never_begins_at_24() -> None:
    assert ClosingHourField().clean("24:00") == time(0)
    with pytest.raises(ValidationError):
        HourField().clean("24:00")


@pytest.mark.parametrize("value", ["5", "15", "480"])
def test_an_interval_is_a_multiple_of_five(value: str) -> None:
    assert IntervalField().clean(value) == int(value)


@pytest.mark.parametrize("value", ["<b>1</b>", "31/02/2027", "2027"])
def test_what_is_no_date_is_repeated_harmlessly(value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        StartField().clean([value, "10:00"])

    assert "<b>" not in refused.value.messages[0]
    assert "אין תאריך כזה" in refused.value.messages[0]
