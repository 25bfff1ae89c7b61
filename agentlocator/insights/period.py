"""The stretch of time that insights are about, and the one before it that they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

LENGTHS = {7: _("7 days"), 30: _("30 days"), 90: _("90 days"), 365: _("a year")}
USUAL_DAYS = 30
_WRITTEN = {str(days): days for days in LENGTHS}  # as an address says them


@dataclass(frozen=True)
class Period:
    """The last `days` local days, today included. `before`: where the period of the same length before it begins."""

    days: int
    since: datetime
    before: datetime
    until: datetime
    first_day: date


def period_of(wanted: str, *, now: datetime, zone: ZoneInfo) -> Period:
    """The one that was asked for; the usual one where it cannot be read."""
    days = _WRITTEN.get(wanted, USUAL_DAYS)
    today = now.astimezone(zone).date()
    first_day = today - timedelta(days=days - 1)
    since = datetime.combine(first_day, time(), tzinfo=zone)
    before = datetime.combine(first_day - timedelta(days=days), time(), tzinfo=zone)
    return Period(days, since, before, now, first_day)
