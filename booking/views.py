"""Pages that need no sign-in: the calendar feed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking.feeds import read_feed


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar behind a secret address; an old address is as unknown as a made-up one."""
    calendar = read_feed(token, now=timezone.now())
    if calendar is None:
        response: HttpResponse = HttpResponseNotFound("", content_type="text/plain")
    else:
        response = HttpResponse(calendar, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response["Cache-Control"] = "private, no-store"
    return response
