"""The week as rows of a form set; the rules of a window are the admin's (`booking.admin.hours`)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.forms import inlineformset_factory

from booking.admin.hours import WeekForm, WeekFormSet
from booking.models import OpeningHours, Weekday
from crm.models import Business, BusinessSettings

DAYS = 7
PREFIX = "openinghours"
_FIELDS = ("id", "weekday", "opens", "closes", "DELETE")
MOST_WINDOWS = 60  # of a form; nobody opens nine times a day
_WeekSet = inlineformset_factory(
    Business,
    OpeningHours,
    form=WeekForm,
    formset=WeekFormSet,
    fields=("weekday", "opens", "closes"),
    extra=DAYS,
    max_num=MOST_WINDOWS,
    absolute_max=MOST_WINDOWS,
)


@dataclass(frozen=True)
class Day:
    """A weekday with the forms of its windows; the last is empty, for another window."""

    number: int
    name: str
    forms: list[WeekForm]

    @property
    def is_open(self) -> bool:
        return any(form["opens"].value() for form in self.forms)


def week_set(business: Business, data: Mapping[str, Any] | None = None) -> WeekFormSet:
    """The business's windows, and an empty one for each day. Runs inside the business's scope."""
    rows = OpeningHours.objects.filter(resource=None)
    if data is not None:
        data = _against(data, set(rows.values_list("pk", flat=True)))
    empty = [{"weekday": day} for day in range(DAYS)]
    return cast(WeekFormSet, _WeekSet(data, instance=business, queryset=rows, initial=empty))


def _against(data: Mapping[str, Any], stored: set[int]) -> Mapping[str, Any]:
    """The posted week as a change of what is stored now, which may have changed since the page was made.

    A posted row that is gone is a new one, an empty one is none; a stored row that was not posted goes. Where the
    count cannot be read nothing is passed on, which the form set refuses.
    """
    total = str(data.get(f"{PREFIX}-TOTAL_FORMS", ""))
    if not (total.isascii() and total.isdigit() and len(total) < 4 and int(total) <= MOST_WINDOWS):
        return {}
    rows = [{name: str(data.get(f"{PREFIX}-{at}-{name}", "")) for name in _FIELDS} for at in range(int(total))]
    known = [row for row in rows if row["id"].isascii() and row["id"].isdigit() and int(row["id"]) in stored]
    filled = [row for row in rows if row["opens"] or row["closes"]]
    new = [row | {"id": ""} for row in filled if row not in known and not row["DELETE"]]
    unposted = stored - {int(row["id"]) for row in known}
    known += [dict.fromkeys(_FIELDS, "") | {"id": str(key), "DELETE": "on"} for key in sorted(unposted)]
    sizes = {"TOTAL_FORMS": len(known) + len(new), "INITIAL_FORMS": len(known)}
    cells = {f"{PREFIX}-{at}-{name}": value for at, row in enumerate([*known, *new]) for name, value in row.items()}
    return {f"{PREFIX}-{name}": str(size) for name, size in sizes.items()} | cells


def days_of(week: WeekFormSet) -> list[Day]:
    """The forms by their weekday, from Sunday; one whose weekday cannot be read stands on Sunday with its error."""
    by_day: dict[int, list[Any]] = {day: [] for day in range(DAYS)}
    for form in week.forms:
        value = str(form["weekday"].value())
        by_day[int(value) if value in "0123456" and len(value) == 1 else 0].append(form)
    return [Day(day, str(Weekday(day).label), forms) for day, forms in by_day.items()]


def fingerprint(business: Business) -> str:
    """Of the hours as they are stored; a form that began with another one is stale."""
    rows = OpeningHours.objects.filter(resource=None).order_by("pk").values_list("pk", "weekday", "opens", "closes")
    always = BusinessSettings.objects.filter(business=business).values_list("allow_24_7", flat=True).first()
    return hashlib.sha256(repr((list(rows), always)).encode()).hexdigest()[:16]
