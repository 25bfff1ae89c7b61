"""Two cards side by side, and the question whether they are one person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from agentlocator.lead_merge import KEPT_FOR, contents_of, merge_leads, undo_merge
from agentlocator.lead_page import alike
from crm.lead_search import matching
from crm.models import Lead, LeadMerge
from crm.pages.common import back
from crm.phones import national
from crm.replies import toast
from crm.roles import member_required, user_here
from crm.row_ids import id_in

OFFERED = 20


class MergeForm(forms.Form):
    """Which name and which number stay; each is one of the two cards'."""

    name = forms.ChoiceField(widget=forms.RadioSelect, required=False)
    phone = forms.ChoiceField(widget=forms.RadioSelect, required=False)

    def __init__(self, *args: Any, kept: Lead, other: Lead, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict.fromkeys((kept.name, other.name))
        phones = dict.fromkeys((kept.phone, other.phone))
        self.fields["name"].choices = [(name, name or _("no name")) for name in names]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["phone"].choices = [(phone, national(phone) if phone else _("no number")) for phone in phones]  # type: ignore[attr-defined]  # as above
        self.initial = {"name": kept.name or other.name, "phone": kept.phone or other.phone}


@member_required
@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """The card `with` goes into this one. Without it: who might it be?"""
    kept = get_object_or_404(Lead, pk=pk)
    wanted = request.POST.get("with") or request.GET.get("with")
    if not wanted:
        return _search(request, kept)
    other = get_object_or_404(Lead, pk=id_in(wanted))
    if other.pk == kept.pk:
        return _search(request, kept)
    form = MergeForm(request.POST or None, kept=kept, other=other)
    if request.method == "POST" and form.is_valid():
        return _merged(request, kept, other, form.cleaned_data)
    context = {"kept": kept, "other": other, "form": form, "goes": _words(contents_of(other).counts)}
    context |= {"days": KEPT_FOR.days}
    return render(request, "leads/merge.html", context, status=422 if form.is_bound else 200)


def _merged(request: HttpRequest, kept: Lead, other: Lead, chosen: Mapping[str, str]) -> HttpResponse:
    done = merge_leads(
        kept=kept, other=other, name=chosen["name"], phone=chosen["phone"], by=user_here(request), now=timezone.now()
    )
    if done is None:
        response = HttpResponseRedirect(reverse("leads:list") + "?view=list")
        text = _("One of the two cards has changed or is gone. Nothing was merged.")
        return toast(request, response, text, failed=True)
    response = HttpResponseRedirect(reverse("leads:detail", args=[kept.pk]))
    return toast(request, response, _("The two cards are one now."), undo=reverse("leads:merge_undo", args=[done.pk]))


@member_required
@require_POST
def take_apart(request: HttpRequest, pk: int) -> HttpResponse:
    """Two cards again, for thirty days after the merge."""
    row = get_object_or_404(LeadMerge, pk=pk)
    result = undo_merge(merge=row, by=user_here(request), now=timezone.now())
    if result.lead is None:
        text = _("This can no longer be taken back.")
        if result.taken:
            text = _("A number of the two cards belongs to another customer by now, so they stay one.")
        return back(request, text=text, failed=True)
    response = HttpResponseRedirect(reverse("leads:detail", args=[result.lead.pk]))
    return toast(request, response, _("The two cards are apart again."))


def _search(request: HttpRequest, kept: Lead) -> HttpResponse:
    term = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    rows = Lead.objects.exclude(pk=kept.pk)
    found = list(rows.filter(matching(term)).order_by("-created_at")[:OFFERED]) if term else alike(kept)
    calls = dict(rows.filter(pk__in=[row.pk for row in found]).values_list("pk").annotate(Count("calls")))
    offered = [(row, _calls(calls.get(row.pk, 0))) for row in found]
    return render(request, "leads/merge_search.html", {"kept": kept, "offered": offered, "term": term})


def _calls(count: int) -> str:
    return ngettext("one call", "%(count)d calls", count) % {"count": count}


def _words(counts: Mapping[str, int]) -> list[str]:
    """What would move, in words; the rest goes with it unsaid."""

    def count(label: str) -> int:
        return counts.get(label, 0)

    calls, appointments = count("calls.CallSession.lead"), count("booking.Appointment.lead")
    steps, entries, tags = count("crm.FollowUp.lead"), count("crm.Activity.lead"), count("crm.LeadTag.lead")
    return [
        text % {"count": number}
        for number, text in (
            (calls, _calls(calls)),
            (appointments, ngettext("one appointment", "%(count)d appointments", appointments)),
            (steps, ngettext("one follow-up", "%(count)d follow-ups", steps)),
            (entries, ngettext("one line of the timeline", "%(count)d lines of the timeline", entries)),
            (tags, ngettext("one tag", "%(count)d tags", tags)),
        )
        if number
    ]
