"""Saying yes or no to what the assistant wants to do, and trying a run again with other instructions."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.replies import toast
from crm.roles import member_required, owner_required, user_here
from whatsapp.assistant import approvals, runs
from whatsapp.models import Approval
from whatsapp.pages.console import approval_context, approval_of, run_of, run_page
from whatsapp.pages.decision_forms import EditForm, RejectForm, ReplayForm, already


@require_POST
@member_required
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approving twice is harmless."""
    row = _mine_to_decide(request, pk)
    done = approvals.approve(approval=row, by=user_here(request), now=timezone.now())
    return _told(request, pk, _("Approved. The assistant goes on.") if done else "")


@require_POST
@member_required
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    row = _mine_to_decide(request, pk)
    form = RejectForm(request.POST)
    if not form.is_valid():
        return _again(request, row, reject_form=form)
    done = approvals.reject(approval=row, by=user_here(request), reason=form.said(), now=timezone.now())
    return _told(request, pk, _("Rejected. The customer is told that it is not done.") if done else "")


@require_POST
@member_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Allowed with other arguments."""
    row = _mine_to_decide(request, pk)
    form = EditForm(row, request.POST)
    if not form.is_valid():
        return _again(request, row, edit_form=form)
    try:
        done = approvals.edit(approval=row, by=user_here(request), arguments=form.arguments(), now=timezone.now())
    except approvals.BadArguments as error:
        form.refuse(error.fields)
        return _again(request, row, edit_form=form)
    return _told(request, pk, _("Approved with the changes. The assistant goes on.") if done else "")


@require_POST
@owner_required
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """The same message against other instructions: nothing is done, nothing is sent."""
    row = run_of(pk)
    if row.replay_of_id is not None or row.message_id is None:
        raise Http404
    form = ReplayForm(request.POST)
    if not form.is_valid():
        return run_page(request, row, status=422, replay_form=form)
    tried = runs.replay(run=row, instructions=form.cleaned_data["instructions"], now=timezone.now())
    return HttpResponseRedirect(reverse("console:run", args=[tried.pk]))


# --- answers -----------------------------------------------------------------------------------------
def _mine_to_decide(request: HttpRequest, pk: int) -> Approval:
    row = approval_of(pk)
    if not approvals.may_decide(row, user_here(request)):
        raise PermissionDenied
    return row


def _again(request: HttpRequest, row: Approval, **forms: Any) -> HttpResponse:
    """What was typed, with what is wrong about it."""
    template = "console/approval.html#card" if _is_part(request) else "console/approval.html"
    return render(request, template, approval_context(request, row) | forms, status=422)


def _told(request: HttpRequest, pk: int, done: str) -> HttpResponse:
    row = approval_of(pk)
    text = done or already(row)
    response: HttpResponse = HttpResponseRedirect(reverse("console:approval", args=[pk]))
    if _is_part(request):
        response = render(request, "console/approval.html#card", approval_context(request, row))
    return toast(request, response, text)


def _is_part(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request"))
