"""What is read from a sentence, before it becomes a date and an hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from booking.hebrew.feasts import Side

Day = date  # names that a field called `date` or `time` does not hide
Clock = time
DayPart = Literal["morning", "noon", "afternoon", "evening", "night", "dawn"]
Windows = Mapping[int, Sequence[tuple[time, time]]]


@dataclass(frozen=True, slots=True)
class Context:
    """What the listener knows beside the words. `windows`: opening hours by weekday, 0 = Sunday."""

    asked: str | None = None  # name, phone, time, date, confirm
    open_24_7: bool = False
    windows: Windows | None = None
    wants_name: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """A date and a time as said. Weekdays count from Sunday = 0."""

    weekday: int | None = None
    week: Literal["this", "next", "after_next"] | None = None
    day: int | None = None
    month: int | None = None
    year: int | None = None
    relative_days: int | None = None
    relative_minutes: int | None = None
    hour: int | None = None
    minute: int | None = None
    day_part: DayPart | None = None
    spans: tuple[str, ...] = ()  # the literal words the parts were read from
    week_is_certain: bool = False  # "בשבוע הבא" was said, not the "הבא" that people read in two ways
    relative_months: int | None = None
    clock_24: bool = False  # the hour was written as 08:00, or with am or pm already applied
    tonight: bool = False  # "הלילה": the small hours belong to the coming night beyond doubt
    hebrew_month: int | None = None  # Nisan = 1; then `day` and `year` are of the Hebrew calendar
    feast: str | None = None  # a name that `feasts.span_of` knows
    feast_side: Side | None = None  # before or after the feast, None: on it
    eve: bool = False  # the day before the feast


Reading = tuple[date | None, time | None]


def weekday_of(day: date) -> int:
    """0 = Sunday, as the owner counts."""
    return (day.weekday() + 1) % 7
