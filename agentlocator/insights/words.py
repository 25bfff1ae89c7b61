"""The figures of the insights page in words: names of refusals and days, and what changed."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import pgettext_lazy

WEEKDAYS = (
    pgettext_lazy("weekday, short", "Sun"),
    pgettext_lazy("weekday, short", "Mon"),
    pgettext_lazy("weekday, short", "Tue"),
    pgettext_lazy("weekday, short", "Wed"),
    pgettext_lazy("weekday, short", "Thu"),
    pgettext_lazy("weekday, short", "Fri"),
    pgettext_lazy("weekday, short", "Sat"),
)
REFUSALS = {
    "off_grid": pgettext_lazy("refused times", "not at a time when appointments begin"),
    "slot_taken": pgettext_lazy("refused times", "taken"),
    "outside_hours": pgettext_lazy("refused times", "outside opening hours"),
    "closed_day": pgettext_lazy("refused times", "on a closed day"),
    "too_soon": pgettext_lazy("refused times", "too soon"),
    "past": pgettext_lazy("refused times", "in the past"),
    "beyond_window": pgettext_lazy("refused times", "too far ahead"),
}
HEAT_STEPS = 4


def heat_of(calls: int, most: int) -> int:
    """How strongly a cell is coloured, 0–4, on the scale of the busiest one."""
    return -(-calls * HEAT_STEPS // most) if most else 0


def busy_hours(hours: Mapping[tuple[int, int], int]) -> range:
    """The hours of the day that the table shows: from the earliest call to the latest, at least 8 to 20."""
    known = [hour for _weekday, hour in hours]
    return range(min([8, *known]), max([20, *known]) + 1)
