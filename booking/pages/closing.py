"""Closing some time from the calendar: what stands in it is shown before anything is saved."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.closing import Closing, appointments_within, close_time
from booking.models import Resource
from booking.pages.asked import calendar_view, chosen, day_of
from booking.pages.forms import ClosureForm
from booking.pages.replies import done, page
from booking.templatetags.days import near_day
from crm.roles import business_here, owner_required


@owner_required
@calendar_view
def close(request: HttpRequest) -> HttpResponse:
    """First what would be closed and who stands there; with `_save` it is closed. Nobody is cancelled by it."""
    now = timezone.now()
    if request.method != "POST":
        day = day_of(request.GET.get("date"), timezone.localtime(now).date())
        return page(request, "booking/close.html", {"form": ClosureForm(initial={"date": day})})
    chosen(Resource.objects.all(), request.POST.get("resource"))
    form = ClosureForm(request.POST)
    if not form.is_valid():
        return page(request, "booking/close.html", {"form": form}, status=422)
    given = form.cleaned_data
    closing = Closing(given["date"], form.hours, given["resource"], given["reason"])
    if "_save" not in request.POST:
        inside = appointments_within(business=business_here(request), closing=closing, now=now)
        return page(request, "booking/close.html", {"form": form, "closing": closing, "inside": inside})
    close_time(business=business_here(request), closing=closing, now=now)
    return done(request, _("Closed on %(day)s.") % {"day": near_day(closing.day)}, day=closing.day)
