"""`POST /webhook/twilio/whatsapp/incoming` and `/status`: signed with the business's own token, answered at once."""

from __future__ import annotations

import logging
import uuid

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseForbidden
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from calls import signature
from calls.numbers import number_of
from crm.tenancy import for_business, for_everyone
from whatsapp import arrivals, delivery
from whatsapp.models import Channel, Message
from whatsapp.twilio import account, sending
from whatsapp.twilio.forms import ArrivalForm, StatusForm, incoming_of

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def incoming(request: HttpRequest) -> HttpResponse:
    """A customer wrote. A number that nobody has is answered politely, and nothing is kept."""
    channel = _channel_of(request.POST.get("To", ""))
    if not signature.is_genuine(request, channel.business_id if channel else None):
        return _forbidden(request)
    form = ArrivalForm(request.POST)
    if not form.is_valid():
        return _unreadable(form)
    if channel is not None and "whatsapp:" in request.POST["To"]:
        now = timezone.now()
        with for_business(channel.business_id), transaction.atomic():
            arrivals.receive(channel=channel, incoming=incoming_of(request.POST, now=now), now=now)
    return _nothing()


@csrf_exempt
@require_POST
def status(request: HttpRequest) -> HttpResponse:
    """How far a message of ours got. It names itself by our own key too, as its id may not have reached us."""
    channel = _channel_of(request.POST.get("From", ""))
    if not signature.is_genuine(request, channel.business_id if channel else None):
        return _forbidden(request)
    form = StatusForm(request.POST)
    if not form.is_valid():
        return _unreadable(form)
    word = sending.STATUSES.get(form.cleaned_data["MessageStatus"])
    if channel is not None and word is not None:
        sid, now = form.cleaned_data["MessageSid"], timezone.now()
        error = sending.error_of(form.cleaned_data["ErrorCode"] or "refused") if word == Message.Status.FAILED else ""
        with for_business(channel.business_id):
            if key := _key(request.GET.get("m", "")):
                delivery.adopt(key=key, provider=channel.provider, provider_id=sid)
            delivery.note_status(
                business_id=channel.business_id,
                provider=channel.provider,
                provider_id=sid,
                status=word,
                error=error,
                now=now,
            )
    return _nothing()


def _channel_of(address: str) -> Channel | None:
    """Whose number it is: one number is one business's."""
    number = number_of(address)
    if not number:
        return None
    with for_everyone("the number decides whose message it is"):
        channels = Channel.objects.select_related("business").filter(provider=Channel.Provider.TWILIO)
        channel = channels.filter(number=number).first()
    if channel is None:
        return None
    with for_business(channel.business_id):
        return channel if account.is_trusted(channel) else None


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _forbidden(request: HttpRequest) -> HttpResponse:
    logger.warning("A webhook without a valid signature was refused", extra={"path": request.path})
    return HttpResponseForbidden()


def _unreadable(form: ArrivalForm | StatusForm) -> HttpResponse:
    return HttpResponseBadRequest(f"unreadable: {', '.join(sorted(form.errors))}", content_type="text/plain")


def _nothing() -> HttpResponse:
    return HttpResponse("<Response/>", content_type="text/xml")
