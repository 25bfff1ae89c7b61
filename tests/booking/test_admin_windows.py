"""Which windows of a form collide, before any of them is stored."""

from __future__ import annotations

from datetime import date, time

import pytest

from booking.admin.windows import Window, colliding, on_date


def window(day: int, opens: int, closes: int) -> Window:
    return Window(day, time(opens), time(closes))


@pytest.mark.parametrize(
    ("windows", "pairs"),
    [
        ([window(2, 10, 14), window(2, 13, 20)], [(0, 1)]),
        ([window(2, 10, 14), window(2, 14, 20)], []),
        ([window(2, 10, 14), window(3, 10, 14)], []),
        ([window(2, 20, 2), window(3, 1, 5)], [(0, 1)]),
        ([window(6, 20, 2), window(0, 1, 5)], [(0, 1)]),
        ([window(0, 1, 5), window(6, 20, 2)], [(0, 1)]),
        ([window(0, 10, 20), window(1, 10, 20), window(0, 12, 13)], [(0, 2)]),
    ],
)
def test_overlaps_of_a_week_that_comes_round(windows: list[Window], pairs: list[tuple[int, int]]) -> None:
    assert list(colliding(windows, weekly=True)) == pairs


def test_dates_do_not_come_round() -> None:
    saturday = on_date(date(2026, 12, 5), time(20), time(2))
    sunday_before = on_date(date(2026, 11, 29), time(1), time(5))

    assert list(colliding([saturday, sunday_before], weekly=False)) == []


def test_closing_at_midnight_is_the_end_of_the_day() -> None:
    assert window(0, 20, 0).end_min == 24 * 60
