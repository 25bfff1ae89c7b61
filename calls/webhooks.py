"""The telephony provider's HTTP requests: who is calling, and what became of the call.

Each verifies the signature first, then the form; repeats are harmless, and answers are quick.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.core.cache import cache
from django.core.validators import RegexValidator
from django.db import Error as DatabaseTrouble
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from redis import RedisError

from calls import people, preconnect, recordings, services, tokens, twiml
from calls.numbers import number_of
from calls.prompts import DRAFT_CALLER
from calls.signature import Sender, sender_of
from calls.voice.at_the_carrier import addresses

logger = logging.getLogger(__name__)
_SID = RegexValidator(r"^[A-Za-z0-9_-]+\Z")

TAKE_KEY = "1"
MESSAGE_SOURCE = "RecordVerb"
DIAL_STATUSES = ("completed", "answered", "busy", "no-answer", "failed", "canceled")
RECORDING_STATUSES = ("in-progress", "completed", "absent", "failed")


class CallbackForm(forms.Form):
    """What every request about a call names."""

    CallSid = forms.CharField(max_length=64, validators=[_SID])
    AccountSid = forms.CharField(max_length=40, required=False, validators=[_SID])  # proven with the signature


class IncomingForm(CallbackForm):
    To = forms.CharField(max_length=32)
    From = forms.CharField(max_length=160, required=False)  # empty or missing when withheld

    def clean_From(self) -> str:
        caller = str(self.cleaned_data["From"])
        if len(caller) > services.LONGEST_CALLER and not caller.startswith(DRAFT_CALLER):
            raise forms.ValidationError("too long")
        return caller


class StatusForm(CallbackForm):
    CallStatus = forms.ChoiceField(choices=services.STATUS_CHOICES)
    SequenceNumber = forms.IntegerField(min_value=0, max_value=10**6, required=False)
    CallDuration = forms.IntegerField(min_value=0, max_value=7 * 24 * 3600, required=False)


class DialledForm(CallbackForm):
    DialCallStatus = forms.ChoiceField(choices=[(word, word) for word in DIAL_STATUSES])
    DialBridged = forms.NullBooleanField()


class WhisperForm(CallbackForm):
    ParentCallSid = forms.CharField(max_length=64, validators=[_SID])
    Digits = forms.CharField(max_length=40, required=False)


class RecordingForm(CallbackForm):
    RecordingSid = forms.CharField(max_length=64, required=False, validators=[_SID])  # nothing may have been recorded
    RecordingStatus = forms.ChoiceField(choices=[(word, word) for word in RECORDING_STATUSES], required=False)
    RecordingSource = forms.CharField(max_length=40, required=False)
    RecordingDuration = forms.IntegerField(min_value=0, max_value=7 * 24 * 3600, required=False)
    RecordingChannels = forms.IntegerField(min_value=1, max_value=2, required=False)


Handler = Callable[[Sender, dict[str, Any], HttpRequest], HttpResponse]
View = Callable[[HttpRequest], HttpResponse]


def _webhook(form_class: type[forms.Form], *, about: str = "CallSid") -> Callable[[Handler], View]:
    """A POST view that lets through only genuine requests with a readable form. `about`: the field naming the call."""

    def decorate(handler: Handler) -> View:
        @wraps(handler)
        def view(request: HttpRequest) -> HttpResponse:
            sender = sender_of(request, about)
            if sender is None:
                logger.warning("A webhook without a valid signature was refused", extra={"path": request.path})
                return HttpResponseForbidden()
            form = form_class(request.POST)
            if not form.is_valid():
                fields = ", ".join(sorted(form.errors))
                return HttpResponseBadRequest(f"unreadable: {fields}", content_type="text/plain")
            return handler(sender, form.cleaned_data, request)

        return csrf_exempt(require_POST(view))

    return decorate


def _decided(request: HttpRequest, decide: Callable[[], people.Following]) -> people.Following:
    """What to do next. A request that the carrier repeats is answered as the first time, and leads to nothing new."""
    attempt = request.headers.get("I-Twilio-Idempotency-Token", "")[:100]
    key = f"webhook:{request.path}:{request.POST.get('CallSid')}:{attempt}"
    following: people.Following | None = cache.get(key) if attempt else None
    if following is None:
        following = decide()
        if attempt:
            cache.set(key, following, tokens.LIFETIME_SECONDS)
    return following


def _never_mute(view: View) -> View:
    """Where somebody is on the line, a database or broker that is gone is told in words: a 500 is dead air."""

    @wraps(view)
    def heard(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except (DatabaseTrouble, RedisError) as error:
            extra = {"path": request.path, "error": type(error).__name__}
            logger.error("A call was answered with an apology", extra=extra)  # noqa: TRY400 -- its text may quote values
            # A message needs the call's row, which without the broker is there all the same.
            return twiml.take_message("cut_off") if isinstance(error, RedisError) else twiml.spoken(twiml.CUT_OFF)

    return heard


@_never_mute
@_webhook(IncomingForm)
def incoming(sender: Sender, form: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """A call comes in: find whose it is, and connect its audio to us."""
    reception = services.receive_call(
        call_sid=form["CallSid"],
        called=number_of(form["To"]),
        caller=form["From"],
        to_number=form["To"],
        account_sid=form["AccountSid"],
    )
    if reception.is_blocked:
        return twiml.reject()
    if reception.is_full:
        return twiml.take_message("no_capacity", addresses(sender.business_id))
    if reception.refused_with is not None:
        return twiml.spoken(reception.refused_with)
    if reception.claim is None:
        return twiml.hang_up()
    preconnect.begin(reception.claim)
    token = tokens.mint(reception.claim)
    clips = addresses(reception.claim.business_id)
    return twiml.connect(token, business_name=reception.business_name, records=reception.records, clips=clips)


@_never_mute
@_webhook(CallbackForm)
def after(sender: Sender, form: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """The media stream is over: hang up if that was the plan, else do not leave the caller in silence."""
    following = _decided(request, lambda: people.after_stream(form["CallSid"], sender.business_id, now=timezone.now()))
    return _document(following, sender)


@_never_mute
@_webhook(DialledForm)
def dialled(sender: Sender, form: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """A person was rung: they took the call, or the caller comes back to us."""
    following = _decided(
        request,
        lambda: people.after_dial(
            form["CallSid"],
            sender.business_id,
            status=form["DialCallStatus"],
            bridged=form["DialBridged"],
            now=timezone.now(),
        ),
    )
    return _document(following, sender)


@_webhook(WhisperForm, about="ParentCallSid")
def whisper(sender: Sender, form: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """Asked on the line of the person called. Their key lets the caller through, an empty document connects."""
    call_sid, business_id = form["ParentCallSid"], sender.business_id
    if not form["Digits"]:
        words = people.whisper_to(call_sid, business_id)
        return twiml.ask_to_take(words) if words else twiml.hang_up()
    taken = form["Digits"] == TAKE_KEY and people.accept(call_sid, business_id)
    return twiml.nothing() if taken else twiml.hang_up()


@_never_mute
@_webhook(CallbackForm)
def voicemail(sender: Sender, form: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """A message was left; its sound is reported apart."""
    recordings.message_was_left(form["CallSid"], sender.business_id, now=timezone.now())
    return twiml.message_saved(addresses(sender.business_id))


def _document(following: people.Following, sender: Sender) -> HttpResponse:
    match following:
        case people.Ring(number=number, shown=shown):
            return twiml.ring(number, shown=shown)
        case people.TakeMessage(why=why):
            return twiml.take_message(why, addresses(sender.business_id))
        case people.Connect(claim=claim, business_name=name):
            preconnect.begin(claim)
            return twiml.connect(tokens.mint(claim), business_name=name, clips=addresses(claim.business_id))
        case people.HangUp():
            return twiml.hang_up()


@_webhook(StatusForm)
def status(sender: Sender, form: dict[str, Any], request: HttpRequest) -> HttpResponse:
    services.record_status(
        call_sid=form["CallSid"],
        business_id=sender.business_id,
        status=form["CallStatus"],
        sequence=form["SequenceNumber"],
        duration_s=form["CallDuration"],
    )
    return twiml.nothing()


@_webhook(RecordingForm)
def recording(sender: Sender, form: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """A recording is ready at the carrier, or came to nothing."""
    recordings.reported(
        call_sid=form["CallSid"],
        business_id=sender.business_id,
        account_sid=form["AccountSid"],
        recording_sid=form["RecordingSid"],
        status=form["RecordingStatus"],
        is_message=form["RecordingSource"] == MESSAGE_SOURCE,
        duration_s=form["RecordingDuration"],
        channels=form["RecordingChannels"] or 1,
        now=timezone.now(),
    )
    return twiml.nothing()


@_webhook(CallbackForm)
def stream(sender: Sender, form: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """Only here does the carrier tell why a media socket could not be opened."""
    event, error = request.POST.get("StreamEvent", "")[:40], request.POST.get("StreamError", "")[:200]
    level = logging.ERROR if event == "stream-error" else logging.INFO
    logger.log(level, "The carrier's stream", extra={"call_sid": form["CallSid"], "stream": event, "error": error})
    return twiml.nothing()
