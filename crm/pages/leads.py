"""The customers of a business: as a list, as a board, and a new card."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm.lead_list import (
    COUNTED,
    DUES,
    PAGE,
    PERIODS,
    STAGE_TITLES,
    LeadQuery,
    counts_by_stage,
    following,
    place_of,
)
from crm.lead_services import create_lead, members_of
from crm.models import Lead, Medium, SavedFilter, Tag
from crm.names import name_of
from crm.pages.follow_up_forms import FollowUpForm
from crm.pages.lead_board import FOLDED, OPEN_STAGES, Column, columns, further
from crm.pages.lead_cards import cards_of
from crm.pages.lead_forms import LeadForm
from crm.replies import toast
from crm.roles import business_here, is_owner, member_required, user_here
from crm.tags import OFFERED, tags_in_use

PAGE_NAME = "leads"  # of saved filters
_LIST, _BOARD = "list", "board"


@member_required
@require_GET
def lead_list(request: HttpRequest) -> HttpResponse:
    """The list. The bare address opens whichever of list and board was used last."""
    if not request.GET and request.session.get("leads_view") != _LIST:
        return HttpResponseRedirect(reverse("leads:board"))
    request.session["leads_view"] = _LIST
    user, now = user_here(request), timezone.now()
    query = LeadQuery.of(request.GET)
    rows = following(query.rows(user=user, now=now).select_related("assigned_to"), request.GET.get("after", ""))
    leads = list(rows[: PAGE + 1])
    after = place_of(leads[PAGE - 1]) if len(leads) > PAGE else ""
    context = {"cards": cards_of(leads[:PAGE], now=now), "after": after, "query": query, "now": now}
    if request.htmx and "after" in request.GET:  # type: ignore[attr-defined]  # set by django-htmx
        return render(request, "leads/list.html#rows", context | _choices(request, query))
    counts = {} if query.is_narrowed else counts_by_stage()
    context |= {"stages": _segments(query, counts), "view": _LIST, "is_empty": not leads and not request.GET.get("q")}
    return render(request, "leads/list.html", context | _frame(request, query))


@member_required
@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """The board; with `stage` and `after`, the next cards of one column."""
    user, now = user_here(request), timezone.now()
    query = LeadQuery.of(request.GET)
    if request.htmx and query.stage and "after" in request.GET:  # type: ignore[attr-defined]  # set by django-htmx
        column = _with_menu(request, further(query, request.GET["after"], user=user, now=now))
        return render(request, "leads/board.html#cards", {"column": column})
    request.session["leads_view"] = _BOARD
    shown = [*OPEN_STAGES, *([FOLDED] if query.stage == FOLDED else [])]
    parts = columns(query, user=user, now=now, stages=shown)
    found = [_with_menu(request, column) for column in parts]
    context = {
        "columns": found,
        "current": query.stage or OPEN_STAGES[0],
        "folded": {"stage": FOLDED, "title": STAGE_TITLES[FOLDED], "is_open": FOLDED in shown},
        "query": query,
        "view": _BOARD,
        "is_empty": not any(column.cards for column in found) and not query.is_narrowed and not Lead.objects.exists(),
    }
    return render(request, "leads/board.html", context | _frame(request, query))


@member_required
def new(request: HttpRequest) -> HttpResponse:
    """A new card; a number that is known leads to the card that has it."""
    form = LeadForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "leads/new.html", {"form": form}, status=status)
    name, phone = form.cleaned_data["name"], form.cleaned_data["phone"]
    lead, is_new = create_lead(business=business_here(request), name=name, phone=phone, now=timezone.now())
    response = HttpResponseRedirect(reverse("leads:detail", args=[lead.pk]))
    text = _("The card is open.") if is_new else _("This number was here already. This is its card.")
    toast(request, response, text)
    return response


def _with_menu(request: HttpRequest, column: Column) -> Column:
    """The column with what its cards' menus offer, and the way back to this page."""
    address = request.headers.get("HX-Current-URL", "") or request.get_full_path()
    context = {"stages": STAGE_TITLES, "here": column.stage, "address": address}
    return replace(column, menu=render_to_string("leads/_moves.html", context, request))


# --- what stands around the rows -----------------------------------------------------------------------
@dataclass(frozen=True)
class Choice:
    value: str
    title: str
    is_on: bool
    count: str = ""


def _segments(query: LeadQuery, counts: dict[str, int]) -> list[Choice]:
    whole = sum(counts.values())
    everyone = f"{COUNTED - 1}+" if whole >= COUNTED else str(whole)
    stages = [
        Choice(stage, str(title), query.stage == stage, _counted(counts.get(stage)))
        for stage, title in STAGE_TITLES.items()
    ]
    return [Choice("", _("All"), not query.stage, everyone if counts else ""), *stages]


def _counted(count: int | None) -> str:
    if count is None:
        return ""
    return f"{COUNTED - 1}+" if count >= COUNTED else str(count)


def _frame(request: HttpRequest, query: LeadQuery) -> dict[str, Any]:
    """The filters with their choices, and what stands above them."""
    saved = SavedFilter.objects.filter(user=user_here(request), page=PAGE_NAME)
    kept = {key: request.GET[key] for key in ("tag", "who", "medium", "due", "since") if getattr(query, key)}
    stage = {"stage": query.stage} if query.stage else {}
    searched = {"q": query.q} if query.q else {}
    return _choices(request, query) | {
        "saved_filters": list(saved),
        "may_carry": is_owner(request),
        "form": LeadForm(),
        "follow_up_form": FollowUpForm(business=business_here(request), now=timezone.now()),
        "key": secrets.token_hex(8),
        "address": request.get_full_path(),
        "is_narrowed": query.is_narrowed,
        "narrowing": f"?{urlencode(whole)}" if (whole := searched | kept | stage) else "",
        "kept": [*kept.items(), *stage.items()],
    }


def _choices(request: HttpRequest, query: LeadQuery) -> dict[str, Any]:
    members = list(members_of(business_here(request)))
    tags = list(tags_in_use()[:OFFERED])
    if query.tag and query.tag not in {tag.pk for tag in tags} and not Tag.objects.filter(pk=query.tag).exists():
        raise Http404
    if query.user_id and query.user_id not in {member.pk for member in members}:
        raise Http404
    people = [Choice("me", _("me"), query.who == "me"), Choice("nobody", _("nobody"), query.who == "nobody")]
    others = [member for member in members if member.pk != request.user.pk]
    people += [Choice(str(row.pk), name_of(row), query.user_id == row.pk) for row in others]
    return {
        "members": [(member.pk, name_of(member)) for member in members],
        "people": people,
        "tags": [Choice(str(tag.pk), tag.name, query.tag == tag.pk) for tag in tags],
        "media": [Choice(value, str(label), query.medium == value) for value, label in Medium.choices],
        "dues": [Choice(value, str(label), query.due == value) for value, label in DUES.items()],
        "periods": [Choice(value, str(label), query.since == value) for value, (_days, label) in PERIODS.items()],
        "stage_choices": [(stage, str(title)) for stage, title in STAGE_TITLES.items()],
    }
