"""Lists of customers that a user comes back to: kept under a name, for this user in this business."""

from __future__ import annotations

from dataclasses import fields

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from crm.lead_list import LeadQuery
from crm.pages import saved_filters
from crm.pages.common import back
from crm.pages.leads import PAGE_NAME
from crm.roles import member_required

_KEYS = tuple(field.name for field in fields(LeadQuery))


@member_required
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Keep the present filters under a name; the same name again means these filters now."""
    told = saved_filters.keep(request, page=PAGE_NAME, keys=_KEYS)
    return back(request, text=told.text, failed=told.failed)


@member_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    return back(request, text=saved_filters.forget(request, pk, page=PAGE_NAME).text)
