"""Which opening windows of a form collide. The database refuses them too, but cannot say which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import combinations

DAY_MIN = 24 * 60
WEEK_MIN = 7 * DAY_MIN


@dataclass(frozen=True)
class Window:
    """An opening window of a form's row, on a weekday (0 is Sunday) or a date."""

    day: int
    opens: time
    closes: time

    @property
    def start_min(self) -> int:
        return self.day * DAY_MIN + self.opens.hour * 60 + self.opens.minute

    @property
    def end_min(self) -> int:
        """Closing at or before the opening means the next day."""
        length = (self.closes.hour - self.opens.hour) * 60 + self.closes.minute - self.opens.minute
        return self.start_min + (length if length > 0 else length + DAY_MIN)

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"


def on_date(day: date, opens: time, closes: time) -> Window:
    return Window(day.toordinal(), opens, closes)


def colliding(windows: Sequence[Window], *, weekly: bool) -> Iterator[tuple[int, int]]:
    """Positions of windows that overlap. A week comes round: Saturday's may run into Sunday's."""
    shifts = (-WEEK_MIN, 0, WEEK_MIN) if weekly else (0,)
    for first, second in combinations(range(len(windows)), 2):
        one, other = windows[first], windows[second]
        if any(one.start_min + by < other.end_min and other.start_min < one.end_min + by for by in shifts):
            yield first, second
