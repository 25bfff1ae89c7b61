"""Links by which a calendar program reads the appointments: made, replaced and removed by owners, shown once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.feeds import issue_feed, remove_feed
from booking.models import CalendarFeed, Resource
from crm.admin.base import ReadOnlyAdmin
from crm.models import Business, Role
from crm.roles import current_business, role_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Line:
    """One calendar that could be read: the whole business, or a resource."""

    resource: Resource | None
    feed: CalendarFeed | None
    address: str  # only in the answer to the request that made it


class FeedForm(forms.Form):
    what = forms.ChoiceField(choices=[("issue", "issue"), ("remove", "remove")])
    resource: forms.ModelChoiceField[Resource] = forms.ModelChoiceField(queryset=None, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["resource"].queryset = Resource.objects.all()  # type: ignore[attr-defined]  # within the business's scope


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnlyAdmin):
    """One page; the rows themselves have nothing to show."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return obj is None and role_of(request) is Role.OWNER

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        business = current_business(request)
        if business is None:
            self.message_user(request, _("Enter a business first."), messages.WARNING)
            return HttpResponseRedirect(reverse("home"))
        if request.method != "POST":
            return self._page(request, business)
        form = FeedForm(request.POST)
        if not form.is_valid():
            return HttpResponseRedirect(request.path)
        resource: Resource | None = form.cleaned_data["resource"]
        ids = {"business_id": business.pk, "user_id": request.user.pk, "resource_id": resource.pk if resource else None}
        if form.cleaned_data["what"] == "remove":
            remove_feed(business=business, resource=resource)
            logger.info("A calendar link was removed.", extra=ids)
            self.message_user(request, _("The link is removed. Whoever had it reads nothing any more."))
            return HttpResponseRedirect(request.path)
        token = issue_feed(business=business, resource=resource, now=timezone.now())
        logger.info("A calendar link was made.", extra=ids)
        # Not a redirect: the address is shown in this answer and nowhere else.
        return self._page(request, business, made_for=resource, token=token)

    def _page(
        self, request: HttpRequest, business: Business, *, made_for: Resource | None = None, token: str = ""
    ) -> HttpResponse:
        feeds = {feed.resource_id: feed for feed in CalendarFeed.objects.all()}
        lines = []
        for resource in (None, *Resource.objects.filter(is_active=True)):
            is_new = bool(token) and made_for == resource
            address = settings.PUBLIC_URL + reverse("calendar_feed", args=[token]) if is_new else ""
            lines.append(Line(resource, feeds.get(resource.pk if resource else None), address))
        context = self.admin_site.each_context(request) | {
            "title": _("Links to a personal calendar"),
            "opts": self.opts,
            "page_name": _("Links to a personal calendar"),
            "page_parent": _("Settings"),
            "page_parent_url": reverse("admin:crm_business_changelist"),
            "business": business,
            "lines": lines,
        }
        return render(request, "admin/booking/calendarfeed/feeds.html", context)
