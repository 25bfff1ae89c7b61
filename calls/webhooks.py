"""The telephony provider's HTTP requests: who is calling, and what became of the call.

Each verifies the signature first, then the form; repeats are harmless, and answers are quick.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db import Error as DatabaseTrouble
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from redis import RedisError

from calls import services, tokens, twiml
from calls.numbers import number_of
from calls.signature import Sender, sender_of

logger = logging.getLogger(__name__)
_SID = RegexValidator(r"^[A-Za-z0-9_-]+\Z")


class CallbackForm(forms.Form):
    """What every request about a call names."""

    CallSid = forms.CharField(max_length=64, validators=[_SID])
    AccountSid = forms.CharField(max_length=40, required=False)  # whoever checks signatures has compared it


class IncomingForm(CallbackForm):
    To = forms.CharField(max_length=32)
    From = forms.CharField(max_length=32, required=False)  # empty or missing when withheld


class StatusForm(CallbackForm):
    CallStatus = forms.ChoiceField(choices=services.STATUS_CHOICES)
    SequenceNumber = forms.IntegerField(min_value=0, max_value=10**6, required=False)
    CallDuration = forms.IntegerField(min_value=0, max_value=7 * 24 * 3600, required=False)


Handler = Callable[[Sender, dict[str, Any], HttpRequest], HttpResponse]
View = Callable[[HttpRequest], HttpResponse]


def _webhook(form_class: type[forms.Form]) -> Callable[[Handler], View]:
    """A POST view that lets through only genuine requests with a readable form."""

    def decorate(handler: Handler) -> View:
        @wraps(handler)
        def view(request: HttpRequest) -> HttpResponse:
            sender = sender_of(request)
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


def _never_mute(view: View) -> View:
    """Where somebody is on the line, a database or broker that is gone is told in words: a 500 is dead air."""

    @wraps(view)
    def heard(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except (DatabaseTrouble, RedisError) as error:
            extra = {"path": request.path, "error": type(error).__name__}
            logger.error("A call was answered with an apology", extra=extra)  # noqa: TRY400 -- its text may quote values
            return twiml.spoken(twiml.CUT_OFF)

    return heard


@_never_mute
@_webhook(IncomingForm)
def incoming(sender: Sender, form: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """A call comes in: find whose it is, and connect its audio to us."""
    reception = services.receive_call(
        call_sid=form["CallSid"], called=number_of(form["To"]), caller=form["From"], to_number=form["To"]
    )
    if reception.refused_with is not None:
        return twiml.spoken(reception.refused_with)
    if reception.claim is None:
        return twiml.hang_up()
    return twiml.connect(tokens.mint(reception.claim), fallback=reception.fallback)


@_never_mute
@_webhook(CallbackForm)
def after(sender: Sender, form: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """The media stream is over: hang up if that was the plan, else do not leave the caller in silence."""
    if services.has_ended(form["CallSid"], sender.business_id):
        return twiml.hang_up()
    logger.warning("The spoken fallback took over", extra={"call_sid": form["CallSid"]})
    return twiml.spoken(twiml.CUT_OFF)


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


@_webhook(CallbackForm)
def recording(sender: Sender, form: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """Calls are not recorded yet; the callback is known, so that a number set up ahead does no harm."""
    logger.info("A recording was reported", extra={"call_sid": form["CallSid"]})
    return twiml.nothing()


@_webhook(CallbackForm)
def stream(sender: Sender, form: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """Only here does the carrier tell why a media socket could not be opened."""
    event, error = request.POST.get("StreamEvent", "")[:40], request.POST.get("StreamError", "")[:200]
    level = logging.ERROR if event == "stream-error" else logging.INFO
    logger.log(level, "The carrier's stream", extra={"call_sid": form["CallSid"], "stream": event, "error": error})
    return twiml.nothing()
