"""What an address of the calendar asks for, and the frame of every view here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone

from booking.models import Appointment, Resource
from booking.policy import DAY, weekday
from crm.limits import YEARS
from crm.roles import business_here, member_required
from crm.row_ids import id_in
from crm.tenancy import TenantModel

View = Callable[..., HttpResponseBase]
Row = TypeVar("Row", bound=TenantModel)
VIEWS = ("day", "week", "month", "resources")


def calendar_view(view: View) -> View:
    """For members of a business; dates and hours inside are those of its own clock."""

    @wraps(view)
    def local(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        zone = business_here(request).timezone
        assert isinstance(zone, ZoneInfo)
        with timezone.override(zone):
            return view(request, *args, **kwargs)

    return member_required(local)


def number(text: str | None) -> int | None:
    """An id as an address or a form has it."""
    return id_in(text or "")


def chosen(rows: QuerySet[Row], raw: str | None) -> Row | None:
    """The row an id names: None where none is named, 404 where it is not this business's."""
    if not raw:
        return None
    found = rows.filter(pk=number(raw) or 0).first()
    if found is None:
        raise Http404
    return found


def appointment_or_404(pk: int) -> Appointment:
    """An appointment of this business; a hold that has expired is nothing any more."""
    row = Appointment.objects.select_related("service", "resource", "lead").filter(pk=pk).first()
    if row is None or (row.held_until and row.held_until <= timezone.now()):
        raise Http404
    return row


def day_of(text: str | None, otherwise: date) -> date:
    """A date as an address has it."""
    try:
        day = date.fromisoformat((text or "")[:10])
    except ValueError:
        return otherwise
    return day if day.year in YEARS else otherwise


@dataclass(frozen=True)
class Asked:
    """One look at the calendar."""

    view: str
    day: date
    today: date
    resources: tuple[int, ...]
    with_cancelled: bool

    @property
    def week(self) -> tuple[date, date]:
        """Sunday to Saturday."""
        sunday = self.day - weekday(self.day) * DAY
        return sunday, sunday + 6 * DAY

    @property
    def shown(self) -> tuple[date, date]:
        """The dates of the view; a month with the weeks it lies in."""
        if self.view == "week":
            return self.week
        if self.view == "month":
            first = self.day.replace(day=1)
            last = (first + timedelta(days=32)).replace(day=1) - DAY
            return first - weekday(first) * DAY, last + (6 - weekday(last)) * DAY
        return self.day, self.day

    @property
    def before(self) -> date:
        return self._step(-1)

    @property
    def after(self) -> date:
        return self._step(1)

    def _step(self, by: int) -> date:
        if self.view == "week":
            return self.day + by * 7 * DAY
        if self.view == "month":
            edge = self.day.replace(day=1)
            return (edge + timedelta(days=32)).replace(day=1) if by > 0 else (edge - DAY).replace(day=1)
        return self.day + by * DAY


def asked_of(request: HttpRequest, *, now: datetime) -> Asked:
    """What stands behind the `?`; another business's resource is not there."""
    query = request.GET
    today = timezone.localtime(now).date()
    return Asked(
        view=query["view"] if query.get("view") in VIEWS else "week",
        day=day_of(query.get("date"), today),
        today=today,
        resources=resources_of(request),
        with_cancelled=query.get("cancelled") == "1",
    )


def resources_of(request: HttpRequest) -> tuple[int, ...]:
    raw = [one for one in request.GET.getlist("resource") if one]
    ids = {found for one in raw if (found := number(one)) is not None}
    if not raw:
        return ()
    known = set(Resource.objects.filter(pk__in=ids).values_list("pk", flat=True))
    if len(known) != len(set(raw)):
        raise Http404
    return tuple(sorted(known))
