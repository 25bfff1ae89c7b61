"""The card of one customer: who it is, what is to be done next, and everything that happened."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET
from rapidfuzz import fuzz

from agentlocator.lead_timeline import KINDS, calendar_at, timeline
from booking.models import Appointment
from crm.admin.leads import STAGE_TONES
from crm.lead_list import STAGE_TITLES
from crm.lead_services import members_of, trace_of
from crm.models import FollowUp, Lead, LeadIdentity, LeadTag
from crm.names import name_of
from crm.pages.follow_up_forms import FollowUpForm
from crm.pages.follow_up_rows import row_of
from crm.pages.lead_forms import EditForm, NoteForm, TagForm
from crm.roles import business_here, is_owner, member_required, user_here
from crm.services import FURTHER_PHONE, STAGE_MOVES
from crm.tags import OFFERED, tags_in_use
from whatsapp.models import Conversation

SHOWN = 5
_BEGINNING = 3  # letters of a word
_COMPARED = 50
ALIKE = 82  # of 100: יוסי כהן and יוסף כהן are 88, two people of one family name below 70


@member_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The card; with `after`, the next part of its timeline; with `part`, what is to be done next."""
    lead = get_object_or_404(Lead.objects.select_related("assigned_to"), pk=pk)
    if request.htmx and request.GET.get("part") == "next":  # type: ignore[attr-defined]  # set by django-htmx
        return render(request, "leads/detail.html#next", _context(request, lead, timezone.now()))
    if request.htmx and "after" in request.GET:  # type: ignore[attr-defined]  # as above
        return render(request, "leads/detail.html#entries", {"lead": lead} | _timeline(request, lead, timezone.now()))
    return card(request, lead)


def card(request: HttpRequest, lead: Lead, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The card as it is now; `forms` that were not accepted stand in it with their errors."""
    is_part = request.htmx and request.method == "POST"  # type: ignore[attr-defined]  # set by django-htmx
    context = _context(request, lead, timezone.now()) | forms
    return render(request, "leads/detail.html#card" if is_part else "leads/detail.html", context, status=status)


def _context(request: HttpRequest, lead: Lead, now: datetime) -> dict[str, Any]:
    business = business_here(request)
    links = LeadTag.objects.filter(lead=lead).select_related("tag").order_by("tag__name")
    further = LeadIdentity.objects.filter(lead=lead, channel=FURTHER_PHONE).values_list("external_id", flat=True)
    waiting = (
        FollowUp.objects.filter(lead=lead, done_at=None).select_related("lead", "assigned_to").order_by("due_at", "pk")
    )
    return (
        {
            "lead": lead,
            "now": now,
            "tone": STAGE_TONES[Lead.Status(lead.status)],
            "further_phones": list(further),
            "moves": [(stage, title) for stage, title in STAGE_TITLES.items() if stage in STAGE_MOVES[lead.status]],
            "tags": [link.tag for link in links],
            "known_tags": list(tags_in_use().values_list("name", flat=True)[:OFFERED]),
            "members": [(member.pk, name_of(member)) for member in members_of(business)],
            "assigned_name": name_of(lead.assigned_to),
            "steps": [row_of(step, now) for step in waiting[: 2 * SHOWN]],
            "duplicates": alike(lead),
            "may_delete": is_owner(request),
            "conversation": Conversation.objects.filter(lead=lead).order_by("-last_message_at").first(),
            "edit_form": edit_form(lead),
            "note_form": NoteForm(initial={"key": secrets.token_hex(8)}),
            "tag_form": TagForm(),
            "follow_up_form": FollowUpForm(business=business, now=now, initial={"to": user_here(request).pk}),
            "key": secrets.token_hex(8),
        }
        | _appointments(lead, now)
        | _timeline(request, lead, now)
    )


def edit_form(lead: Lead) -> EditForm:
    return EditForm(initial={"name": lead.name, "phone": lead.phone, "seen": trace_of(lead)})


def _timeline(request: HttpRequest, lead: Lead, now: datetime) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    entries, after = timeline(lead, kind=kind, after=request.GET.get("after", ""), now=now)
    kinds = [(key, str(title)) for key, (title, _rows) in KINDS.items()]
    return {"entries": entries, "after": after, "kind": kind if kind in KINDS else "", "kinds": kinds}


def _appointments(lead: Lead, now: datetime) -> dict[str, Any]:
    rows = Appointment.objects.filter(lead=lead).exclude(status=Appointment.Status.HELD)
    rows = rows.select_related("service", "resource")
    ahead = rows.filter(ends_at__gt=now, status=Appointment.Status.CONFIRMED).order_by("starts_at")[:SHOWN]
    past = rows.filter(Q(ends_at__lte=now) | ~Q(status=Appointment.Status.CONFIRMED)).order_by("-starts_at")[:SHOWN]
    return {"ahead": _dated(ahead), "past": _dated(past)}


def _dated(rows: Sequence[Appointment] | Any) -> list[tuple[Appointment, str]]:
    return [(row, calendar_at(row.starts_at)) for row in rows]


def alike(lead: Lead) -> list[Lead]:
    """Cards that may be the same person's: called almost the same. One number on two cards cannot be.

    A name of one word is too little to go by, unless one of the two has no number.
    """
    words = sorted(lead.name.split(), key=len)[-2:]
    if not words or len(words[-1]) < _BEGINNING:
        return []
    near = Lead.objects.exclude(pk=lead.pk)
    for word in words:  # how they begin is what the index of names finds quickly
        near = near.filter(name__icontains=word[:_BEGINNING])
    if lead.phone and len(lead.name.split()) == 1:
        near = near.filter(phone="")
    near = near.annotate(likeness=TrigramSimilarity("name", lead.name)).order_by("-likeness", "pk")[:_COMPARED]
    found = [(fuzz.token_sort_ratio(lead.name, row.name), row) for row in near if _comparable(lead, row)]
    best = sorted((pair for pair in found if pair[0] >= ALIKE), key=lambda pair: -pair[0])
    return [row for _score, row in best[:3]]


def _comparable(one: Lead, other: Lead) -> bool:
    has_words = min(len(one.name.split()), len(other.name.split())) > 1
    return has_words or not one.phone or not other.phone
