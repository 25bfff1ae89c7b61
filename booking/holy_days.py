"""The days of a holiday calendar and what a business usually does on them. A proposal; the owner decides.

Dates and Hebrew names come from `holidays`. It knows no eves: for Israel they are made here, the day before each
public holiday and before Memorial Day, and so is Hoshana Raba, which it leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache

import holidays

from booking.policy import DAY

ISRAEL = "IL"
_MEMORIAL_DAY = "יום הזיכרון"
_CHOL_HAMOED = "חול המועד"
# What a day is called before which an eve stands: ערב פסח, not ערב שמחת תורה/שמיני עצרת.
_EVE_NAMES = {"שביעי של פסח": "ערב שביעי של פסח", "שמחת תורה/שמיני עצרת": "הושענא רבה (ערב שמחת תורה)"}


class Kind(Enum):
    PUBLIC = "public"
    EVE = "eve"
    CHOL_HAMOED = "chol_hamoed"
    OTHER = "other"  # remembered or celebrated, but a working day


@dataclass(frozen=True, slots=True, order=True)
class HolyDay:
    on_date: date
    name: str
    kind: Kind


# The treatments of `booking.Holiday`, as they are proposed.
PROPOSED: Mapping[Kind, str] = {
    Kind.PUBLIC: "closed",
    Kind.EVE: "friday",
    Kind.CHOL_HAMOED: "ordinary",
    Kind.OTHER: "ordinary",
}


def is_calendar(code: str) -> bool:
    return code in holidays.list_supported_countries()


@lru_cache(maxsize=32)
def of_year(calendar: str, year: int) -> tuple[HolyDay, ...]:
    """The holy days of a civil year in order, one a date; none for a calendar that does not exist."""
    if not is_calendar(calendar):
        return ()
    if calendar != ISRAEL:
        # A country's own names: they are those that its owners know.
        public = holidays.country_holidays(calendar, years=year)
        return tuple(sorted(HolyDay(day, name, Kind.PUBLIC) for day, name in public.items()))
    public = holidays.country_holidays(ISRAEL, years=year, language="he")
    optional = holidays.country_holidays(ISRAEL, years=year, language="he", categories=("optional",))
    found = {day: HolyDay(day, _short(name), _kind(name)) for day, name in optional.items()}
    memorial_days = [(day, name) for day, name in optional.items() if name.startswith(_MEMORIAL_DAY)]
    for day, name in (*memorial_days, *public.items()):
        eve = day - DAY
        if eve not in public and eve.year == year:
            named = found[eve].name if eve in found and _kind(found[eve].name) is Kind.OTHER else _eve_name(name)
            found[eve] = HolyDay(eve, named, Kind.EVE)
    found |= {day: HolyDay(day, name, Kind.PUBLIC) for day, name in public.items()}
    return tuple(sorted(found.values()))


def _kind(name: str) -> Kind:
    return Kind.CHOL_HAMOED if name.startswith(_CHOL_HAMOED) else Kind.OTHER


def _eve_name(name: str) -> str:
    return _EVE_NAMES.get(name, f"ערב {_short(name)}")


def _short(name: str) -> str:
    """Memorial Day by the name that people use."""
    return _MEMORIAL_DAY if name.startswith(_MEMORIAL_DAY) else name
