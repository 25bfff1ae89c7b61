"""What happened: calls, and appointments that staff, the website or a message made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from calls.badges import caller_name, outcome_badge
from calls.models import CallSession
from crm.admin.badges import badge
from crm.models import Activity, Medium

SHOWN = 8
LOOKED_BACK = timedelta(days=7)  # for appointments; calls are shown however old they are
_ICONS = {Medium.WHATSAPP: "wa", Medium.WEB: "globe", Medium.API: "globe", Medium.STAFF: "user", Medium.PHONE: "phone"}
_DEEDS = {
    "appointment.created": (_("appointment booked"), "ok"),
    "appointment.rescheduled": (_("appointment moved"), "ok"),
    "appointment.cancelled": (_("appointment cancelled"), "hollow"),
}


@dataclass(frozen=True)
class Happening:
    at: datetime
    icon: str
    medium: str
    who: str | SafeString
    text: str
    badge: SafeString
    address: str


def last_calls() -> list[CallSession]:
    """Newest first, apart from those that were held in the practice page."""
    rows = CallSession.objects.filter(from_browser=False).select_related("lead").defer("prompt")
    return list(rows.order_by("-started_at")[:SHOWN])


def feed_of(calls: Iterable[CallSession], *, now: datetime) -> list[Happening]:
    """The calls with what else was booked, moved or cancelled; one query."""
    deeds = (
        Activity.objects.filter(occurred_at__gte=now - LOOKED_BACK, kind__in=_DEEDS)
        .exclude(medium=Medium.PHONE)
        .select_related("lead")
        .order_by("-occurred_at")[:SHOWN]
    )
    happened = [*map(_of_call, calls), *map(_of_deed, deeds)]
    return sorted(happened, key=lambda each: each.at, reverse=True)[:SHOWN]


def _of_call(call: CallSession) -> Happening:
    address = reverse("call_pages:detail", args=[call.call_sid])
    medium = str(Medium.PHONE.label)
    return Happening(call.started_at, "phone", medium, caller_name(call), call.summary, outcome_badge(call), address)


def _of_deed(deed: Activity) -> Happening:
    word, tone = _DEEDS[deed.kind]
    medium = Medium(deed.medium)
    address = reverse("leads:detail", args=[deed.lead_id])
    return Happening(
        deed.occurred_at, _ICONS[medium], str(medium.label), str(deed.lead), deed.text, badge(word, tone), address
    )
