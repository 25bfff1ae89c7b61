"""What an event of the bridge changes. Each is one transaction in its business; told twice, it changes nothing more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.core.cache import cache
from django.db import transaction

from crm.tenancy import for_business, for_everyone
from whatsapp import arrivals, delivery, people
from whatsapp.baileys import events, states
from whatsapp.baileys.events import BadEvent, Event
from whatsapp.models import Channel
from whatsapp.text import clean

logger = logging.getLogger(__name__)

SILENCE = timedelta(minutes=3)  # without a heartbeat the bridge was away, or we were


_AT_MOST_EVERY_SECONDS = 60  # catching up brings old events, each of which comes after a silence


class UnknownSession(Exception):
    """No business has it."""


class GoneSession(Exception):
    """The business has no linked phone any more."""


class OldEpoch(Exception):
    """It belongs to a pairing that another one has replaced."""


def apply(event: Event, *, now: datetime) -> bool:
    """True if it was news. Raises UnknownSession, GoneSession, OldEpoch and BadEvent."""
    channel = _channel_of(event)
    with for_business(channel.business_id), transaction.atomic():
        if event.epoch < channel.epoch:
            raise OldEpoch
        was_silent = channel.last_event_at is None or event.at - channel.last_event_at > SILENCE
        handler = _HANDLERS.get(event.name)
        is_news = handler(channel, event, now) if handler else False
        states.seen(channel, event, now)
        if was_silent and channel.last_event_at is not None:
            _queue_reconcile(channel.business_id)
    return is_news


def _channel_of(event: Event) -> Channel:
    with for_everyone("the event's session decides whose it is"):
        channels = Channel.objects.select_related("business").filter(business=event.business_id)
        channel = channels.filter(provider=Channel.Provider.BAILEYS).first()
        if channel is not None:
            return channel
    raise GoneSession if people.is_business(event.business_id) else UnknownSession


def _message(channel: Channel, event: Event, now: datetime) -> bool:
    """Our own sends come back as well; they are in the outbox already, or will be when the bridge has answered."""
    payload = event.payload
    if events.is_elsewhere(payload) or payload.get("sent_by") == "bridge":
        return False
    incoming = events.incoming_of(payload, now=now)
    return arrivals.receive(channel=channel, incoming=incoming, now=now) is not None


def _ack(channel: Channel, event: Event, now: datetime) -> bool:
    ack = event.payload.get("ack")
    status = "failed" if ack == -1 else events.ACKS.get(ack) if isinstance(ack, int) else None
    if status is None:
        return False
    return delivery.note_status(
        business_id=channel.business_id,
        provider=channel.provider,
        provider_id=events.identifier(event.payload, "message_id"),
        status=status,
        error=str(event.payload.get("error") or "refused")[:40] if status == "failed" else "",
        now=now,
    )


def _edited(channel: Channel, event: Event, now: datetime) -> bool:
    provider_id, text = events.identifier(event.payload, "message_id"), clean(event.payload.get("text"))
    return arrivals.edited(channel=channel, provider_id=provider_id, text=text, now=now)


def _revoked(channel: Channel, event: Event, now: datetime) -> bool:
    return arrivals.revoked(channel=channel, provider_id=events.identifier(event.payload, "message_id"), now=now)


def _mapping(channel: Channel, event: Event, now: datetime) -> bool:
    """Whose number an id is was learned later."""
    phone = events.phone_of(event.payload)
    if phone is None:
        raise BadEvent("phone")
    ids = (events.identifier(event.payload, "lid"), events.address_of(phone))
    return people.learn(business=channel.business, provider=channel.provider, ids=ids, phone=phone)


def _queue_reconcile(business_id: int) -> None:
    from whatsapp.tasks import reconcile_session  # noqa: PLC0415 -- tasks do what stands here

    if cache.add(f"reconcile:{business_id}", True, _AT_MOST_EVERY_SECONDS):
        transaction.on_commit(partial(reconcile_session.delay, business_id), robust=True)


_HANDLERS: dict[str, Callable[[Channel, Event, datetime], bool]] = {
    "message": _message,
    "message.any": _message,
    "message.ack": _ack,
    "message.edited": _edited,
    "message.revoked": _revoked,
    "contact.mapping": _mapping,
    "session.status": states.status,
    "session.heartbeat": states.heartbeat,
    "session.restriction": states.restriction,
}
