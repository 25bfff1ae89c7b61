"""Filters that a user keeps under a name; they are that user's alone."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from calls.pages import filters
from calls.pages.lists import SAVED_AS
from crm.models import SavedFilter
from crm.replies import toast
from crm.roles import member_required

MOST = 30


class SaveForm(forms.Form):
    name = forms.CharField(
        max_length=60, error_messages={"required": gettext_lazy("A saved filter needs a name.")}, strip=True
    )
    query = forms.CharField(max_length=500, required=False)


@require_POST
@member_required
def save(request: HttpRequest) -> HttpResponse:
    """Under a name that is in use, the filter takes its place."""
    form = SaveForm(request.POST)
    query = _known(request.POST.get("query", ""))
    response = HttpResponseRedirect(f"{reverse('call_pages:list')}?{query}")
    if not form.is_valid():
        wrong = form.errors.get("name")
        return toast(request, response, str(wrong[0]) if wrong else _("This filter is too long."), failed=True)
    user = cast(User, request.user)
    mine = SavedFilter.objects.filter(user=user, page=SAVED_AS)
    name = form.cleaned_data["name"]
    if mine.count() >= MOST and not mine.filter(name=name).exists():
        return toast(request, response, _("There are too many saved filters. Delete one first."), failed=True)
    SavedFilter.objects.update_or_create(user=user, page=SAVED_AS, name=name, defaults={"query": query})
    return toast(request, response, _("The filter was saved."))


@require_POST
@member_required
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Only one's own."""
    row = get_object_or_404(SavedFilter, pk=pk, user=request.user.pk, page=SAVED_AS)
    row.delete()
    query = _known(request.POST.get("query", ""))
    response = HttpResponseRedirect(f"{reverse('call_pages:list')}?{query}")
    return toast(request, response, _("The saved filter was deleted."))


def _known(query: str) -> str:
    """What the page understands of it, and nothing else."""
    given = QueryDict(query)
    kept = QueryDict(mutable=True)
    for name in ("q", *filters.STATE):
        if given.get(name):
            kept[name] = given[name]
    return kept.urlencode()
