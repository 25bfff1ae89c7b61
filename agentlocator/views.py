"""The home page and the choice of a business."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from agentlocator.dashboard import dashboard_of
from crm.middleware import SESSION_KEY
from crm.models import Business
from crm.roles import current_business, is_platform_admin

NOON_HOUR = 12
EVENING_HOUR = 17


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """What happened while I was busy, and what waits for me?"""
    business = current_business(request)
    choices = list(_businesses_of(request))
    if business is None:
        return render(request, "agentlocator/choose_business.html", {"choices": choices})
    now = timezone.now()
    context = {
        "greeting": _greeting(timezone.localtime(now).hour),
        "now": now,
        "board": dashboard_of(business, now=now),
        "choices": choices if len(choices) > 1 or is_platform_admin(request) else [],
    }
    return render(request, "agentlocator/home.html", context)


@require_POST
@login_required
def enter_business(request: HttpRequest) -> HttpResponse:
    """Work in another business from now on; platform admins may also leave (an empty choice)."""
    slug = request.POST.get("business", "")
    if slug:
        business = _businesses_of(request).filter(slug=slug).first()
        if business is None:
            raise Http404
        request.session[SESSION_KEY] = business.pk
    else:
        request.session.pop(SESSION_KEY, None)
    return HttpResponseRedirect(reverse("home"))


def _businesses_of(request: HttpRequest) -> QuerySet[Business]:
    rows = Business.objects.order_by("name")
    return rows if is_platform_admin(request) else rows.filter(memberships__user=request.user.pk)


def _greeting(hour: int) -> str:
    if hour < NOON_HOUR:
        return _("Good morning")
    return _("Good afternoon") if hour < EVENING_HOUR else _("Good evening")
