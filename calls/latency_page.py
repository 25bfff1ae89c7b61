"""The page of response times: how quickly the assistant answers, by step and by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.latency import STEPS, TOTAL, Latency, Spread, latency_since
from calls.models import CallSession
from calls.waterfall import reason_in_words
from crm.roles import current_business

WINDOWS = (7, 30)  # days
FEW = 20  # answers, below which a percentile says little
STEP_NAMES = {
    "STT_FIRST_PARTIAL_MS": _("first words recognised"),
    "STT_FINAL_MS": _("sentence recognised"),
    "AI_FIRST_AUDIO_MS": _("answer worded"),
    "TTS_READY_MS": _("sound ready"),
    "FIRST_AUDIO_SENT_MS": _("sound sent"),
    TOTAL: _("heard by the caller"),
}


@dataclass(frozen=True)
class Row:
    """One line of a table: seconds, and the widths of its two bars in thousandths; bars begin at the right."""

    name: Any
    usual_s: float
    slowest_s: float
    usual_width: int
    slowest_width: int
    count: int | None = None

    @property
    def usual_from(self) -> int:
        return 1000 - self.usual_width

    @property
    def slowest_from(self) -> int:
        return 1000 - self.slowest_width


def latency_page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Response times of the business one works in, of 7 or 30 days."""
    business = current_business(request)
    if business is None:
        messages.warning(request, _("Enter a business first."))
        return HttpResponseRedirect(reverse("home"))
    days = 30 if request.GET.get("days") == "30" else 7
    practice = request.GET.get("practice", "1" if settings.PRACTICE_MODE else "") == "1"
    zone = ZoneInfo(str(business.timezone))
    today = timezone.localdate(timezone=zone)
    midnight = datetime(today.year, today.month, today.day, tzinfo=zone)
    found = latency_since(midnight - timedelta(days=days - 1), zone=zone, practice=practice)
    context = site.each_context(request) | {
        "title": _("Response times"),
        "opts": CallSession._meta,
        "page_name": _("Response times"),
        "page_parent": _("Calls"),
        "page_parent_url": reverse("admin:calls_callsession_changelist"),
        "days": days,
        "windows": WINDOWS,
        "practice": practice,
        "found": found,
        "is_few": 0 < found.answers < FEW,
        "steps": list(_steps(found)),
        "by_day": list(_by_day(found)),
        "reasons": [(reason_in_words(reason), count) for reason, count in found.reasons.items()],
    }
    return render(request, "admin/calls/latency.html", context)


def _steps(found: Latency) -> Iterator[Row]:
    yield from _rows({STEP_NAMES[name]: (found.steps[name], None) for name in STEPS if name in found.steps})


def _by_day(found: Latency) -> Iterator[Row]:
    yield from _rows({day.on_date: (day.total, day.answers) for day in found.days})


def _rows(spreads: Mapping[Any, tuple[Spread, int | None]]) -> Iterator[Row]:
    """Lines on one scale, the longest of them full."""
    longest = max((spread.slowest_ms for spread, _count in spreads.values()), default=0) or 1
    for name, (spread, count) in spreads.items():
        yield Row(
            name,
            spread.usual_ms / 1000,
            spread.slowest_ms / 1000,
            spread.usual_ms * 1000 // longest,
            spread.slowest_ms * 1000 // longest,
            count,
        )
