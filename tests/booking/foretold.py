"""Dana's salon in plain Python: what it will answer, foretold from its rules as an owner would tell them.

Open Sunday to Thursday 10:00–14:00, whole hours. A time can be booked from an hour before until three days ahead;
customers cancel and move up to two hours before the start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from tests.booking.conftest import ISRAEL

SUNDAY = datetime(2026, 11, 22, 8, tzinfo=ISRAEL)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OPENS, CLOSES = time(10), time(14)
NOTICE, CUT_OFF, WINDOW, HOLDS_LAST = HOUR, 2 * HOUR, 3, timedelta(seconds=90)

# How an appointment ends, and from where. Asked for what is so already, nothing happens and the answer is the same.
ENDS = {
    "cancelled": {"confirmed"},
    "completed": {"confirmed", "no_show"},
    "no_show": {"confirmed", "completed"},
}


@dataclass
class Known:
    """An appointment or a hold."""

    id: int
    start: datetime
    chair: str
    status: str = "confirmed"
    held_until: datetime | None = None
    call_sid: str = ""
    is_attendance_confirmed: bool = False
    story: list[tuple[Any, ...]] = field(default_factory=list)  # kind, medium, by, at, from, to, overridden code

    def is_live(self) -> bool:
        return self.status in ("held", "confirmed", "completed")


@dataclass
class Salon:
    """Holds leave `rows` at the very moment they expire."""

    chairs: Sequence[str]
    now: datetime = SUNDAY
    rows: dict[int, Known] = field(default_factory=dict)

    def at(self, start: tuple[int, time]) -> datetime:
        days, wall = start
        return datetime.combine(self.now.date() + days * DAY, wall, ISRAEL)

    def time_passes(self, length: timedelta) -> None:
        self.now += max(length, timedelta(0))
        for row in list(self.rows.values()):
            if row.held_until and row.held_until <= self.now:
                del self.rows[row.id]

    def held_by(self, call_sid: str) -> Known | None:
        return next((row for row in self.rows.values() if row.held_until and row.call_sid == call_sid), None)

    def booked_by(self, call_sid: str) -> Known | None:
        """The appointment this call made, while it stands."""
        made = (row for row in self.rows.values() if row.call_sid == call_sid and row.status == "confirmed")
        return next(made, None)

    def empty_chairs(self, start: datetime, *, but: int = 0, call_sid: str = "") -> list[str]:
        """`but`: the appointment that is to move; `call_sid`: the call whose own hold does not matter."""
        taken = {
            row.chair
            for row in self.rows.values()
            if row.is_live()
            and row.id != but
            and not (row.held_until and row.call_sid == call_sid)
            and abs(row.start - start) < HOUR
        }
        return [chair for chair in self.chairs if chair not in taken]

    def refusal(self, start: datetime, *, but: int = 0, call_sid: str = "") -> str | None:
        """The first code of contract section 4 that applies."""
        if start < self.now:
            return "past"
        if start < self.now + NOTICE:
            return "too_soon"
        if start.date() > self.now.date() + WINDOW * DAY:
            return "beyond_window"
        if start.isoweekday() in (5, 6):
            return "closed_day"
        if start.time() < OPENS or start > datetime.combine(start.date(), CLOSES, ISRAEL) - HOUR:
            return "outside_hours"
        if start.minute:
            return "off_grid"
        return None if self.empty_chairs(start, but=but, call_sid=call_sid) else "slot_taken"

    def refusal_to_change(self, row: Known, medium: str) -> str | None:
        """What is against moving or cancelling, before any time is looked at."""
        if row.status != "confirmed":
            return "not_allowed"
        return "too_late" if medium != "staff" and row.start < self.now + CUT_OFF else None

    def refusal_to_end(self, row: Known, status: str, medium: str) -> str | None:
        if row.status not in ENDS[status]:
            return "not_allowed"
        if status == "cancelled":
            return self.refusal_to_change(row, medium)
        given_away = status == "completed" and row.chair not in self.empty_chairs(row.start, but=row.id)
        return "not_allowed" if self.now < row.start or given_away else None

    def free_times(self) -> Iterator[datetime]:
        """From today to the end of the booking window."""
        for days in range(WINDOW + 1):
            for hour in range(OPENS.hour, CLOSES.hour):
                start = self.at((days, time(hour)))
                if self.refusal(start) is None:
                    yield start
