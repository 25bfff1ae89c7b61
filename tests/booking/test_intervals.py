"""Half-open spans: every instant belongs to at most one of two neighbours."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.intervals import Interval, intersect, merge, subtract

MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)


def at(hour: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


def span(start: float, end: float) -> Interval:
    return Interval(at(start), at(end))


hours = st.tuples(st.integers(0, 40), st.integers(1, 8)).map(lambda pair: span(pair[0], pair[0] + pair[1]))
spans = st.lists(hours, max_size=6)


def hours_of(intervals: list[Interval]) -> set[datetime]:
    return {at(hour) for hour in range(60) if any(one.holds(at(hour)) for one in intervals)}


def test_an_interval_holds_its_start_and_not_its_end():
    morning = span(9, 12)
    assert morning.holds(at(9))
    assert not morning.holds(at(12))


@pytest.mark.parametrize("end", [9, 8])
def test_an_interval_without_length_cannot_be_made(end: int):
    with pytest.raises(ValueError, match="ends after it starts"):
        span(9, end)


def test_neighbours_do_not_overlap_and_merge_into_one():
    assert not span(9, 10).overlaps(span(10, 11))
    assert merge([span(10, 11), span(9, 10)]) == [span(9, 11)]


def test_the_common_time_of_two_shifts():
    assert intersect([span(9, 13), span(15, 20)], [span(12, 16)]) == [span(12, 13), span(15, 16)]


def test_a_lunch_break_leaves_morning_and_afternoon():
    assert subtract([span(9, 18)], [span(12, 13)]) == [span(9, 12), span(13, 18)]


def test_a_grid_begins_with_its_interval():
    assert list(span(9, 10).every(timedelta(minutes=25))) == [
        at(9),
        at(9) + timedelta(minutes=25),
        at(9) + timedelta(minutes=50),
    ]


@given(spans, spans)
def test_arithmetic_agrees_with_counting_hours(one: list[Interval], other: list[Interval]):
    assert hours_of(merge(one)) == hours_of(one)
    assert hours_of(intersect(one, other)) == hours_of(one) & hours_of(other)
    assert hours_of(subtract(one, other)) == hours_of(one) - hours_of(other)
    for answer in (merge(one), intersect(one, other), subtract(one, other)):
        assert all(left.end < right.start for left, right in zip(answer, answer[1:], strict=False))
