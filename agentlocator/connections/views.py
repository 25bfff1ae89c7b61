"""`/connections/`: the state of every outside system, with its remedy and a check at hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from agentlocator.connections.systems import BY_KEY, SYSTEMS, State, System
from calls.number_setup import CannotConnect, connect_numbers
from crm.models import Business
from crm.replies import toast
from crm.roles import business_here, owner_required

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Row:
    system: System
    state: State
    last_good: datetime | None
    checked_at: datetime | None
    can_connect: bool


@require_safe
@owner_required
def index(request: HttpRequest) -> HttpResponse:
    """What is connected, and what to do about the rest."""
    business = business_here(request)
    rows = [_row(business, system) for system in SYSTEMS]
    return render(request, "connections/index.html", {"rows": rows})


@require_POST
@owner_required
def check(request: HttpRequest, key: str) -> HttpResponse:
    """Ask one system now."""
    if key not in BY_KEY:
        raise Http404
    business, now = business_here(request), timezone.now()
    state = BY_KEY[key].asked(business, now)
    cache.set(_kept_under(business, key), (state, now), KEPT_SECONDS)
    if request.headers.get("HX-Request"):
        return render(request, "connections/index.html#system", {"row": _row(business, BY_KEY[key])})
    return HttpResponseRedirect(reverse("connections:index"))


@require_POST
@owner_required
def connect(request: HttpRequest) -> HttpResponse:
    """Point the business's numbers at this server."""
    business, now = business_here(request), timezone.now()
    answer = HttpResponseRedirect(reverse("connections:index"))
    try:
        connect_numbers(business)
    except CannotConnect as reason:
        state = State(
            "bad", _("The telephony provider refuses"), _("The reason stands in the technical details."), str(reason)
        )
        cache.set(_kept_under(business, "telephony"), (state, now), KEPT_SECONDS)
        return toast(request, answer, _("The numbers were not connected."), failed=True)
    cache.set(_kept_under(business, "telephony"), (State("ok", _("Connected")), now), KEPT_SECONDS)
    return toast(request, answer, _("The numbers lead here."))


def _row(business: Business, system: System) -> Row:
    """What our own rows say goes first where it is bad; else what the last check found."""
    known = system.known(business, timezone.now())
    kept: tuple[State, datetime] | None = cache.get(_kept_under(business, system.key))
    state = kept[0] if kept and known.tone in ("unknown", "ok") else known
    can_connect = system.key == "telephony" and known.tone == "unknown" and state.tone == "bad"
    return Row(system, state, system.last_good(), kept[1] if kept else None, can_connect)


def _kept_under(business: Business, key: str) -> str:
    return f"connections:{business.pk}:{key}"
