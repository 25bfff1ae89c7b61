"""Asking as a customer: what would be answered, how sure that is, and what spoke for it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from crm.roles import business_here, member_required
from faq.lookup import Match, match
from faq.pages.forms import AskForm
from faq.pages.listing import page_context


@dataclass(frozen=True)
class Asked:
    """The match, in what the page draws: shares of a hundred."""

    found: Match
    text: str

    @property
    def percent(self) -> int:
        return round(100 * self.found.score)

    @property
    def next_percent(self) -> int:
        return round(100 * self.found.next_score)


@require_POST
@member_required
def ask(request: HttpRequest) -> HttpResponse:
    """Nothing is kept of what is tried here, and no count goes up."""
    now, business = timezone.now(), business_here(request)
    form = AskForm(request.POST)
    asked = None
    if form.is_valid():
        text = form.cleaned_data["text"]
        asked = Asked(match(business=business, text=text, now=now, medium=form.cleaned_data["medium"]), text)
    status = 200 if asked else 422
    context = {"ask_form": form, "asked": asked}
    if request.headers.get("HX-Request"):
        return render(request, "faq/index.html#asking", context, status=status)
    return render(request, "faq/index.html", page_context(request, business, now) | context, status=status)
