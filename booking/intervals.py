"""Half-open spans of time and their arithmetic. Knows nothing of bookings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple


class Interval(NamedTuple):
    """`[start, end)`: two aware instants in UTC, so that subtracting them sees every clock change.

    A tuple, since a month of slots makes a thousand of them. Whoever makes one sees to it that it ends after it starts.
    """

    start: datetime
    end: datetime

    def holds(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


def merge(spans: Iterable[Interval]) -> list[Interval]:
    """The same time as disjoint intervals in order; those that touch become one."""
    merged: list[Interval] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def subtract(spans: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """What is left of the spans without the taken ones, disjoint and in order."""
    left = merge(spans)
    for gone in merge(taken):
        left = [
            part
            for span in left
            for part in (Interval(span.start, min(span.end, gone.start)), Interval(max(span.start, gone.end), span.end))
            if part.start < part.end
        ]
    return left
