"""When people may be written to who did not ask for it. Pure: local time in, local time out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

_DAY = timedelta(days=1)
_SATURDAY = 5
_EVE_ENDS = time(15)  # before the earliest sunset of the year there is an hour or more left
_FURTHEST = 12  # days: no run of holidays is longer


@dataclass(frozen=True)
class SendingHours:
    """`is_holy(day)`: rest is kept on it, as on Saturdays. With `rests` off only the clock counts."""

    opens: time
    closes: time
    rests: bool
    is_holy: Callable[[date], bool]

    def window(self, day: date) -> tuple[time, time] | None:
        """From when until when one may write on this day; None if not at all."""
        if not self.rests:
            return self.opens, self.closes
        if self._is_rest(day):
            return None
        closes = min(self.closes, _EVE_ENDS) if self._is_rest(day + _DAY) else self.closes
        return (self.opens, closes) if self.opens < closes else None

    def _is_rest(self, day: date) -> bool:
        return day.weekday() == _SATURDAY or self.is_holy(day)

    def first_from(self, moment: datetime) -> datetime:
        """The first moment from this one on at which one may write. Local time, naive."""
        for ahead in range(_FURTHEST):
            day = moment.date() + ahead * _DAY
            if (window := self.window(day)) is None:
                continue
            start = max(moment, datetime.combine(day, window[0]))
            if start <= datetime.combine(day, window[1]):
                return start
        return moment

    def last_until(self, moment: datetime) -> datetime:
        """The last moment up to this one at which one may write. Local time, naive."""
        for back in range(_FURTHEST):
            day = moment.date() - back * _DAY
            if (window := self.window(day)) is None:
                continue
            end = min(moment, datetime.combine(day, window[1]))
            if end >= datetime.combine(day, window[0]):
                return end
        return moment
