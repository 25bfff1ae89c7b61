"""Live calls: what is being said right now, and stepping in. Without scripts the page is as of its loading."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import redis
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from calls.live import commands, store
from calls.live.reading import OnLine, on_the_line
from calls.live.requests import END, TAKE_OVER, WHISPER
from calls.live.shown import Shown
from calls.live.words import answer_in_words, known_in_words, state_in_words
from calls.models import CallSession
from calls.ringing import why_not_ring
from crm.models import Business, Membership
from crm.phones import normalize_phone
from crm.replies import toast
from crm.roles import business_here, member_required


@require_GET
@member_required
def live(request: HttpRequest) -> HttpResponse:
    """The calls on the line, and one of them as far as it has come."""
    return _page(request, request.GET.get("call", ""))


@require_http_methods(["GET", "POST"])
@member_required
def ask(request: HttpRequest, call_sid: str, what: str) -> HttpResponse:
    """Whisper, take over or end by a form, for pages without scripts."""
    if what not in commands.WHATS or not CallSession.objects.filter(call_sid=call_sid).exists():
        raise Http404
    if request.method == "GET":
        if what != END:
            return HttpResponseRedirect(_address(call_sid))
        return render(request, "calls/live_ask.html", {"call_sid": call_sid})
    by = commands.colleague(request.user, business_here(request).pk)
    if what == TAKE_OVER and not by.number:
        return HttpResponseRedirect(f"{reverse('call_pages:live_number')}?{_query(call_sid)}")
    text = request.POST.get("text", "")
    answer = commands.ask(by, sid=call_sid, what=what, text=text)
    words = answer_in_words(what, answer.what, answer.name)
    if what == WHISPER and not answer.is_done:
        return _page(request, call_sid, status=422, unsent=text, error=words)
    return toast(request, HttpResponseRedirect(_address(call_sid)), words, failed=not answer.is_done)


@require_http_methods(["GET", "POST"])
@member_required
def number(request: HttpRequest) -> HttpResponse:
    """Where calls that I take over shall ring."""
    mine = Membership.objects.filter(user=request.user.pk, business=business_here(request))
    if not mine.exists():
        raise Http404
    call_sid = request.POST.get("call", "") or request.GET.get("call", "")
    typed, error = request.POST.get("phone", ""), ""
    if request.method == "POST":
        phone = normalize_phone(typed)
        error = _("This is no phone number that can be rung: {}. Example: 052-000-0147").format(typed)
        if phone and not (error := why_not_ring(phone)):
            mine.update(phone=phone)
            return toast(request, HttpResponseRedirect(_address(call_sid)), _("The number is saved."))
    shown = {"asks_number": True, "typed": typed, "number_error": error, "call_sid": call_sid}
    return render(request, "calls/live_ask.html", shown, status=422 if error else 200)


def _page(request: HttpRequest, call_sid: str, *, status: int = 200, unsent: str = "", error: str = "") -> HttpResponse:
    business, now = business_here(request), timezone.now()
    calls = on_the_line(business, now=now)
    chosen = next((call for call in calls if call.sid == call_sid), calls[0] if calls else None)
    member = Membership.objects.filter(user=request.user.pk, business=business).first()
    context = {
        "calls": [(call, _state(call), _seconds(call, now)) for call in calls],
        "chosen": chosen,
        "call_sid": chosen.sid if chosen else "",
        "chosen_state": _state(chosen) if chosen else "",
        "now": now,
        "last_call": None if calls else _last_call(),
        "is_member": member is not None,
        "my_number": member.phone if member else "",
        "unsent": unsent,
        "error": error,
        **(_said(business, chosen, now) if chosen else {}),
    }
    return render(request, "calls/live.html", context, status=status)


def _said(business: Business, call: OnLine, now: datetime) -> dict[str, Any]:
    """The lines so far, and what is known; nothing while the broker is away."""
    try:
        events = store.events_after(business.pk, call.sid, 0)
    except redis.RedisError:
        events = []
    shown = Shown(business)
    latest = {event["index"]: event for event in events if event["kind"] == "line"}
    facts = next((event["facts"] for event in reversed(events) if event["kind"] == "known"), [""] * 5)
    html = [shown.line(latest[index], now=now) for index in sorted(latest)]
    today = timezone.localtime(now).date()
    # Rendered by our own template, which escapes what was said.
    return {"lines": [mark_safe(each) for each in html], "known": list(known_in_words(tuple(facts), today))}  # noqa: S308


def _last_call() -> Any:
    last = CallSession.objects.filter(from_browser=False).order_by("-started_at")
    return last.values_list("started_at", flat=True).first()


def _state(call: OnLine) -> str:
    return state_in_words(call.state, call.with_whom)


def _seconds(call: OnLine, now: datetime) -> int:
    return max(0, round((now - call.started).total_seconds()))


def _query(call_sid: str) -> str:
    query = QueryDict(mutable=True)
    query["call"] = call_sid
    return query.urlencode()


def _address(call_sid: str) -> str:
    return f"{reverse('call_pages:live')}?{_query(call_sid)}" if call_sid else reverse("call_pages:live")
