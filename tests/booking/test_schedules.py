"""Booking under fire: random schedules of several processes, some of which are killed between check and write.

Each schedule is one hot day of one business. Up to four processes, each with a connection of its own, hold, create,
move and cancel at once; some kill themselves right before or after a chosen SQL statement, or between the commit and
the acknowledgement, others are killed from outside. Who takes their place sends again what was left unanswered. Then
the oracle compares what was acknowledged with what is in the database.

The ordinary suite runs two hundred schedules. The whole proof:

    AL_SCHEDULES=10000 pytest tests/booking/test_schedules.py -o log_cli=true --log-level=INFO

AL_SCHEDULES_SEED chooses other schedules; a failure names its seed and number.

That the proof can fail was tried by hand. Without `appointment_no_overlap` (ALTER TABLE booking_appointment DROP
CONSTRAINT in the test's database) all is well, and without `booking.holds.lock_calendar` only a daily limit is passed:
each of the two keeps bookings apart. Without both, the very first schedule ends with two people in one chair.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle, islice

import pytest
from django.db import connection

from tests.booking.schedules import ledger, places
from tests.booking.schedules.asks import Told
from tests.booking.schedules.oracle import Oracle
from tests.booking.schedules.pool import Pool, pool_of
from tests.booking.schedules.script import PROCESSES, Script

logger = logging.getLogger(__name__)

SCHEDULES = int(os.environ.get("AL_SCHEDULES", "200"))
SEED = int(os.environ.get("AL_SCHEDULES_SEED", "2026"))
DAYS = 28  # hot days of a season; each starts with an empty calendar

_NEW_SEASON = """
TRUNCATE booking_appointment, booking_appointmentchange, booking_keptanswer, crm_activity, crm_outboxevent CASCADE
"""


@dataclass
class Season:
    """Runs schedules one after the other and counts what was said in them."""

    pool: Pool
    said: Counter[str] = field(default_factory=Counter)
    foreign: dict[int, int] = field(default_factory=dict)  # business -> an appointment of its

    def play(self, number: int, place: places.Place, offset: int) -> None:
        day = (places.NOW + timedelta(days=1 + offset)).date()
        strangers = [row for business, row in self.foreign.items() if business != place.business.pk]
        script = Script(number, SEED, place, day, strangers[0] if strangers else 0)
        opening = self.pool.run(script.opening(), {})
        contest = self.pool.run(*script.contest(opening))
        encore = self.pool.run(script.encore([*opening, *contest]), {})
        self.pool.settle()
        oracle = Oracle(place, day, opening, contest, encore, script.is_race)
        try:
            oracle.judge()
        except AssertionError as error:
            error.add_note(f"AL_SCHEDULES_SEED={SEED}, schedule {number} at {place.business.slug}")
            raise
        self._count(oracle.told)
        if oracle.rows:
            self.foreign[place.business.pk] = min(oracle.rows)

    def _count(self, told: list[Told]) -> None:
        for one in told:
            answer = one.answer
            self.said[f"asked to {one.ask.what.value}"] += 1
            if answer is None:
                self.said["died " + (one.ask.death.moment.value if one.ask.death else "by another's hand")] += 1
            else:
                self.said["acknowledged" if answer["ok"] else answer["error"]] += 1


def _stages() -> Iterator[tuple[places.Place, int]]:
    """Where and on which day each schedule plays; a new season empties the calendars."""
    all_places = [places.one_chair(), places.three_chairs(), places.never_closed(), places.few_a_day()]
    for offset in cycle(range(DAYS)):
        if offset == 0:
            assert ledger.overlaps() == []
            with connection.cursor() as cursor:
                cursor.execute(_NEW_SEASON)
        for place in all_places:
            yield place, offset


@pytest.mark.django_db(transaction=True)
def test_no_schedule_books_twice_or_loses_a_booking_and_every_loser_hears_of_true_alternatives():
    with pool_of(PROCESSES) as pool:
        season = Season(pool)
        for number, (place, offset) in enumerate(islice(_stages(), SCHEDULES)):
            season.play(number, place, offset)
            if not (number + 1) % 1000:
                logger.info("%s schedules, all of them right", number + 1)
    assert ledger.overlaps() == []
    logger.info("%s schedules, %s processes killed: %s", SCHEDULES, pool.kills, dict(sorted(season.said.items())))
    assert pool.kills > SCHEDULES / 10
    assert season.said["slot_taken"] > SCHEDULES
