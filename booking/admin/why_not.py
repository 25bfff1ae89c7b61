"""Why may this time be booked, or not? The engine's own answer, with the place where the rule is set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from booking.admin.forms import WhyNotForm
from booking.admin.overrides import slot_text
from booking.models import Appointment, Closure, Holiday, Resource
from booking.results import Explanation, Slot
from booking.services import effective_policy, explain
from crm.models import Business
from crm.roles import current_business
from crm.templatetags.isolates import time_range, times

RULE_NAMES = {
    "past": _("The present time"),
    "min_notice": _("Minimum notice"),
    "booking_window": _("Bookable up to"),
    "weekday": _("Opening hours"),
    "hours": _("Opening hours"),
    "too_long": _("Opening hours"),
    "closure": _("Closures and special days"),
    "special_hours": _("Closures and special days"),
    "time_off": _("Time off and special days"),
    "grid": _("Interval between appointments"),
    "taken": _("The calendar"),
    "buffer": _("Time around appointments"),
    "daily_limit": _("Appointments a day"),
}
SOURCE_NAMES = {
    "settings": _("the settings"),
    "prompt": _("the instructions"),
    "default": _("default"),
    "closures": _("closures and special days"),
    "resource": _("own hours and days"),
    "calendar": _("the calendar"),
}
_TAB_OF_RULE = {
    "min_notice": "businesssettings",
    "booking_window": "businesssettings",
    "grid": "businesssettings",
    "daily_limit": "businesssettings",
    "weekday": "openinghours",
    "hours": "openinghours",
    "too_long": "openinghours",
    "closure": "closure",
    "special_hours": "closure",
}


@dataclass(frozen=True)
class Place:
    """Where what decided can be seen or changed."""

    name: str | Promise | SafeString
    address: str


@dataclass(frozen=True)
class Choice:
    """A time that is free, and the address at which it is booked."""

    text: SafeString
    address: str


@dataclass(frozen=True)
class Question:
    start: datetime
    service: str | None
    resource: str | None


def why_not_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The question is in the address, so that an answer can be sent on."""
    business = current_business(request)
    assert business is not None  # whoever may add an appointment works in one
    form = WhyNotForm(request.GET if "starts_at_0" in request.GET else None, initial=_prefilled(request))
    if form.is_bound and form.is_valid():
        asked = Question(form.cleaned_data["starts_at"], form.chosen("service"), form.chosen("resource"))
        context |= _answer(business, asked)
    context |= {
        "title": _("Why not?"),
        "form": form,
        "page_name": _("Why not?"),
        "page_parent": Appointment._meta.verbose_name_plural,
        "page_parent_url": reverse("admin:booking_appointment_changelist"),
    }
    return render(request, "admin/booking/appointment/why_not.html", context)


def _prefilled(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "") for name in ("service", "resource")}


def _answer(business: Business, asked: Question) -> dict[str, Any]:
    """The words of the page: what holds, which rule, whose, and what is near."""
    found = explain(
        business=business,
        start=asked.start,
        service_id=asked.service,
        resource_id=asked.resource,
        now=timezone.now(),
    )
    rule = found.rule or ""
    return {
        "answer": found,
        "message": times(found.message),
        "rule_name": RULE_NAMES.get(rule, ""),
        "source_name": SOURCE_NAMES.get(found.source or "", ""),
        "places": list(_places(business, asked, found)),
        "choices": [Choice(slot_text(slot), booking_address(slot, asked)) for slot in found.suggestions],
    }


def booking_address(slot: Slot, asked: Question) -> str:
    """The form of a new appointment with this time, service and resource."""
    values = {"date": f"{slot.start:%d/%m/%Y}", "time": f"{slot.start:%H:%M}"}
    chosen = {"service": asked.service, "resource": asked.resource}
    values |= {name: value for name, value in chosen.items() if value}
    return f"{reverse('admin:booking_appointment_add')}?{urlencode(values)}"


def _places(business: Business, asked: Question, found: Explanation) -> list[Place]:
    own_page = reverse("admin:crm_business_change", args=[business.pk])
    day = timezone.localtime(asked.start).date()
    if found.code == "unknown_service":
        return [Place(_("services"), reverse("admin:booking_service_changelist"))]
    if found.source == "calendar":
        return _appointments_there(asked)
    if found.source == "prompt":
        return [Place(_("rules in force"), f"{own_page}#general")]
    if found.source == "resource" or (found.rule == "daily_limit" and not _limits_all(business)):
        return _resources(asked)
    if found.rule in ("closure", "hours", "too_long") and _is_holiday(business, day):
        return [Place(_("holidays"), f"{reverse('admin:booking_holiday_changelist')}?year={day.year}")]
    tab = _TAB_OF_RULE.get(found.rule or "")
    return [Place(_("business and opening hours"), f"{own_page}#{tab}")] if tab else []


def _appointments_there(asked: Question) -> list[Place]:
    """What stands in the calendar around that time, at most three."""
    rows = Appointment.objects.filter(status__in=Appointment.LIVE, during__contains=asked.start).order_by("starts_at")
    if asked.resource:
        rows = rows.filter(resource__slug=asked.resource)
    return [
        Place(time_range(row.starts_at, row.ends_at), reverse("admin:booking_appointment_change", args=[row.pk]))
        for row in rows[:3]
    ]


def _resources(asked: Question) -> list[Place]:
    rows = Resource.objects.filter(is_active=True, **({"slug": asked.resource} if asked.resource else {}))
    return [Place(row.name, reverse("admin:booking_resource_change", args=[row.pk])) for row in rows[:3]]


def _limits_all(business: Business) -> bool:
    return effective_policy(business).daily_limit is not None


def _is_holiday(business: Business, day: date) -> bool:
    """Whether that day is special for its name in the calendar of holidays, and for nothing that was typed in."""
    if Closure.objects.filter(on_date=day, resource=None).exists():
        return False
    if Holiday.objects.filter(on_date=day).exclude(treatment=Holiday.Treatment.ORDINARY).exists():
        return True
    policy = effective_policy(business)
    return day in policy.closures or day in policy.like_friday
