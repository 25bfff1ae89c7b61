"""Values that read from left to right inside Hebrew: each filter emits its own isolate, ready for a page."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from crm.phones import national

register = template.Library()


def isolate(text: str) -> SafeString:
    """The text as one left-to-right island."""
    return format_html('<bdi dir="ltr">{}</bdi>', text)


RANGE = re.compile(r"\d{1,2}:\d\d–\d{1,2}:\d\d|\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d\d")


@register.filter
def times(text: str) -> SafeString:
    """A sentence whose ranges of hours and moments each become an island, as they read beside it."""
    parts: list[SafeString] = []
    end = 0
    for found in RANGE.finditer(text):
        parts += [format_html("{}", text[end : found.start()]), isolate(found[0])]
        end = found.end()
    return format_html_join("", "{}", ((part,) for part in [*parts, format_html("{}", text[end:])]))


@register.filter
def ltr(value: object) -> SafeString | str:
    """Identifiers, codes and amounts; nothing for nothing."""
    return isolate(str(value)) if value not in (None, "") else ""


@register.filter
def phone(value: str | None) -> SafeString | str:
    """A number as it is dialled here: 052-000-0147, or +… from abroad."""
    return isolate(national(value) or value) if value else ""


@register.filter
def clock(value: datetime | None) -> SafeString | str:
    """The local hour, 18:00."""
    return isolate(f"{timezone.localtime(value):%H:%M}") if value else ""


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """The local date and hour, 24/11/2026 09:14."""
    return isolate(f"{timezone.localtime(value):%d/%m/%Y %H:%M}") if value else ""


@register.filter
def near(value: datetime | None) -> SafeString | str:
    """The hour alone today, with the date otherwise: 09:14, or 24/11 09:14."""
    if not value:
        return ""
    local = timezone.localtime(value)
    return isolate(f"{local:%H:%M}" if local.date() == timezone.localdate() else f"{local:%d/%m %H:%M}")


@register.filter
def time_range(start: datetime, end: datetime) -> SafeString:
    """From one local hour to another, the earlier one at the left: 18:00–18:30."""
    return isolate(f"{timezone.localtime(start):%H:%M}–{timezone.localtime(end):%H:%M}")


@register.filter
def signed(value: float, unit: str = "") -> SafeString:
    """A difference with its sign on the left: +12%."""
    return isolate(f"{value:+g}{unit}")


@register.filter
def duration(seconds: int | None) -> SafeString | str:
    """How long a call took, 2:07; an hour more than once is 1:02:07."""
    if seconds is None:
        return ""
    text = str(timedelta(seconds=int(seconds)))
    return isolate(text.removeprefix("0:").removeprefix("0") if seconds < 3600 else text)


@register.filter
def seconds(ms: int | float | None) -> SafeString | str:
    """Milliseconds as people say them, 1.6."""
    return "" if ms is None else isolate(f"{ms / 1000:.1f}")


@register.filter
def hour(value: object) -> str:
    """An hour as a form's field holds it, 09:00; what was typed stays as typed."""
    return f"{value:%H:%M}" if isinstance(value, time) else str(value or "")
