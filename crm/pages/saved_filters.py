"""Filters that a user keeps under a name, of whichever list; they are that user's alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.models import SavedFilter
from crm.roles import business_here, user_here

MOST = 30  # of one user and list


class SaveForm(forms.Form):
    name = forms.CharField(max_length=60, error_messages={"required": gettext_lazy("A saved filter needs a name.")})
    query = forms.CharField(max_length=500, required=False)


@dataclass(frozen=True)
class Told:
    """What came of it, in words."""

    text: str
    failed: bool = False


def keep(request: HttpRequest, *, page: str, keys: Collection[str]) -> Told:
    """What was posted, under its name; one that is in use takes the new filter."""
    form = SaveForm(request.POST)
    if not form.is_valid():
        wrong = form.errors.get("name")
        return Told(str(wrong[0]) if wrong else _("This filter is too long."), failed=True)
    name = " ".join(form.cleaned_data["name"].split())
    mine = SavedFilter.objects.filter(user=user_here(request), page=page)
    if mine.count() >= MOST and not mine.filter(name=name).exists():
        return Told(_("There are too many saved filters. Delete one first."), failed=True)
    SavedFilter.objects.update_or_create(
        business=business_here(request),
        user=user_here(request),
        page=page,
        name=name,
        defaults={"query": known(form.cleaned_data["query"], keys)},
    )
    return Told(_("The filter “%(name)s” is kept.") % {"name": name})


def forget(request: HttpRequest, pk: int, *, page: str) -> Told:
    """Only one's own; 404 for another."""
    row = get_object_or_404(SavedFilter, pk=pk, user=user_here(request), page=page)
    row.delete()
    return Told(_("The filter “%(name)s” was removed.") % {"name": row.name})


def known(query: str, keys: Collection[str]) -> str:
    """What the list understands of an address, and nothing else."""
    given, kept = QueryDict(query.removeprefix("?")), QueryDict(mutable=True)
    for key in keys:
        if given.get(key):
            kept[key] = given[key]
    return kept.urlencode()
