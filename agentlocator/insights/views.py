"""The insights page and its file."""

from __future__ import annotations

import io

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from agentlocator.insights.figures import FEW_CALLS, Insights, insights_of
from agentlocator.insights.period import LENGTHS, Period, period_of
from agentlocator.insights.sheets import sheets_of
from agentlocator.insights.words import REFUSALS, WEEKDAYS, busy_hours, heat_of
from calls.models import CallSession
from calls.prices import AS_OF
from crm.models import Business
from crm.pages.downloads import EXCEL
from crm.roles import business_here, member_required, owner_required
from crm.tables import sheets_into

KEPT_SECONDS = 600
PRICES_AGE_DAYS = 60
_BAD = (CallSession.Outcome.FAILED,)
_GREY = (CallSession.Outcome.ABANDONED,)


@require_safe
@member_required
def index(request: HttpRequest) -> HttpResponse:
    """Is the assistant worth it, and what should be changed?"""
    business = business_here(request)
    period = _period(request, business)
    found = _kept(business, period)
    enough = found.now.calls >= FEW_CALLS
    context = {
        "found": found,
        "period": period,
        "lengths": [(days, words, days == period.days) for days, words in LENGTHS.items()],
        "enough": enough,
        "few_calls": FEW_CALLS,
        "compared": enough and found.before.calls >= FEW_CALLS,
        "calls_change": _change(found.now.calls, found.before.calls),
        "share_change": found.now.booked_share - found.before.booked_share,
        "outcomes": _outcomes(found),
        "heat": _heat(found),
        "heat_hours": list(busy_hours(found.hours)),
        "refusals": [(REFUSALS.get(code, code), times) for code, times in found.refusals.items()],
        "refused": sum(found.refusals.values()),
        "series": _series(found),
        "prices_as_of": AS_OF,
        "prices_are_old": (timezone.localdate() - AS_OF).days > PRICES_AGE_DAYS,
    }
    return render(request, "insights/index.html", context)


@require_safe
@owner_required
def export(request: HttpRequest) -> HttpResponse:
    """Every figure of the page and what is behind its charts, as an Excel file with a sheet for each."""
    business = business_here(request)
    period = _period(request, business)
    content = io.BytesIO()
    sheets_into(content, sheets_of(_kept(business, period), period))
    answer = HttpResponse(content.getvalue(), content_type=EXCEL)
    name = f"insights-{business.slug}-{period.first_day:%Y-%m-%d}.xlsx"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store, private"
    return answer


def _period(request: HttpRequest, business: Business) -> Period:
    return period_of(request.GET.get("days", ""), now=timezone.now(), zone=business.timezone)


def _kept(business: Business, period: Period) -> Insights:
    """Counted at most every ten minutes; the page says of when its figures are."""
    key = f"insights:{business.pk}:{period.days}:{period.first_day}"
    found: Insights | None = cache.get(key)
    if found is None:
        found = insights_of(period, zone=business.timezone, practice=settings.PRACTICE_MODE)
        cache.set(key, found, KEPT_SECONDS)
    return found


def _change(now: int, before: int) -> int:
    """In percent of what it was."""
    return round(100 * (now - before) / before) if before else 0


def _outcomes(found: Insights) -> list[dict[str, object]]:
    most = max(found.outcomes.values(), default=0)
    ended = sum(found.outcomes.values())
    return [
        {
            "name": CallSession.Outcome(outcome).label,
            "calls": calls,
            "most": most,
            "percent": round(100 * calls / ended),
            "tone": "bad" if outcome in _BAD else "grey" if outcome in _GREY else "",
            "address": f"{reverse('call_pages:list')}?outcome={outcome}",
        }
        for outcome, calls in found.outcomes.items()
    ]


def _heat(found: Insights) -> list[tuple[str, list[tuple[int, int]]]]:
    """A row a weekday: its name, and for each hour the calls and how strongly they are coloured."""
    most = max(found.hours.values(), default=0)
    hours = busy_hours(found.hours)
    return [
        (str(name), [(calls := found.hours.get((weekday, hour), 0), heat_of(calls, most)) for hour in hours])
        for weekday, name in enumerate(WEEKDAYS)
    ]


def _series(found: Insights) -> dict[str, list[object]]:
    """What the charts draw. Response times in seconds; days on which nobody called have none."""
    return {
        "days": [f"{day.on_date.day}/{day.on_date.month}" for day in found.days],
        "calls": [day.calls for day in found.days],
        "booked": [day.booked for day in found.days],
        "usual": [_in_seconds(day.usual_ms) for day in found.days],
        "slowest": [_in_seconds(day.slowest_ms) for day in found.days],
        "silence": [_in_seconds(day.usual_silence_ms) for day in found.days],
        "longest": [_in_seconds(day.longest_silence_ms) for day in found.days],
    }


def _in_seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
