"""How an appointment stands, as badges."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment
from booking.preview import Standing, broken_rules
from crm.admin.badges import badge
from crm.models import Business

Status = Appointment.Status
TONES = {
    Status.HELD: "live",
    Status.CONFIRMED: "ok",
    Status.CANCELLED: "hollow",
    Status.COMPLETED: "ok",
    Status.NO_SHOW: "bad",
}
_MARKS = {
    "closed_day": _("on a closed day"),
    "outside_hours": _("outside hours"),
    "off_grid": _("off the interval"),
    "unknown_service": _("nobody serves"),
}


def mark(rows: Sequence[Appointment], business: Business, *, now: datetime) -> None:
    """Lets each row know which rule it breaks by now; one query, if any of them is still to come."""
    coming = [row for row in rows if row.status == Status.CONFIRMED and row.starts_at > now]
    broken = broken_rules(business, coming, now=now) if coming else {}
    for row in rows:
        row.__dict__["_broken"] = broken.get(row.pk)


def broken(row: Appointment) -> Standing | None:
    """The rule that a marked row breaks."""
    found: Standing | None = row.__dict__.get("_broken")
    return found


def state(row: Appointment) -> SafeString:
    """The status and, if the rules have changed around the appointment, which of them it breaks now."""
    standing, against = badge(row.get_status_display(), TONES[Status(row.status)]), broken(row)
    if against is None:
        return standing
    return format_html("{} {}", standing, badge(_MARKS.get(against.code, _("outside the rules")), "warn"))
