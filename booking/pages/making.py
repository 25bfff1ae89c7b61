"""Booking for somebody: a person, a service, and one of the times that can be booked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from booking.models import Resource, Service
from booking.overrides import ask
from booking.pages.asked import calendar_view, chosen, day_of
from booking.pages.forms import NewForm
from booking.pages.replies import done, page
from booking.pages.times import Asking, day_in, listing
from booking.results import Booked, Refused, Rescheduled
from booking.services import Override, create_appointment
from booking.templatetags.days import moment_words
from crm.lead_search import matching
from crm.models import Lead, Medium
from crm.phones import national
from crm.roles import business_here, user_here
from crm.services import tidy_name

FOUND = 8
SHORTEST_SEARCH = 3


@calendar_view
def new(request: HttpRequest) -> HttpResponse:
    """What it books goes through the same service as a call.

    `_show` only lists the times of the chosen date, `_find` the customers who are looked for.
    """
    now = timezone.now()
    given: Mapping[str, Any] = request.POST if request.method == "POST" else _prefilled(request, now)
    asking = Asking(
        day_in(given.get("date")),
        chosen(Service.objects.all(), str(given.get("service") or "")),
        chosen(Resource.objects.all(), str(given.get("resource") or "")),
    )
    lead = chosen(Lead.objects.all(), str(given.get("lead") or ""))
    if request.method != "POST" or {"_show", "_find"} & set(request.POST):
        form = NewForm(initial=dict(given.items()))
        return _shown(request, form, asking, lead, now)
    form = NewForm(request.POST)
    booked = _book(request, form, lead, now) if form.is_valid() else None
    if booked is None:
        return _shown(request, form, asking, lead, now, status=422)
    text = _("The appointment of %(name)s is booked for %(when)s.")
    said = text % {"name": booked.customer_name, "when": moment_words(booked.slot.start)}
    return done(request, said, day=booked.slot.start.date())


def _prefilled(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What the address says; of a known person the name and the number, too."""
    given: dict[str, Any] = {name: request.GET.get(name, "") for name in ("lead", "time", "service", "resource")}
    given["date"] = day_of(request.GET.get("date"), timezone.localtime(now).date())
    lead = chosen(Lead.objects.all(), given["lead"])
    if lead is not None:
        given |= {"customer_name": lead.name, "customer_phone": national(lead.phone) if lead.phone else ""}
    return given


def _book(request: HttpRequest, form: NewForm, lead: Lead | None, now: datetime) -> Booked | Rescheduled | None:
    """What was booked; None if it was refused, and the form says why."""
    wish = form.cleaned_data

    def attempt(override: Override | None) -> Booked | Refused:
        answer = create_appointment(
            business=business_here(request),
            start_iso=wish["starts_at"],
            customer_name=wish["customer_name"],
            customer_phone=wish["customer_phone"],
            service_id=form.slug_of("service"),
            resource_id=form.slug_of("resource"),
            medium=Medium.STAFF,
            now=now,
            by=user_here(request),
            # Insisting is a wish of its own: the kept answer of the refused one must not speak for it.
            idempotency_key=f"{wish['key']}:{'insists' if override else ''}" if wish["key"] else "",
            override=override,
            lead_id=lead.pk if lead else None,
            note=wish["note"],
        )
        form.near = answer.suggestions if isinstance(answer, Refused) else ()
        return answer

    return ask(request, form, attempt, suggests=False)


def _shown(
    request: HttpRequest, form: NewForm, asking: Asking, lead: Lead | None, now: datetime, *, status: int = 200
) -> HttpResponse:
    context = listing(request, form, asking, now=now) | {"form": form, "lead": lead, "key": form.fresh_key()}
    if "_find" in request.POST:
        context |= _found(request.POST.get("q", ""))
    return page(request, "booking/new.html", context, status=status)


@require_GET
@calendar_view
def people(request: HttpRequest) -> HttpResponse:
    """Customers whose name or number has these letters, each a way to book for them."""
    return render(request, "booking/new.html#people", _found(request.GET.get("q", "")))


def _found(typed: str) -> dict[str, Any]:
    text = tidy_name(typed)
    rows = Lead.objects.filter(matching(text)).order_by("-pk")[:FOUND] if len(text) >= SHORTEST_SEARCH else []
    return {"found": list(rows), "q": text}
