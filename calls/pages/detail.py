"""The page of one call: what was said, what was done, and was it true?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F, Func, IntegerField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from calls import reading
from calls.badges import caller_name, is_running, outcome_badge
from calls.call_page import cost_in_dollars, ending_in_words
from calls.finding import needing_person
from calls.models import CallSession, Recording, Turn
from calls.pages.lists import part_for
from calls.sound_page import sound_response
from crm.roles import business_here, is_owner, member_required

_LOADED = ("business", "lead", "appointment__service", "appointment__resource", "prompt_version")
_LATEST = 10**6  # numbers of lines beyond it are nobody's


def call_of(call_sid: str) -> CallSession:
    """A call of the current business, with what its page shows of it. Raises Http404."""
    rows = CallSession.objects.select_related(*_LOADED).defer("prompt")
    return get_object_or_404(rows, call_sid=call_sid)


@require_safe
@member_required
def detail(request: HttpRequest, call_sid: str) -> HttpResponse:
    """`turn`: the line to begin with; `why`: the refused time to explain."""
    call = call_of(call_sid)
    shown = reading.transcript(call, at=_number(request, "turn"))
    response = render(request, "calls/detail.html", _context(request, call, shown))
    patch_vary_headers(response, ("HX-Request",))
    return response


@require_safe
@member_required
def lines(request: HttpRequest, call_sid: str) -> HttpResponse:
    """Another part of a long transcript."""
    call = call_of(call_sid)
    shown = reading.transcript(call, at=_number(request, "from"))
    context = {"call": call, "transcript": shown, "sounds": reading.sounds(call), "who": caller_name(call)}
    if request.GET.get("side") in ("earlier", "later"):
        context["side"] = request.GET["side"]
    return render(request, "calls/detail.html#lines", context)


@require_safe
@member_required
def summary(request: HttpRequest, call_sid: str) -> HttpResponse:
    """The summary card, for a page that waits for it."""
    call = call_of(call_sid)
    context = summary_context(request, call) | {"part": True}
    return render(request, "calls/detail.html#summary", context)


@require_safe
@member_required
def why(request: HttpRequest, call_sid: str, index: int) -> HttpResponse:
    call = call_of(call_sid)
    found = reading.why_refused(call, business_here(request), index=min(index, _LATEST))
    if found is None:
        raise Http404
    return render(request, "calls/detail.html#why", {"call": call, "why": found})


@require_safe
@member_required
def technical(request: HttpRequest, call_sid: str) -> HttpResponse:
    """What support asks for: ids, versions, the server's items as they were, the instructions of the call."""
    rows = CallSession.objects.select_related(*_LOADED)
    call = get_object_or_404(rows, call_sid=call_sid)
    items = call.turns.filter(speaker=Turn.Speaker.SERVER).order_by("index").values_list("at_ms", "text")
    size = Func(F("data"), function="octet_length", output_field=IntegerField())
    context = {
        "call": call,
        "who": caller_name(call),
        "items": [(at_ms // 1000, text) for at_ms, text in items[: reading.PART * 2]],
        "logs": call.event_logs.annotate(size=size).order_by("part").values_list("part", "core_version", "size"),
    }
    template = "calls/technical.html#items" if part_for(request) else "calls/technical.html"
    response = render(request, template, context)
    patch_vary_headers(response, ("HX-Request",))
    return response


@require_safe
@never_cache
@member_required
def recording(request: HttpRequest, call_sid: str, pk: int) -> HttpResponseBase:
    """The sound itself, whole or by stretches; `download` saves it."""
    row = get_object_or_404(Recording, pk=pk, call__call_sid=call_sid, status=Recording.Status.STORED)
    if not row.file or not row.file.storage.exists(str(row.file.name)):
        raise Http404
    response = sound_response(request, row.file, name=f"{row.kind}-{row.pk}")
    if "download" in request.GET:
        response["Content-Disposition"] = response["Content-Disposition"].replace("inline", "attachment", 1)
    return response


def summary_context(request: HttpRequest, call: CallSession) -> dict[str, Any]:
    """`asked` in the address: when the summary was ordered again."""
    asked = _number(request, "asked")
    asked_at = datetime.fromtimestamp(asked, UTC) if 0 < asked < 10**11 else None
    return {
        "call": call,
        "came": reading.appointment(call),
        "outcome": outcome_badge(call),
        "asked": asked or "",
        "summary_state": reading.summary_state(call, now=timezone.now(), asked_at=asked_at),
    }


def _context(request: HttpRequest, call: CallSession, shown: reading.Transcript) -> dict[str, Any]:
    measured = reading.measured(call)
    sounds = reading.sounds(call)
    running = is_running(call)
    bound = next((sound.recording for sound in sounds if sound.follows), None)
    return summary_context(request, call) | {
        "who": caller_name(call),
        "caller": reading.caller(call),
        "running": running,
        "ending": ending_in_words(call.end_reason),
        "cost": cost_in_dollars(call.cost_microusd) if is_owner(request) else "",
        "transcript": shown,
        "measured": measured,
        "sounds": sounds,
        "bound": bound,
        "stretches": measured.map(bound.duration_s or call.duration_s) if bound else [],
        "follow_ups": reading.follow_ups(call),
        "needs_person": call.pk in needing_person([call]),
        "why": _why(request, call, shown),
        "ask": request.GET.get("ask", ""),
        "over_at": call.ended_at
        or (None if running or call.duration_s is None else call.started_at + timedelta(seconds=call.duration_s)),
    }


def _why(request: HttpRequest, call: CallSession, shown: reading.Transcript) -> reading.WhyNot | None:
    """Of the refusal that is asked about, else of the first one that is shown."""
    refused = [line.index for line in shown.lines if line.chip and line.chip.refused]
    index = _number(request, "why") if "why" in request.GET else next(iter(refused), None)
    return None if index is None else reading.why_refused(call, business_here(request), index=index)


def _number(request: HttpRequest, name: str) -> int:
    """A number of the address; 0 for what is none."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
