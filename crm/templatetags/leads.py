"""Numbers as the pages of customers write them."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from crm.templatetags.isolates import isolate

register = template.Library()


@register.filter
def last_seen(value: datetime) -> SafeString:
    """The hour today, the day otherwise: 09:14, or 22/11; of another year with it."""
    local, today = timezone.localtime(value), timezone.localdate()
    if local.date() == today:
        return isolate(f"{local:%H:%M}")
    return isolate(f"{local:%d/%m}" if local.year == today.year else f"{local:%d/%m/%Y}")


@register.filter
def grouped(number: int) -> SafeString:
    """A count with its thousands apart: 9,983."""
    return isolate(f"{number:,}")
