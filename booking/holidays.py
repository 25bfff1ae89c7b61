"""The yearly proposal for holidays: what is proposed, what the owner decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from booking.holy_days import PROPOSED, HolyDay, Kind, of_year
from booking.models import Holiday
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business


@dataclass(frozen=True, slots=True)
class ProposedDay:
    on_date: date
    name: str
    kind: Kind
    treatment: str  # of `Holiday.Treatment`
    is_decided: bool


def proposal(business: Business, *, first: date, last: date) -> list[ProposedDay]:
    """The holy days of these dates by the business's calendar, each as decided or, until then, as proposed.

    A kind of day is proposed as the owner treated it last; the first time as most businesses do.
    """
    with for_business(business):
        days = _holy_days(first, last)
        decided = {row.on_date: row for row in Holiday.objects.filter(on_date__range=(first, last))}
        usual = {**PROPOSED, **_last_choices(first)}
        return [
            ProposedDay(
                day.on_date,
                day.name,
                day.kind,
                decided[day.on_date].treatment if day.on_date in decided else usual[day.kind],
                day.on_date in decided,
            )
            for day in days
        ]


def approve(business: Business, treatments: Mapping[date, str]) -> None:
    """The owner's decision on these dates, in place of any earlier one. ValueError for a date without one."""
    with for_business(business), transaction.atomic():
        names = {day.on_date: day.name for day in _holy_days(min(treatments), max(treatments))} if treatments else {}
        for on_date, treatment in treatments.items():
            if on_date not in names or treatment not in Holiday.Treatment.values:
                raise ValueError("no such holiday or treatment")
            Holiday.objects.update_or_create(
                business=business, on_date=on_date, defaults={"name": names[on_date], "treatment": treatment}
            )


def withdraw(business: Business, *, first: date, last: date) -> int:
    """The decisions on these dates are taken back; how many."""
    with for_business(business):
        return Holiday.objects.filter(on_date__range=(first, last)).delete()[0]


def _calendar() -> str:
    settings = BusinessSettings.objects.first()
    return settings.holidays_calendar if settings else ""


def _holy_days(first: date, last: date) -> list[HolyDay]:
    calendar = _calendar()
    years = (of_year(calendar, year) for year in range(first.year, last.year + 1)) if calendar else ()
    return [day for days in years for day in days if first <= day.on_date <= last]


def _last_choices(before: date) -> dict[Kind, str]:
    """How each kind of day was treated, the last time it was decided on."""
    earlier = Holiday.objects.filter(on_date__lt=before).order_by("on_date").values_list("on_date", "treatment")
    calendar = _calendar()
    kinds = {day.on_date: day.kind for year in {day.year for day, _ in earlier} for day in of_year(calendar, year)}
    return {kinds[day]: treatment for day, treatment in earlier if day in kinds}
