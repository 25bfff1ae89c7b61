"""Lists that a user comes back to: kept under a name, for this user in this business."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.models import SavedFilter
from crm.pages.common import back
from crm.pages.lead_forms import FilterForm
from crm.pages.leads import PAGE_NAME
from crm.roles import business_here, member_required, user_here

_NOT_KEPT = ("after", "view")


@member_required
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Keep the present filters under a name; the same name again means these filters now."""
    form = FilterForm(request.POST)
    if not form.is_valid():
        return back(request, text=str(next(iter(form.errors.values()))[0]), failed=True)
    query = QueryDict(form.cleaned_data["query"].lstrip("?"), mutable=True)
    for key in _NOT_KEPT:
        query.pop(key, None)
    name = " ".join(form.cleaned_data["name"].split())
    SavedFilter.objects.update_or_create(
        business=business_here(request),
        user=user_here(request),
        page=PAGE_NAME,
        name=name,
        defaults={"query": query.urlencode()},
    )
    return back(request, text=_("The filter “%(name)s” is kept.") % {"name": name})


@member_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(SavedFilter, pk=pk, user=user_here(request), page=PAGE_NAME)
    row.delete()
    return back(request, text=_("The filter “%(name)s” was removed.") % {"name": row.name})
