"""What the staff does from a call: follow-ups, blocking, another summary. Each answers a form, by HTMX or without."""

from __future__ import annotations

from functools import partial
from typing import cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from calls import follow_ups, reading
from calls.badges import is_running
from calls.finding import needing_person
from calls.models import BlockedNumber, CallSession
from calls.numbers import number_of
from calls.pages.detail import call_of
from calls.tasks import queue_wrap_up
from crm.models import FollowUp
from crm.replies import toast
from crm.roles import member_required
from crm.services import finish_follow_up, reopen_follow_up


@require_POST
@member_required
def add_follow_up(request: HttpRequest, call_sid: str) -> HttpResponse:
    """One click: what it is about and when it is due are known from the call."""
    call = call_of(call_sid)
    owed, is_new = follow_ups.call_back(call=call, now=timezone.now())
    if not is_new:
        return _told(request, call, _("There is such a follow-up already."))
    undo = reverse("call_pages:take_back", args=[call_sid, owed.pk])
    return _told(request, call, _("The follow-up was added."), undo=undo)


@require_POST
@member_required
def take_back(request: HttpRequest, call_sid: str, pk: int) -> HttpResponse:
    call = call_of(call_sid)
    get_object_or_404(FollowUp, pk=pk, call_sid=call_sid)
    if follow_ups.take_back(call=call, follow_up_id=pk):
        return _told(request, call, _("The follow-up was taken back."))
    return _told(request, call, _("The follow-up has been done meanwhile."))


@require_POST
@member_required
def done(request: HttpRequest, call_sid: str, pk: int) -> HttpResponse:
    call = call_of(call_sid)
    owed = get_object_or_404(FollowUp, pk=pk, call_sid=call_sid)
    finish_follow_up(follow_up=owed, by=cast(User, request.user), now=timezone.now())
    undo = reverse("call_pages:reopen", args=[call_sid, pk])
    return _told(request, call, _("The follow-up is done."), undo=undo)


@require_POST
@member_required
def reopen(request: HttpRequest, call_sid: str, pk: int) -> HttpResponse:
    call = call_of(call_sid)
    reopen_follow_up(follow_up=get_object_or_404(FollowUp, pk=pk, call_sid=call_sid))
    return _told(request, call, _("The follow-up is open again."))


@require_POST
@member_required
def looked_at(request: HttpRequest, call_sid: str) -> HttpResponse:
    """A failed call needs nobody any more."""
    call = call_of(call_sid)
    if call.pk in needing_person([call]):
        follow_ups.note_looked_at(call=call, by=cast(User, request.user), now=timezone.now())
    return _told(request, call, _("The call is marked as handled."))


@require_POST
@member_required
def summarise(request: HttpRequest, call_sid: str) -> HttpResponse:
    """The summary is written anew; the page waits for it."""
    call = call_of(call_sid)
    if not is_running(call):
        with transaction.atomic():
            queue_wrap_up(call.business_id, call.pk)
    asked = int(timezone.now().timestamp())
    if request.headers.get("HX-Request"):
        return HttpResponseRedirect(f"{reverse('call_pages:summary', args=[call_sid])}?asked={asked}")
    return HttpResponseRedirect(f"{_page(call)}?asked={asked}")


@require_POST
@member_required
def block(request: HttpRequest, call_sid: str, *, blocked: bool) -> HttpResponse:
    """Whom the business does not answer any more, or again."""
    call = call_of(call_sid)
    number = number_of(call.from_number)
    if not number:
        raise PermissionDenied
    if blocked:
        BlockedNumber.objects.get_or_create(
            business=call.business, number=number, defaults={"blocked_by": cast(User, request.user)}
        )
        told, undo = _("Calls from this number are not answered any more."), "call_pages:unblock"
    else:
        BlockedNumber.objects.filter(number=number).delete()
        told, undo = _("Calls from this number are answered again."), "call_pages:block"
    response = HttpResponseRedirect(_page(call))
    return toast(request, response, told, undo=reverse(undo, args=[call_sid]))


block_number = partial(block, blocked=True)
unblock_number = partial(block, blocked=False)


def _told(request: HttpRequest, call: CallSession, text: str, *, undo: str = "") -> HttpResponse:
    """The follow-ups as they are now, and what happened in a toast; without HTMX the page it came from."""
    if request.headers.get("HX-Request"):
        context = {
            "call": call,
            "follow_ups": reading.follow_ups(call),
            "needs_person": call.pk in needing_person([call]),
        }
        return toast(request, render(request, "calls/detail.html#follow_ups", context), text, undo=undo)
    listed = request.POST.get("next") == "list"
    response = HttpResponseRedirect(reverse("call_pages:list") if listed else f"{_page(call)}#follow-ups")
    return toast(request, response, text, undo=undo)


def _page(call: CallSession) -> str:
    return reverse("call_pages:detail", args=[call.call_sid])
