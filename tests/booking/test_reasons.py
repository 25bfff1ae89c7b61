"""The reason against a time, as a page says it: in Hebrew what the booking core says, in English the same."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from booking import wording
from booking.policy import BusinessPolicy, Window
from booking.reasons import reason, resource_away
from booking.slots import Obstacle

ISRAEL = ZoneInfo("Asia/Jerusalem")
NOW = datetime(2026, 11, 24, 8, tzinfo=ISRAEL)
START = datetime(2026, 11, 25, 18, 15, tzinfo=ISRAEL)
OPEN = (Window(time(10), time(20)),)


@pytest.mark.parametrize(
    ("found", "english"),
    [
        (Obstacle("past", "past"), "This time is over."),
        (Obstacle("slot_taken", "taken"), "The time is taken."),
        (Obstacle("too_soon", "min_notice"), "Less than the notice required (2 hours)."),
        (Obstacle("beyond_window", "booking_window"), "Too far ahead: appointments can be made until 24/12/2026."),
        (Obstacle("off_grid", "grid"), "Not at an hour when appointments begin (every 60 minutes)."),
        (Obstacle("closed_day", "closure"), "Closed on Wednesday 25/11/2026 (מלאי)."),
        (Obstacle("closed_day", "time_off"), "Nobody is there on Wednesday 25/11/2026."),
        (Obstacle("outside_hours", "hours", windows=OPEN), "Outside the opening hours (10:00–20:00)."),
        (Obstacle("outside_hours", "too_long", windows=OPEN), "It would end after closing (10:00–20:00)."),
    ],
)
def test_each_reason_in_both_languages(found: Obstacle, english: str) -> None:
    policy = BusinessPolicy(ISRAEL, min_notice_min=120, day_names={date(2026, 11, 25): "מלאי"})

    with translation.override("en"):
        assert reason(found, policy=policy, start=START, now=NOW) == english
    with translation.override("he"):
        told = reason(found, policy=policy, start=START, now=NOW)
    assert told == wording.obstacle(found, policy=policy, start=START, now=NOW)


def test_outside_any_language_it_is_hebrew() -> None:
    with translation.override(None):
        assert resource_away() == wording.RESOURCE_AWAY
