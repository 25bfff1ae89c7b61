"""The links by which a personal calendar reads the appointments: made, replaced and removed by owners, shown once."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.feeds import issue_feed, remove_feed
from booking.models import CalendarFeed, Resource
from booking.pages.asked import calendar_view, chosen
from booking.pages.replies import page
from crm.roles import business_here, owner_required, user_here

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Line:
    """One calendar that could be read: the whole business, or a resource."""

    resource: Resource | None
    feed: CalendarFeed | None
    address: str  # only in the answer to the request that made it


@owner_required
@calendar_view
def link(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return page(request, "booking/link.html", {"lines": _lines()})
    business, what = business_here(request), request.POST.get("what")
    resource = chosen(Resource.objects.all(), request.POST.get("resource"))
    ids = {
        "business_id": business.pk,
        "user_id": user_here(request).pk,
        "resource_id": resource.pk if resource else None,
    }
    if what == "issue":
        token = issue_feed(business=business, resource=resource, now=timezone.now())
        logger.info("A calendar link was made.", extra=ids)
        # Not a redirect: the address is shown in this answer and nowhere else.
        return page(request, "booking/link.html", {"lines": _lines(made_for=resource, token=token)})
    if what != "remove":
        raise Http404
    remove_feed(business=business, resource=resource)
    logger.info("A calendar link was removed.", extra=ids)
    said = _("The link is removed. Whoever had it reads nothing any more.")
    if request.headers.get("HX-Request"):
        return page(request, "booking/link.html", {"lines": _lines(), "said": said})
    messages.success(request, said)
    return HttpResponseRedirect(request.path)


def _lines(*, made_for: Resource | None = None, token: str = "") -> list[Line]:
    feeds = {feed.resource_id: feed for feed in CalendarFeed.objects.all()}
    lines = []
    for resource in (None, *Resource.objects.filter(is_active=True)):
        is_new = bool(token) and made_for == resource
        address = settings.PUBLIC_URL + reverse("calendar_feed", args=[token]) if is_new else ""
        lines.append(Line(resource, feeds.get(resource.pk if resource else None), address))
    return lines
