"""Why may this time be booked, or not? The engine's own answer, with the place where the rule is set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from booking.admin.forms import WhyNotForm
from booking.models import Appointment
from booking.overrides import slot_text
from booking.results import Slot
from booking.services import explain
from booking.why_not import RULE_NAMES, SOURCE_NAMES, Question, Told, places
from crm.models import Business
from crm.roles import current_business
from crm.templatetags.isolates import times


@dataclass(frozen=True)
class Choice:
    """A time that is free, and the address at which it is booked."""

    text: SafeString
    address: str


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
        "places": places(business, asked, Told(found.code, rule, found.source or "")),
        "choices": [Choice(slot_text(slot), booking_address(slot, asked)) for slot in found.suggestions],
    }


def booking_address(slot: Slot, asked: Question) -> str:
    """The form of a new appointment with this time, service and resource."""
    values = {"date": f"{slot.start:%d/%m/%Y}", "time": f"{slot.start:%H:%M}"}
    chosen = {"service": asked.service, "resource": asked.resource}
    values |= {name: value for name, value in chosen.items() if value}
    return f"{reverse('admin:booking_appointment_add')}?{urlencode(values)}"
