"""The page of things to do: whose turn it is to call whom back, and until when."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.follow_ups import ask_for, change_follow_up, of_user, trace_of
from crm.lead_search import matching
from crm.models import FollowUp, Lead
from crm.names import name_of
from crm.pages.common import back, own_page
from crm.pages.follow_up_forms import MET_LAST, FollowUpForm, NewFollowUpForm, initial_of, written
from crm.pages.follow_up_rows import Row, When, row_of
from crm.places import place_at, split_place
from crm.replies import tell, toast
from crm.roles import business_here, is_owner, member_required, user_here
from crm.row_ids import id_in
from crm.services import finish_follow_up, reopen_follow_up, tidy_name

PAGE = 50
STALE = 409
INVALID = 422
SUGGESTED = 6


@dataclass(frozen=True)
class Listing:
    """One page of rows; `after` is where the next one begins, empty at the end."""

    rows: list[Row]
    after: str


@require_safe
@member_required
def follow_ups(request: HttpRequest) -> HttpResponse:
    """What is to be done, by whom, and until when?"""
    now = timezone.now()
    done = request.GET.get("state") == "done"
    mine = request.GET.get("who", "all" if is_owner(request) else "mine") == "mine"
    listing = _listing(
        done=done, user=user_here(request) if mine else None, after=request.GET.get("after", ""), now=now
    )
    context = {
        "groups": _grouped(listing.rows),
        "after": listing.after,
        "is_further": "after" in request.GET,
        "done": done,
        "mine": mine,
        "now": now,
    }
    part = "#more" if "after" in request.GET else "#rows"
    return render(request, f"crm/follow_ups.html{part if request.headers.get('HX-Request') else ''}", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def add(request: HttpRequest) -> HttpResponse:
    """A new one; `lead` and `call` in the address say whom and what it is about."""
    now, business = timezone.now(), business_here(request)
    if request.method != "POST":
        return _form(request, NewFollowUpForm(business=business, now=now, initial=_about(request)))
    form = NewFollowUpForm(request.POST, business=business, now=now)
    if not form.is_valid():
        return _form(request, form, status=INVALID)
    given = form.cleaned_data
    ask_for(
        business=business,
        reason=given["reason"],
        due_at=given["due"],
        lead=given["person"],
        to=given["to"],
        key=given["key"],
        call_sid=given["call"],
    )
    return _told(request, _("The follow-up was added."))


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Another time, wording or person. Who changed it meanwhile goes before; what was typed stays."""
    now, business = timezone.now(), business_here(request)
    row = get_object_or_404(FollowUp.objects.select_related("lead"), pk=pk)
    if request.method != "POST":
        form = FollowUpForm(business=business, now=now, initial=initial_of(row))
        return _form(request, form, row=row, seen=trace_of(row))
    form, seen = FollowUpForm(request.POST, business=business, now=now), request.POST.get("seen", "")
    if not form.is_valid():
        return _form(request, form, row=row, seen=seen, status=INVALID)
    given = form.cleaned_data
    changed = change_follow_up(follow_up=row, reason=given["reason"], due_at=given["due"], to=given["to"], seen=seen)
    if changed.is_stale:
        now_as = FollowUp.objects.select_related("lead", "assigned_to", "done_by").get(pk=row.pk)
        return _form(request, form, row=now_as, seen=trace_of(now_as), is_stale=True, status=STALE)
    return _told(request, _("Saved."))


@require_POST
@member_required
def done(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(FollowUp.objects.select_related("done_by"), pk=pk)
    if finish_follow_up(follow_up=row, by=user_here(request), now=timezone.now()):
        return _told(request, _("The follow-up is done."), undo=reverse("follow_ups:undo", args=[pk]))
    row.refresh_from_db()
    who = name_of(row.done_by)
    return _told(
        request,
        _("It was done already, by {}. Nothing is left to do.").format(who) if who else _("It was done already."),
    )


@require_POST
@member_required
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(FollowUp, pk=pk)
    reopened = reopen_follow_up(follow_up=row)
    return _told(request, _("The follow-up is open again.") if reopened else _("The follow-up was open already."))


@require_safe
@member_required
def people(request: HttpRequest) -> HttpResponse:
    """Names and numbers that complete what is being typed."""
    typed = tidy_name(request.GET.get("person", ""))
    found = Lead.objects.filter(matching(typed)).order_by(MET_LAST)[:SUGGESTED] if len(typed) > 1 else []
    options = "".join(format_html('<option value="{}"></option>', written(lead)) for lead in found)
    return HttpResponse(options)


def _listing(*, done: bool, user: User | None, after: str, now: datetime) -> Listing:
    """Open ones by their time, done ones newest first; `after` continues behind the row it names."""
    rows = FollowUp.objects.select_related("lead", "assigned_to", "done_by")
    rows = rows.filter(of_user(user)) if user else rows
    if done:
        rows = rows.filter(done_at__isnull=False).order_by("-done_at", "-pk")
    else:
        rows = rows.filter(done_at=None).order_by("due_at", "pk")
    moment, pk = split_place(after)
    if moment is not None and pk is not None:
        rows = (
            rows.filter(Q(done_at__lt=moment) | Q(done_at=moment, pk__lt=pk))
            if done
            else rows.filter(Q(due_at__gt=moment) | Q(due_at=moment, pk__gt=pk), due_at__gte=moment)
        )
    found = list(rows[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    mark = (last.done_at if done else last.due_at) if last else None
    return Listing([row_of(row, now) for row in found[:PAGE]], place_at(mark, last.pk) if mark and last else "")


def _grouped(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    titles = {When.OVERDUE: _("overdue"), When.TODAY: _("due today"), When.LATER: _("later"), When.DONE: _("done")}
    groups = ((str(titles[when]), [row for row in rows if row.when is when]) for when in When)
    return [(title, part) for title, part in groups if part]


def _about(request: HttpRequest) -> dict[str, Any]:
    """What the form begins with: whom and which call the address names, if they are of this business."""
    asked = id_in(request.GET.get("lead", ""))
    lead = Lead.objects.filter(pk=asked).first() if asked is not None else None
    return {
        "key": secrets.token_urlsafe(12),
        "lead": lead.pk if lead else None,
        "person": written(lead) if lead else "",
        "call": request.GET.get("call", ""),
        "reason": request.GET.get("reason", "")[:200],
    }


def _form(
    request: HttpRequest,
    form: FollowUpForm,
    *,
    row: FollowUp | None = None,
    seen: str = "",
    is_stale: bool = False,
    status: int = 200,
) -> HttpResponse:
    part = "#dialog" if request.headers.get("HX-Request") else ""
    context = {
        "form": form,
        "row": row,
        "seen": seen,
        "is_stale": is_stale,
        "next": own_page(request, "follow_ups:list"),
    }
    return render(request, f"crm/follow_up_form.html{part}", context, status=status)


def _told(request: HttpRequest, text: str, *, undo: str = "") -> HttpResponse:
    """Back to where it was asked. With scripts nothing is swapped: lists that show follow-ups hear of it and renew."""
    if request.headers.get("HX-Request"):
        response = tell(HttpResponse(status=204), "follow-ups", {})
        return toast(request, response, text, undo=undo)
    return back(request, "follow_ups:list", text=text, undo=undo)
