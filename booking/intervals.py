"""Half-open spans of time and their arithmetic. Knows nothing of bookings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """`[start, end)`: two aware instants in UTC, so that subtracting them sees every clock change."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError("an interval ends after it starts")

    def overlaps(self, other: Interval) -> bool:
        return self.start < other.end and other.start < self.end

    def holds(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    def every(self, step: timedelta) -> Iterator[datetime]:
        """The instants of the grid that starts with this interval, as long as they lie in it."""
        instant = self.start
        while instant < self.end:
            yield instant
            instant += step


def merge(spans: Iterable[Interval]) -> list[Interval]:
    """The same time as disjoint intervals in order; those that touch become one."""
    merged: list[Interval] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def intersect(one: Iterable[Interval], other: Iterable[Interval]) -> list[Interval]:
    """The time that lies in both."""
    left, right = merge(one), merge(other)
    common: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i].start, right[j].start), min(left[i].end, right[j].end)
        if start < end:
            common.append(Interval(start, end))
        if left[i].end <= right[j].end:
            i += 1
        else:
            j += 1
    return common


def subtract(spans: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """What is left of `spans` without `taken`."""
    left: list[Interval] = []
    holes = merge(taken)
    for span in merge(spans):
        start = span.start
        for hole in holes:
            if hole.end <= start:
                continue
            if hole.start >= span.end:
                break
            if start < hole.start:
                left.append(Interval(start, hole.start))
            start = max(start, hole.end)
        if start < span.end:
            left.append(Interval(start, span.end))
    return left
