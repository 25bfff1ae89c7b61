"""`/practice/`: the business's own people call their assistant from the browser."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from booking.services import effective_policy
from calls import preconnect, tokens
from calls.call_page import ending_in_words
from calls.models import CallSession, PromptVersion, Turn
from calls.practice import services
from calls.practice.forms import TrialForm
from calls.prompts import live_version
from crm.models import Business
from crm.names import name_of
from crm.roles import business_here, is_owner, member_required

UNPROCESSABLE, TOO_MANY = 422, 429
MEDIA_PATH = "/ws/twilio/media"
TO_TRY = (
    gettext_lazy("Is there room tomorrow at a quarter past six in the evening?"),
    gettext_lazy("I would like an appointment on Saturday at ten in the morning"),
    gettext_lazy("How much does it cost, and when are you open?"),
)

WORDS = {  # what the page's script says
    "connecting": gettext_lazy("Connecting…"),
    "over": gettext_lazy("The call is over"),
    "lost": gettext_lazy("The connection was lost, and the call is over. What was said so far is kept."),
    "notBegun": gettext_lazy("The call did not begin. Trying again may help."),
    "refused": gettext_lazy(
        "There is no access to the microphone. It can be allowed in the browser's settings, or one goes on typing."
    ),
    "none": gettext_lazy("No microphone was found, so here one types."),
    "silent": gettext_lazy("No loudspeaker was found: what the assistant says can be read only."),
    "micOn": gettext_lazy("The microphone is on"),
    "micOff": gettext_lazy("The microphone is muted"),
    "micNone": gettext_lazy("Typing only"),
    "mute": gettext_lazy("Mute the microphone"),
    "unmute": gettext_lazy("Unmute the microphone"),
    "answered": gettext_lazy("The call was answered"),
    "answeredIn": gettext_lazy("Answered within {seconds} seconds"),
    "ended": gettext_lazy("The conversation is over: {outcome}"),
    "leftTransfer": gettext_lazy("A real call would be handed over to a person here"),
    "leftVoicemail": gettext_lazy("A real call would go on to voicemail here"),
}


def _form(request: HttpRequest, business: Business, data: Any = None) -> TrialForm:
    now = timezone.now()
    return TrialForm(
        data,
        business=business,
        policy=effective_policy(business=business, now=now),
        live_number=live_version(business).number,
        initial={"version": request.GET.get("draft", "")},
    )


@require_safe
@member_required
def index(request: HttpRequest) -> HttpResponse:
    business = business_here(request)
    shown = {
        "form": _form(request, business),
        "business": business,
        "practice_mode": settings.PRACTICE_MODE,
        "media_path": MEDIA_PATH,
        "to_try": TO_TRY,
        "is_owner": is_owner(request),
        "words": {name: str(text) for name, text in WORDS.items()},
        "newest_draft": PromptVersion.objects.filter(status=PromptVersion.Status.DRAFT).order_by("-number").first(),
    }
    return render(request, "calls/practice.html", shown)


@require_POST
@member_required
def start(request: HttpRequest) -> HttpResponse:
    """What the page's script needs to open the media stream; in words, why there is none."""
    if request.accepts("text/html"):  # the form was sent without the script
        messages.warning(request, _("The practice call runs in the browser and needs JavaScript."))
        return HttpResponseRedirect(reverse("practice:index"))
    business = business_here(request)
    form = _form(request, business, request.POST)
    if not form.is_valid():
        errors = [{"field": name, "text": str(text)} for name, texts in form.errors.items() for text in texts]
        return JsonResponse({"errors": errors}, status=UNPROCESSABLE)
    begun = services.begin(business=business, by=cast("User", request.user), wanted=form.wanted, now=timezone.now())
    if isinstance(begun, services.Busy):
        return JsonResponse({"text": _why_busy(begun)}, status=TOO_MANY)
    preconnect.begin(begun.claim)
    return JsonResponse(
        {
            "call_sid": begun.call_sid,
            "token": tokens.mint(begun.claim),
            "stream": MEDIA_PATH,
            "result": reverse("practice:call", args=[begun.call_sid]),
        }
    )


def _why_busy(busy: services.Busy) -> str:
    if busy.own:
        return _("Two practice calls of yours are going on. Another can begin when one of them is over.")
    if names := ", ".join(map(name_of, busy.others)):
        return _("Other practice calls are going on, of %(names)s. It can begin in a moment.") % {"names": names}
    return _("All lines are busy. It can begin in a moment.")


@require_safe
@member_required
def call(request: HttpRequest, call_sid: str) -> HttpResponse:
    """What has become of a practice call so far: its appointments, and once it is over how it went."""
    row = get_object_or_404(CallSession.objects.select_related("prompt_version"), call_sid=call_sid, from_browser=True)
    is_over = row.ended_at is not None or row.status in CallSession.ENDED
    version = row.prompt_version
    is_draft = version is not None and version.status == PromptVersion.Status.DRAFT
    shown = {
        "call": row,
        "is_over": is_over,
        "outcome": row.get_outcome_display() if row.outcome else "",
        "ending": ending_in_words(row.end_reason),
        "answers": _answers(row) if is_over else None,
        "appointments": row.practice_appointments.select_related("service", "resource"),
        "version": version,
        "is_draft": is_draft,
        "is_outdated": services.is_outdated(row),
        "may_publish": is_draft and is_owner(request),
    }
    return render(request, "calls/practice.html#result", shown)


def _answers(row: CallSession) -> dict[str, int] | None:
    """How long the caller waited for answers, in milliseconds; None where none was measured."""
    spoken = row.turns.filter(speaker=Turn.Speaker.CALLER).values_list("metrics", flat=True)
    totals = sorted(total for metrics in spoken if isinstance(total := metrics.get("TOTAL_LATENCY_MS"), int))
    if not totals:
        return None
    return {"count": len(totals), "usual_ms": totals[len(totals) // 2], "longest_ms": totals[-1]}
