"""Opening windows of a file: read, and refused where they are reversed, without length or overlap."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time
from itertools import pairwise

from agentlocator.business_files.nodes import Node
from agentlocator.business_files.parts import Week
from booking.policy import DAY_KEYS, Window

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_MIDNIGHT_AT_THE_END = "24:00"
_DAY_MIN = 24 * 60


def read_week(node: Node) -> Week:
    """`{sun: [["10:00", "20:00"]], …}`; a day that is missing or has no windows is closed."""
    keys = node.keys(optional=DAY_KEYS)
    week = {day: read_windows(keys[name]) for day, name in enumerate(DAY_KEYS) if name in keys}
    refuse_overlaps(((day, windows, keys[DAY_KEYS[day]]) for day, windows in week.items()), days_of_a_round=7)
    return {day: windows for day, windows in week.items() if windows}


def read_windows(node: Node) -> tuple[Window, ...]:
    """The windows that open on one day, earliest first."""
    return tuple(sorted(window for item in node.items() if (window := _window(item)) is not None))


def refuse_overlaps(days: Iterable[tuple[int, tuple[Window, ...], Node]], days_of_a_round: int | None = None) -> None:
    """Refuse windows that run into the next one, also after midnight, under the node of the later one.

    Days are numbered. After `days_of_a_round` the first one comes again, as Sunday after Saturday.
    """
    spans = sorted(
        (
            (day * _DAY_MIN + _minute(window.opens), _length_min(window), node)
            for day, windows, node in days
            for window in windows
        ),
        key=lambda span: span[:2],
    )
    if days_of_a_round is not None and len(spans) > 1:
        start, length, node = spans[0]
        spans.append((start + days_of_a_round * _DAY_MIN, length, node))
    for (start, length, _), (following, _, node) in pairwise(spans):
        if following < start + length:
            node.refuse("a window overlaps the one before it")


def _window(node: Node) -> Window | None:
    """One `["10:00", "20:00"]`; None where it was refused."""
    ends = node.items()
    if len(ends) != 2:
        if isinstance(node.value, list):
            node.refuse('must be two times: ["10:00", "20:00"]')
        return None
    opens, closes = _time(ends[0]), time(0) if ends[1].value == _MIDNIGHT_AT_THE_END else _time(ends[1])
    if opens is None or closes is None:
        return None
    window = Window(opens, closes)
    if opens == closes:
        node.refuse("opens and closes at the same time; a business that never closes has allow_24_7: true")
        return None
    if window.runs_backwards:
        node.refuse("closes before it opens; a window past midnight ends by 06:00 or lasts at most 12 hours")
        return None
    return window


def _time(node: Node) -> time | None:
    text = node.text()
    found = _TIME.fullmatch(text)
    if found is None:
        if text.strip():
            node.refuse('is not a time of day such as "09:30"')
        return None
    return time(int(found[1]), int(found[2]))


def _minute(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _length_min(window: Window) -> int:
    return (_minute(window.closes) - _minute(window.opens)) % _DAY_MIN
