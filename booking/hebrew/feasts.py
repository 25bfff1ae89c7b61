"""Days of the Hebrew calendar as civil dates: י״ד באדר, ראש חודש כסלו, ערב פסח. Months count from Nisan = 1.

Feasts are those of Israel. A date that was asked for is the next one ahead; a feast that lasts counts until its end.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal

Side = Literal["before", "after"]

ADAR, SECOND_ADAR, FIRST_ADAR = 12, 13, 14  # in a leap year a bare Adar may be either, and FIRST_ADAR is the first
NEW_MOON = "new_moon_"
_DAY = timedelta(days=1)
_FRIDAY, _SATURDAY, _SUNDAY, _MONDAY = 4, 5, 6, 0  # as Python counts


@dataclass(frozen=True, slots=True)
class Span:
    """Both days included."""

    first: date
    last: date


# Month and day, and how many days it lasts. Month 0 is the Adar before Nisan, the second one of a leap year.
_FIXED: dict[str, tuple[int, int, int]] = {
    "rosh_hashana": (7, 1, 2), "kippur": (7, 10, 1), "sukkot": (7, 15, 7), "half_sukkot": (7, 16, 6),
    "hoshana": (7, 21, 1), "simchat_torah": (7, 22, 1), "after_sukkot": (7, 23, 1), "tishrei": (7, 1, 22),
    "hanukkah": (9, 25, 8), "shvat": (11, 15, 1), "purim": (0, 14, 1), "shushan": (0, 15, 1),
    "pesach": (1, 15, 7), "half_pesach": (1, 16, 5), "seventh": (1, 21, 1), "after_pesach": (1, 22, 1),
    "omer": (2, 18, 1), "jerusalem": (2, 28, 1), "shavuot": (3, 6, 1), "after_shavuot": (3, 7, 1), "love": (5, 15, 1),
}  # fmt: skip  # a table
# Month, day, and by how many days it moves when it falls on a weekday.
_MOVED: dict[str, tuple[int, int, dict[int, int]]] = {
    "gedaliah": (7, 3, {_SATURDAY: 1}),
    "tevet": (10, 10, {}),
    "esther": (0, 13, {_SATURDAY: -2}),
    "shoah": (1, 27, {_FRIDAY: -1, _SUNDAY: 1}),
    "memorial": (2, 4, {3: -1, _FRIDAY: -2, _SUNDAY: 1}),
    "independence": (2, 5, {_FRIDAY: -1, _SATURDAY: -2, _MONDAY: 1}),
    "tammuz": (4, 17, {_SATURDAY: 1}),
    "av": (5, 9, {_SATURDAY: 1}),
}
# Names for whichever of several comes first.
_ANY_OF = {
    "half": ("half_pesach", "half_sukkot"),
    "after_feast": ("after_pesach", "after_sukkot", "after_shavuot"),
    "feasts": ("tishrei", "pesach"),
    "feast": ("rosh_hashana", "kippur", "sukkot", "pesach", "shavuot"),
}


def span_of(feast: str, today: date) -> Span:
    """The next such feast that is not over. Raises KeyError for a feast that is none."""
    if feast in _ANY_OF:
        return min((span_of(each, today) for each in _ANY_OF[feast]), key=lambda span: span.first)
    year = _year_of(today)
    found = _span(feast, year)
    return found if found.last >= today else _span(feast, year + 1)


def next_days(day: int, month: int, year: int | None, today: date) -> list[date]:
    """The civil dates that a Hebrew date ahead can be, likeliest first; two where a leap year has two Adars."""
    years = (year,) if year is not None else (_year_of(today), _year_of(today) + 1)
    for each in years:
        months = [month]
        if month in (ADAR, SECOND_ADAR, FIRST_ADAR):
            leap = is_leap(each)
            months = [SECOND_ADAR, ADAR] if leap and month == ADAR else [SECOND_ADAR if leap and month == 13 else ADAR]
        found = [made for one in months if (made := _civil(each, one, day)) and (year is not None or made >= today)]
        if found:
            return found
    return []


def is_leap(year: int) -> bool:
    return (7 * year + 1) % 19 < 7


def _span(feast: str, year: int) -> Span:
    """The feast within the Hebrew year, which begins in autumn."""
    if feast.startswith(NEW_MOON):
        return _new_moon(int(feast.removeprefix(NEW_MOON)), year)
    if feast in _MOVED:
        month, day, moves = _MOVED[feast]
        civil = _start(year, month, day)
        civil += timedelta(days=moves.get(civil.weekday(), 0))
        return Span(civil, civil)
    month, day, length = _FIXED[feast]
    civil = _start(year, month, day)
    return Span(civil, civil + timedelta(days=length - 1))


def _start(year: int, month: int, day: int) -> date:
    last_adar = SECOND_ADAR if is_leap(year) else ADAR
    civil = _civil(year, month or last_adar, day)
    if civil is None:
        raise ValueError("no such day in the Hebrew calendar")
    return civil


def _new_moon(month: int, year: int) -> Span:
    """The first of the month, and the thirtieth before it where there is one."""
    if month in (ADAR, SECOND_ADAR):
        month = SECOND_ADAR if is_leap(year) else ADAR
    first = _start(year, ADAR if month == FIRST_ADAR else month, 1)
    if month == 7:
        return Span(first, first + _DAY)  # a New Year of two days, and no new moon of its own
    eve_is_thirtieth = _hebrew_date().from_pydate(first - _DAY).day == 30
    return Span(first - _DAY if eve_is_thirtieth else first, first)


def _hebrew_date() -> Any:
    """The class that converts; loaded on first use, for few sentences need it."""
    from pyluach.dates import HebrewDate  # type: ignore[import-untyped]  # noqa: PLC0415  # no stubs; takes 20 ms to load

    return HebrewDate


@lru_cache(maxsize=512)
def _civil(year: int, month: int, day: int) -> date | None:
    try:
        civil: date = _hebrew_date()(year, month, day).to_pydate()
    except ValueError:
        return None
    return civil


@lru_cache(maxsize=64)
def _year_of(today: date) -> int:
    year: int = _hebrew_date().from_pydate(today).year
    return year
