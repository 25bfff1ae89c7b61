"""The week's page, its preview and its saving. Owners edit, staff read."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from agentlocator.policy_page import rules_in_force
from agentlocator.week.forms import days_of, fingerprint, week_set
from agentlocator.week.saving import Effect, lock, save_week
from booking.admin.hours import WeekFormSet
from booking.admin.preview import in_words
from booking.services import effective_policy
from booking.wording import hours_in_words
from crm.models import Business, BusinessSettings, SettingChange
from crm.replies import toast
from crm.roles import business_here, is_owner, member_required, owner_required

STALE, INVALID = 409, 422


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def index(request: HttpRequest) -> HttpResponse:
    """When may people book?"""
    if request.method == "POST":
        if not is_owner(request):
            raise PermissionDenied
        return _save(request)
    business = business_here(request)
    return _page(request, business, week_set(business), _always_open(business))


def _save(request: HttpRequest) -> HttpResponse:
    business, always = business_here(request), "allow_24_7" in request.POST
    with transaction.atomic():
        lock(business)
        week = week_set(business, request.POST)
        if request.POST.get("fingerprint") != fingerprint(business):
            return _page(request, business, week, always, status=STALE)
        if not week.is_valid():
            return _page(request, business, week, always, status=INVALID)
        effect = save_week(business=business, week=week, always_open=always, now=timezone.now(), keep=True)
    answer = HttpResponseRedirect(reverse("week:index"))
    return toast(request, answer, _saved(effect), undo=reverse("history:undo", args=[effect.transaction_id]))


@require_POST
@owner_required
def preview(request: HttpRequest) -> HttpResponse:
    """What saving would do, as a fragment of the page."""
    business, always = business_here(request), "allow_24_7" in request.POST
    week = week_set(business, request.POST)
    if not week.is_valid():
        return render(request, "week/index.html#effect", {"problems": _problems(week)}, status=INVALID)
    effect = save_week(business=business, week=week, always_open=always, now=timezone.now(), keep=False)
    return render(
        request, "week/index.html#effect", {"sentence": effect.sentence, "effect": in_words(effect.difference)}
    )


def _page(request: HttpRequest, business: Business, week: WeekFormSet, always: bool, status: int = 200) -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {
        "week": week,
        "days": days_of(week),
        "always_open": always,
        "fingerprint": fingerprint(business),
        "may_edit": is_owner(request),
        "problems": _problems(week) if status == INVALID else [],
        "stale": _last_change() if status == STALE else None,
        "sentence": hours_in_words(effective_policy(business, now=now)),
        "policy": rules_in_force(business, now=now),
    }
    return render(request, "week/index.html", context, status=status)


def _problems(week: WeekFormSet) -> list[str]:
    found = [str(error) for form in week.forms for errors in form.errors.values() for error in errors]
    return [*found, *map(str, week.non_form_errors())]


def _saved(effect: Effect) -> str:
    touched = len(effect.difference.touched)
    if not touched:
        return _("Saved.")
    text = ngettext(
        "Saved. One appointment is outside the new hours; it is marked in the calendar.",
        "Saved. %(count)d appointments are outside the new hours; they are marked in the calendar.",
        touched,
    )
    return text % {"count": touched}


def _last_change() -> SettingChange | None:
    """Who was quicker."""
    rows = SettingChange.objects.filter(table__in=("booking_openinghours", "crm_businesssettings"))
    return rows.select_related("by").order_by("-pk").first()


def _always_open(business: Business) -> bool:
    return bool(BusinessSettings.objects.filter(business=business).values_list("allow_24_7", flat=True).first())
