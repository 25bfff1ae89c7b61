"""Half-open spans: every instant belongs to at most one of two neighbours."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from booking.intervals import Interval, merge

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


def test_neighbours_merge_into_one():
    assert merge([span(10, 11), span(9, 10)]) == [span(9, 11)]


@given(spans)
def test_merging_agrees_with_counting_hours(some: list[Interval]):
    merged = merge(some)
    assert hours_of(merged) == hours_of(some)
    assert all(left.end < right.start for left, right in zip(merged, merged[1:], strict=False))
