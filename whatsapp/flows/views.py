"""The page behind the link of a reminder: come, or cancel. Looking at it changes nothing; previews look too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from booking.models import Appointment
from booking.results import Refused
from booking.services import cancel_appointment, confirm_attendance
from crm.models import Business, Medium
from crm.tenancy import for_business, for_everyone
from whatsapp.flows import links
from whatsapp.flows.due import when
from whatsapp.models import FlowMessage

_DEEDS = {"confirm": confirm_attendance, "cancel": cancel_appointment}


@require_http_methods(["GET", "POST"])
def appointment_page(request: HttpRequest, token: str) -> HttpResponse:
    planned = _planned(token)
    with for_business(planned.business):
        refusal = ""
        if request.method == "POST":
            answer = _do(planned, request.POST.get("deed", ""), timezone.now())
            if not isinstance(answer, Refused):
                return redirect(request.path)
            refusal = answer.message
        appointment = Appointment.objects.select_related("service").get(pk=planned.about)
        page = {
            "business": planned.business,
            "appointment": appointment,
            "when": when(appointment, planned.business),
            "is_open": appointment.status == Appointment.Status.CONFIRMED and appointment.starts_at > timezone.now(),
            "refusal": refusal,
        }
        return render(request, "whatsapp/appointment.html", page, status=422 if refusal else 200)


@dataclass(frozen=True)
class _Planned:
    business: Business
    about: int  # the appointment


def _planned(token: str) -> _Planned:
    with for_everyone("the token is all that a customer has; it names the business"):
        rows = FlowMessage.objects.filter(token=links.digest(token), appointment__isnull=False)
        planned = rows.select_related("business").first()
    if planned is None or planned.appointment_id is None:
        raise Http404
    return _Planned(planned.business, planned.appointment_id)


def _do(planned: _Planned, deed: str, now: datetime) -> object:
    if deed not in _DEEDS:
        raise Http404
    return _DEEDS[deed](business=planned.business, appointment_id=planned.about, now=now, medium=Medium.WHATSAPP)
