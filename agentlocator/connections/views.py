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
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from agentlocator.connections.systems import BY_KEY, SYSTEMS, State, System, refused
from calls.number_setup import CannotConnect, connect_numbers
from crm.models import Business
from crm.replies import toast
from crm.roles import business_here, is_platform_admin, owner_required

KEPT_SECONDS = 24 * 3600
REST_SECONDS = 60  # between two checks of one system by one business


@dataclass(frozen=True)
class Row:
    system: System
    state: State
    last_good: datetime | None
    checked_at: datetime | None
    can_connect: bool
    detail: str


@require_safe
@owner_required
def index(request: HttpRequest) -> HttpResponse:
    """What is connected, and what to do about the rest."""
    rows = [_row(request, system) for system in SYSTEMS]
    return render(request, "connections/index.html", {"rows": rows})


@require_POST
@owner_required
def check(request: HttpRequest, key: str) -> HttpResponse:
    """Ask one system now, unless it was asked a moment ago: the answer of then stands."""
    if key not in BY_KEY:
        raise Http404
    business, now = business_here(request), timezone.now()
    is_due = cache.add(f"{_kept_under(business, key)}:asked", 1, REST_SECONDS)
    if is_due:
        cache.set(_kept_under(business, key), (BY_KEY[key].asked(business, now), now), KEPT_SECONDS)
    response: HttpResponse = HttpResponseRedirect(reverse("connections:index"))
    if request.headers.get("HX-Request"):
        response = render(request, "connections/index.html#system", {"row": _row(request, BY_KEY[key])})
    return response if is_due else toast(request, response, _("It was checked less than a minute ago."))


@require_POST
@owner_required
def connect(request: HttpRequest) -> HttpResponse:
    """Point the business's numbers at this server."""
    business, now = business_here(request), timezone.now()
    answer = HttpResponseRedirect(reverse("connections:index"))
    try:
        connect_numbers(business)
    except CannotConnect as reason:
        cache.set(_kept_under(business, "telephony"), (refused(reason), now), KEPT_SECONDS)
        return toast(request, answer, _("The numbers were not connected."), failed=True)
    cache.set(_kept_under(business, "telephony"), (State("ok", gettext_lazy("Connected")), now), KEPT_SECONDS)
    return toast(request, answer, _("The numbers lead here."))


def _row(request: HttpRequest, system: System) -> Row:
    """What our own rows say goes first where it is bad; else what the last check found."""
    business = business_here(request)
    known = system.known(business, timezone.now())
    kept: tuple[State, datetime] | None = cache.get(_kept_under(business, system.key))
    state = kept[0] if kept and not system.is_known and known.tone in ("unknown", "ok") else known
    can_connect = system.key == "telephony" and known.tone == "unknown" and state.tone == "bad"
    detail = state.detail if state.own or is_platform_admin(request) else ""
    return Row(system, state, system.last_good(), kept[1] if kept else None, can_connect, detail)


def _kept_under(business: Business, key: str) -> str:
    return f"connections:{business.pk}:{key}"
