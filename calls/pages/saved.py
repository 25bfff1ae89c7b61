"""Filters of calls that a user keeps under a name; they are that user's alone."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from calls.pages import filters
from calls.pages.lists import SAVED_AS
from crm.pages import saved_filters
from crm.replies import toast
from crm.roles import member_required

_KEYS = ("q", *filters.STATE)


@require_POST
@member_required
def save(request: HttpRequest) -> HttpResponse:
    """Under a name that is in use, the filter takes its place."""
    return _back(request, saved_filters.keep(request, page=SAVED_AS, keys=_KEYS))


@require_POST
@member_required
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Only one's own."""
    return _back(request, saved_filters.forget(request, pk, page=SAVED_AS))


def _back(request: HttpRequest, told: saved_filters.Told) -> HttpResponse:
    """To the list as it was narrowed."""
    query = saved_filters.known(request.POST.get("query", ""), _KEYS)
    response = HttpResponseRedirect(f"{reverse('call_pages:list')}?{query}")
    return toast(request, response, told.text, failed=told.failed)
