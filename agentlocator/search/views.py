"""The search box's answers, as a page or as the part of it that changes while somebody types."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agentlocator.search.finding import SHORTEST, find
from agentlocator.search.marks import tidy
from crm.roles import business_here, is_owner, member_required


@require_safe
@member_required
def search(request: HttpRequest) -> HttpResponse:
    """Where is it?"""
    term = tidy(request.GET.get("q", ""))
    business, now = business_here(request), timezone.now()
    is_enough = len(term) >= SHORTEST
    sections = (
        find(term, business=business, is_owner=is_owner(request), now=now, today=timezone.localdate(now))
        if is_enough
        else []
    )
    part = "#found" if request.headers.get("HX-Request") else ""
    context = {"term": term, "sections": sections, "is_enough": is_enough}
    return render(request, f"agentlocator/search.html{part}", context)
