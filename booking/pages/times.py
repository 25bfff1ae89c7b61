"""The times of a date, listed to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest

from booking.day_times import Times, times_of_day
from booking.fields import DayField
from booking.models import Appointment, Resource, Service
from booking.pages.forms import TimeForm
from booking.results import Refused, Slot
from crm.roles import business_here


@dataclass(frozen=True)
class Asking:
    """Whose times of which date; no date where what was typed is none."""

    day: date | None
    service: Service | None = None
    resource: Resource | None = None
    moving: Appointment | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One start: as it is sent, as it is read, and whether it is chosen."""

    value: str
    start: datetime
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Starts with the same answer; `reason` is empty where they can be booked."""

    reason: str
    choices: tuple[Choice, ...]


def day_in(given: Any) -> date | None:
    """The date that a form was given, as a value or as it was typed."""
    try:
        day: date | None = DayField(required=False).clean(given)
        return day
    except ValidationError:
        return None


def listing(request: HttpRequest, form: TimeForm, asking: Asking, *, now: datetime) -> dict[str, Any]:
    """Context of `booking/_times.html`: the bookable times of the date and, if asked for, all the others."""
    given = form.data if form.is_bound else form.initial
    everything = bool(given.get("everything"))
    found = _times(request, asking, everything=everything, now=now) if asking.day else []
    first = _first_from(found, str(given.get("time") or ""))
    sent = form.chosen_start if form.is_bound else str(given.get("starts_at") or "")
    groups = [Group(times.reason, tuple(_choice(start, sent, first) for start in times.starts)) for times in found]
    return {
        "groups": groups,
        "everything": everything,
        "has_free": any(not group.reason and group.choices for group in groups),
        "near": [_near(slot) for slot in form.near],
        "asked_day": asking.day,
    }


def _times(request: HttpRequest, asking: Asking, *, everything: bool, now: datetime) -> list[Times]:
    assert asking.day is not None  # looked at by `listing`
    answer = times_of_day(
        business=business_here(request),
        day=asking.day,
        service_id=asking.service.slug if asking.service else None,
        resource_id=asking.resource.slug if asking.resource else None,
        moving=asking.moving,
        everything=everything,
        now=now,
    )
    return [Times(answer.message, ())] if isinstance(answer, Refused) else answer


def _first_from(found: list[Times], clock: str) -> str:
    """The first bookable start at this hour or later, where one was clicked at."""
    starts = [start for times in found if not times.reason for start in times.starts]
    return next((start.isoformat() for start in starts if clock and f"{start:%H:%M}" >= clock), "")


def _choice(start: datetime, sent: str, first: str) -> Choice:
    value = start.isoformat()
    return Choice(value, start, value == (sent or first))


def _near(slot: Slot) -> tuple[str, datetime]:
    return slot.start.isoformat(), slot.start
