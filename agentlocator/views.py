"""The home page, the choice of a business, and the moment in which one goes live."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agentlocator.home.board import board_of, midnight_before
from agentlocator.home.going_live import go_live as start_answering
from agentlocator.home.waiting import seen_to, waiting_for
from calls.lines import REMEDY as HOW_TO_SHOW
from calls.lines import numbers_of
from calls.models import CallSession
from crm.middleware import SESSION_KEY
from crm.models import Business
from crm.replies import toast
from crm.roles import (
    business_here,
    current_business,
    is_owner,
    is_platform_admin,
    member_required,
    owner_required,
    sign_in_required,
    user_here,
)

NOON_HOUR = 12
EVENING_HOUR = 17


@require_safe
@sign_in_required
def home(request: HttpRequest) -> HttpResponse:
    """What happened while I was busy, and what waits for me?"""
    business = current_business(request)
    if business is None:
        return render(request, "agentlocator/choose_business.html", {"choices": list(_businesses_of(request))})
    now, user = timezone.now(), user_here(request)
    board = board_of(business, user, is_owner=is_owner(request), now=now)
    hour = timezone.localtime(now).hour
    context = {
        "greeting": _greeting(hour),
        "part_of_day": _("What happened this morning") if hour < NOON_HOUR else _("What happened today"),
        "now": now,
        "board": board,
        "waiting": board.waiting,
    }
    return render(request, "agentlocator/home.html", context)


@require_safe
@member_required
def waiting(request: HttpRequest) -> HttpResponse:
    """The part of the home page that changes by what is done on it."""
    now = timezone.now()
    found = waiting_for(user_here(request), is_owner=is_owner(request), midnight=midnight_before(now), now=now)
    return render(request, "agentlocator/home.html#waiting", {"waiting": found, "now": now})


@require_POST
@member_required
def caller_seen_to(request: HttpRequest, call_sid: str) -> HttpResponse:
    """Somebody who hung up at once was called back, or need not be."""
    call = get_object_or_404(CallSession.objects.select_related("lead"), call_sid=call_sid)
    business = business_here(request)
    row = seen_to(business=business, call=call, by=user_here(request), now=timezone.now())
    response: HttpResponse = HttpResponseRedirect(reverse("home"))
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204, headers={"HX-Trigger": '{"follow-ups": {}}'})
    return toast(request, response, _("Removed from the list."), undo=reverse("follow_ups:undo", args=[row.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def go_live(request: HttpRequest) -> HttpResponse:
    """Shall the assistant answer this number from now on?"""
    business = business_here(request)
    known = numbers_of(business)
    numbers = known.answered
    if request.method != "POST":
        context = {"numbers": numbers, "unverified": known.unverified, "how_to_show": HOW_TO_SHOW}
        return render(request, "agentlocator/go_live.html", context)
    response = HttpResponseRedirect(reverse("home"))
    if not numbers:
        return toast(request, response, _("There is no phone number to answer yet."), failed=True)
    if not start_answering(business=business):
        return toast(request, response, _("The assistant answers already."))
    return toast(request, response, _("The assistant answers from now on."))


@require_POST
@sign_in_required
def enter_business(request: HttpRequest) -> HttpResponse:
    """Work in another business from now on; platform admins may also leave (an empty choice).

    A form that strayed into the wrong one names in `resend` where it belongs, and is sent on there as it is.
    """
    resend = request.GET.get("resend", "")
    slug = request.GET.get("business", "") if resend else request.POST.get("business", "")
    if slug:
        business = _businesses_of(request).filter(slug=slug).first()
        if business is None:
            raise Http404
        request.session[SESSION_KEY] = business.pk
    else:
        request.session.pop(SESSION_KEY, None)
    if url_has_allowed_host_and_scheme(resend, allowed_hosts=None):
        return HttpResponse(status=307, headers={"Location": resend})  # the same fields, posted there
    return HttpResponseRedirect(reverse("home"))


def _businesses_of(request: HttpRequest) -> QuerySet[Business]:
    rows = Business.objects.order_by("name")
    return rows if is_platform_admin(request) else rows.filter(memberships__user=request.user.pk)


def _greeting(hour: int) -> str:
    if hour < NOON_HOUR:
        return _("Good morning")
    return _("Good afternoon") if hour < EVENING_HOUR else _("Good evening")
