"""Appointments as the events of FullCalendar: wall-clock times of the business, without an offset.

The browser draws them as they come, whatever its own zone; what it sends back is read here in the same zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.agenda import LONGEST_RANGE, Agenda, Day, Entry, read_agenda
from booking.models import Appointment
from booking.pages.asked import calendar_view, day_of, resources_of
from booking.pages.replies import data
from booking.policy import DAY
from booking.rearranging import version_of
from crm.roles import business_here

Status = Appointment.Status
MARKS = {
    Status.HELD: "held",
    Status.CANCELLED: "cancelled",
    Status.COMPLETED: "completed",
    Status.NO_SHOW: "no-show",
}


@calendar_view
def events(request: HttpRequest) -> HttpResponse:
    """`?start=…&end=…[&resource=…][&cancelled=1][&grid=days]`; at most 62 days."""
    never = date.min
    first, end = day_of(request.GET.get("start"), never), day_of(request.GET.get("end"), never)
    if never in (first, end) or not timedelta(0) < end - first <= LONGEST_RANGE:
        return data({"error": _("start and end are dates, at most 62 days apart.")}, status=400)
    agenda = read_agenda(
        business=business_here(request),
        first=first,
        last=end - DAY,
        resource_ids=resources_of(request),
        with_cancelled=request.GET.get("cancelled") == "1",
        now=timezone.now(),
    )
    return data(list(events_of(agenda, whole_days=request.GET.get("grid") == "days")))


def events_of(agenda: Agenda, *, whole_days: bool) -> Iterator[dict[str, Any]]:
    """Appointments, and the time at which nobody serves; with `whole_days` only days that are closed altogether."""
    for day in agenda.days.values():
        yield from _shut(day, agenda, whole_days=whole_days)
        for entry in day.entries:
            yield event_of(entry)


def event_of(entry: Entry) -> dict[str, Any]:
    row = entry.row
    return {
        "id": str(row.pk),
        "title": name_of(row),
        "start": wall(entry.starts_at),
        "end": wall(_end(entry)),
        "url": reverse("calendar:detail", args=[row.pk]),
        "editable": entry.is_movable,
        "classNames": [f"r{entry.column.colour}", *_classes(entry)],
        "extendedProps": {
            "version": version_of(row),
            "move": reverse("calendar:move", args=[row.pk]),
            "resource": row.resource_id,
            "with": entry.column.name,
            "service": row.service.name if row.service else "",
            "mark": str(_mark(entry)),
        },
    }


def name_of(row: Appointment) -> str:
    return row.customer_name or (_("A call in progress") if row.status == Status.HELD else _("No name"))


def wall(local: datetime) -> str:
    return local.replace(tzinfo=None).isoformat(timespec="seconds")


def _end(entry: Entry) -> datetime:
    """Its end on the clock; where the clock is set back meanwhile, as long after the start as it takes."""
    start, end = entry.starts_at.replace(tzinfo=None), entry.ends_at.replace(tzinfo=None)
    return end if end > start else start + (entry.row.ends_at - entry.row.starts_at)


def _classes(entry: Entry) -> Iterator[str]:
    if mark := MARKS.get(Status(entry.row.status)):
        yield mark
    if entry.is_past:
        yield "past"
    if entry.is_new:
        yield "new"
    if entry.broken:
        yield "outside"


def _mark(entry: Entry) -> Any:
    """What is said of it beside its name."""
    if entry.broken:
        return _("outside hours")
    return "" if entry.row.status == Status.CONFIRMED else Status(entry.row.status).label


def _shut(day: Day, agenda: Agenda, *, whole_days: bool) -> Iterator[dict[str, Any]]:
    title = day.name or _("Closed")
    if whole_days:
        if day.is_closed:
            yield {"start": day.day.isoformat(), "allDay": True, "display": "background", "title": title}
        return
    for at, span in enumerate(day.shut):
        start, end = agenda.policy.local(span.start), agenda.policy.local(span.end)
        said = title if day.is_closed and at == 0 else ""
        yield {"start": wall(start), "end": wall(end), "display": "background", "title": said, "classNames": ["shut"]}
