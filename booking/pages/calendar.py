"""The calendar: what stands when, as a page that needs no scripts; with them FullCalendar draws the same days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import gcd
from typing import Any
from urllib.parse import urlencode

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking.agenda import Agenda, Column, Day, Entry, read_agenda
from booking.pages.asked import VIEWS, Asked, asked_of, calendar_view
from booking.templatetags.days import letter, near_day
from crm.roles import business_here, is_owner

_PREFILLED = ("lead", "date", "time", "service", "resource")
_USUAL_DAY = (8, 20)
_MOST = {"week": 30, "month": 10}  # appointments of a date in a table; the rest is one step away, on the day's own list
_FINEST_STEP = 5


# FullCalendar's own sheet brings its icons as a font within it.
@csp_update({"font-src": [SELF, "data:"]})
@calendar_view
def index(request: HttpRequest) -> HttpResponse:
    """Who comes when, and where is room?"""
    if request.GET.get("new"):
        given = {name: request.GET[name] for name in _PREFILLED if request.GET.get(name)}
        return HttpResponseRedirect(f"{reverse('calendar:new')}?{urlencode(given)}")
    now = timezone.now()
    asked = asked_of(request, now=now)
    agenda = _read(request, asked, now)
    context = _context(asked, agenda, most=_MOST.get(asked.view)) | {
        "can_close": is_owner(request),
        # Phones have it as well where the table of a desk is that day's list itself: it is made once.
        "day_list": render_to_string("booking/_day.html", {"day": agenda.days[asked.day], "asked": asked}),
        "chips": _chips(request, asked, agenda),
        "drawn": _drawn(asked, agenda, now),
    }
    return render(request, "booking/calendar.html", context)


@calendar_view
def printed(request: HttpRequest) -> HttpResponse:
    """The same days on paper, without anything to press."""
    now = timezone.now()
    asked = asked_of(request, now=now)
    context = _context(asked, _read(request, asked, now))
    return render(request, "booking/print.html", context | {"business": business_here(request)})


def _read(request: HttpRequest, asked: Asked, now: datetime) -> Agenda:
    """The dates of the view, and those of the week strip of phones."""
    first, last = asked.shown
    sunday, saturday = asked.week
    return read_agenda(
        business=business_here(request),
        first=min(first, sunday),
        last=max(last, saturday),
        resource_ids=asked.resources,
        with_cancelled=asked.with_cancelled,
        now=now,
    )


@dataclass(frozen=True)
class Cell:
    """A date of the table: its appointments in order, and how many more it has than stand there."""

    day: Day
    entries: tuple[Entry, ...]
    more: int


def _context(asked: Asked, agenda: Agenda, *, most: int | None = None) -> dict[str, Any]:
    days = agenda.between(*asked.shown)
    cells = [Cell(day, day.entries[:most], len(day.entries) - len(day.entries[:most])) for day in days]
    return {
        "asked": asked,
        "agenda": agenda,
        "title": _title(asked),
        "days": days,
        "weeks": [cells[at : at + 7] for at in range(0, len(cells), 7)],
        "strip": agenda.between(*asked.week),
        "chosen": agenda.days[asked.day],
        "columns": _columns(agenda.days[asked.day], agenda.shown) if asked.view == "resources" else [],
        "count": sum(day.count for day in days),
        "free_hours": int(agenda.free / timedelta(hours=1)) if asked.view == "week" else 0,
        "views": list(zip(VIEWS, (_("Day"), _("Week"), _("Month"), _("By resource")), strict=True)),
    }


@dataclass(frozen=True)
class Chip:
    """One resource to filter by: none chosen shows all of them."""

    column: Column
    is_on: bool
    address: str


def _chips(request: HttpRequest, asked: Asked, agenda: Agenda) -> list[Chip]:
    chips = []
    for column in agenda.columns:
        is_on = column.id in asked.resources
        query = request.GET.copy()
        query.setlist("resource", [str(one) for one in {*asked.resources} ^ {column.id}])
        chips.append(Chip(column, is_on, f"?{query.urlencode()}"))
    return chips


def _title(asked: Asked) -> str:
    if asked.view in ("day", "resources"):
        return near_day(asked.day)
    return date_format(asked.day, "F Y")


def _columns(day: Day, shown: tuple[Column, ...]) -> list[tuple[Column, list[Entry]]]:
    """The appointments of the day, resource by resource."""
    return [(column, [entry for entry in day.entries if entry.column == column]) for column in shown]


def _drawn(asked: Asked, agenda: Agenda, now: datetime) -> dict[str, Any]:
    """What the script needs to draw the calendar; its words stand on the page."""
    first, last = asked.shown
    days = agenda.between(first, last)
    earliest, latest = _hours(days, agenda)
    return {
        "view": asked.view,
        "date": asked.day.isoformat(),
        "zone": agenda.policy.timezone.key,
        "from": f"{earliest:02}:00:00",
        "until": f"{latest:02}:00:00",
        "step": _step(days, agenda),
        "resources": list(asked.resources),
        "columns": [{"id": one.id, "name": one.name, "colour": one.colour} for one in agenda.shown],
        "cancelled": asked.with_cancelled,
        "now": int(now.timestamp() * 1000),
        "letters": [letter(day.day) for day in agenda.between(*asked.week)],
        "days": {
            day.day.isoformat(): {
                "letter": letter(day.day),
                "date": f"{day.day:%d/%m}",
                "name": "" if day.is_closed else day.name,  # of a closed day it stands in the column
            }
            for day in days
        },
        "events": reverse("calendar:events"),
        "new": reverse("calendar:new"),
    }


def _hours(days: list[Day], agenda: Agenda) -> tuple[int, int]:
    """The hours that are drawn: those at which anybody serves or anything stands, whole hours of the clock."""
    found: list[tuple[datetime, datetime]] = [(entry.starts_at, entry.ends_at) for day in days for entry in day.entries]
    for day in days:
        found += _served(day, agenda)
    if not found:
        return _USUAL_DAY
    earliest = min(start.hour for start, _end in found)
    latest = max(_hour_after(start, end) for start, end in found)
    return earliest, max(latest, earliest + 1)


def _served(day: Day, agenda: Agenda) -> list[tuple[datetime, datetime]]:
    """The time of a date at which somebody serves: between what is shut."""
    if day.is_closed:
        return []
    tz = agenda.policy.timezone
    edge = datetime.combine(day.day, time(0), tz)
    end_of_day = datetime.combine(day.day + timedelta(days=1), time(0), tz)
    spans = []
    for shut in day.shut:
        start, end = shut.start.astimezone(tz), shut.end.astimezone(tz)
        if edge < start:
            spans.append((edge, start))
        edge = end
    return [*spans, (edge, end_of_day)] if edge < end_of_day else spans


def _hour_after(start: datetime, end: datetime) -> int:
    if end.date() > start.date():
        return 24
    return end.hour + bool(end.minute)


def _step(days: list[Day], agenda: Agenda) -> int:
    """Minutes by which an appointment moves on the page, so that each step can be a start of the grid."""
    step = agenda.policy.slot_size_min
    for day in days:
        for start, _end in _served(day, agenda):
            step = gcd(step, start.hour * 60 + start.minute)
    return max(_FINEST_STEP, step)
