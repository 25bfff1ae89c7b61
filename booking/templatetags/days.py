"""Days of the calendar in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from booking.policy import weekday
from crm.templatetags.isolates import isolate

register = template.Library()


@register.filter
def letter(day: date) -> str:
    """The weekday as a column is headed: א׳."""
    return (
        pgettext("weekday letter", "Sun"),
        pgettext("weekday letter", "Mon"),
        pgettext("weekday letter", "Tue"),
        pgettext("weekday letter", "Wed"),
        pgettext("weekday letter", "Thu"),
        pgettext("weekday letter", "Fri"),
        pgettext("weekday letter", "Sat"),
    )[weekday(day)]


@register.filter
def day_month(day: date) -> SafeString:
    """Day and month, with the year where it is another one than now: 24/11."""
    return isolate(_date(day))


@register.filter
def dated(day: date) -> SafeString:
    """The weekday with its date."""
    return format_html("{} {}", _named(day), day_month(day))


@register.filter
def day_words(day: date) -> SafeString:
    """Today, tomorrow, or the weekday with its date."""
    return format_html("{}", near_day(day)) if _is_near(day) else dated(day)


def near_day(day: date) -> str:
    """The same as plain text."""
    today = timezone.localdate()
    if day == today:
        return _("today")
    return _("tomorrow") if day == today + timedelta(days=1) else f"{_named(day)} {_date(day)}"


def moment_words(instant: datetime) -> str:
    """Day and hour as plain text, as a toast says them."""
    local = timezone.localtime(instant)
    return _("%(day)s at %(hour)s") % {"day": near_day(local.date()), "hour": f"{local:%H:%M}"}


@register.filter
def length_words(length: timedelta) -> str:
    """How long an appointment takes: 30 minutes."""
    minutes = int(length.total_seconds() // 60)
    if minutes % 60 == 0:
        return ngettext("one hour", "%(count)d hours", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def _is_near(day: date) -> bool:
    return 0 <= (day - timezone.localdate()).days <= 1


def _named(day: date) -> str:
    return _("day %(letter)s") % {"letter": letter(day)}


def _date(day: date) -> str:
    return f"{day:%d/%m}" if day.year == timezone.localdate().year else f"{day:%d/%m/%Y}"
