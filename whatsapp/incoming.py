"""What a customer wrote is stored, once, in the transaction that has its effect; the answer comes later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from crm.models import Medium
from crm.services import record_activity
from whatsapp import live, people
from whatsapp.flows import leave
from whatsapp.models import Channel, Conversation, Message, MessageMedia

STALE = timedelta(hours=1)  # older ones came while we were away: an answer would come out of the blue
AWAITED = timedelta(minutes=2)  # so long the answer waits for what is in a file that came without words
_PREVIEW = 120


@dataclass(frozen=True)
class IncomingMedia:
    """`source`: how its provider gives it out. Empty, with `refused`, where it does not."""

    source: str
    mimetype: str = ""
    filename: str = ""
    bytes: int = 0
    seconds: int | None = None
    refused: str = ""


@dataclass(frozen=True)
class Incoming:
    """One message as its provider delivered it, in our words."""

    provider_id: str
    chat_id: str
    written_at: datetime
    kind: str = Message.Kind.TEXT
    text: str = ""
    ids: tuple[str, ...] = ()  # further ids of the same person
    phone: str | None = None  # E.164
    name: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    quoted_id: str = ""
    media: IncomingMedia | None = None
    from_phone: bool = False  # the owner wrote it on the business's own phone


def store(*, channel: Channel, incoming: Incoming, now: datetime) -> Message | None:
    """Keep the message; None if it is known already. The caller's transaction holds its effects.

    A message that could not be read at first comes again under its id with its content: then that is filled in.
    """
    assert transaction.get_connection().in_atomic_block
    medium = Medium.WEB if channel.provider == Channel.Provider.WEB else Medium.WHATSAPP
    lead = people.person(
        business=channel.business,
        provider=channel.provider,
        ids=(incoming.chat_id, *incoming.ids),
        phone=incoming.phone,
        name="" if incoming.from_phone else incoming.name,
        medium=medium,
        now=now,
    )
    conversation, _ = Conversation.objects.get_or_create(
        business=channel.business,
        lead=lead,
        medium=medium,
        defaults={"channel": channel, "chat_id": incoming.chat_id, "last_message_at": now},
    )
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    known = Message.objects.filter(provider=channel.provider, provider_id=incoming.provider_id).first()
    if known is not None:
        is_filled_in = known.kind == Message.Kind.UNDECRYPTABLE != incoming.kind
        if not is_filled_in or known.conversation_id != conversation.pk:
            return None
        known.delete()
    message = Message.objects.create(
        conversation=conversation,
        direction=Message.Direction.OUT if incoming.from_phone else Message.Direction.IN,
        author=Message.Author.OWNER_PHONE if incoming.from_phone else Message.Author.CONTACT,
        kind=incoming.kind,
        text=incoming.text,
        data=incoming.data,
        provider=channel.provider,
        provider_id=incoming.provider_id,
        quoted_id=incoming.quoted_id,
        status=Message.Status.SENT if incoming.from_phone else Message.Status.RECEIVED,
        created_at=now,
        written_at=incoming.written_at,
        is_backlog=now - incoming.written_at > STALE,
    )
    if incoming.media is not None:
        _keep_media(message, incoming.media, now)
    _note_arrival(conversation, channel, message, incoming.chat_id, now)
    record_activity(
        lead=lead,
        kind="message.conversation",
        medium=medium,
        text="",
        occurred_at=now,
        key=f"conversation:{conversation.pk}:{now.date()}",
    )
    live.announce(channel.business_id, conversation=conversation.pk)
    return message


def _keep_media(message: Message, media: IncomingMedia, now: datetime) -> None:
    MessageMedia.objects.create(
        message=message,
        source=media.source,
        mimetype=media.mimetype,
        filename=media.filename[:200],
        bytes=media.bytes,
        seconds=media.seconds,
        refused=media.refused,
        due_at=now if media.source else None,
    )


def _is_to_be_answered(message: Message, now: datetime) -> bool:
    """Not what is old, nor what nobody can read yet. While a file without words is fetched, whoever fetches it says."""
    if message.is_backlog or message.kind == Message.Kind.UNDECRYPTABLE:
        return False
    return not files_awaited(message.conversation_id, now)


def files_awaited(conversation_id: int, now: datetime) -> bool:
    """Something came without words, and what it is will be known in a moment: a voice message, a picture."""
    waiting = MessageMedia.objects.filter(message__conversation=conversation_id, due_at__isnull=False)
    fresh = waiting.filter(message__direction=Message.Direction.IN, message__created_at__gt=now - AWAITED)
    return fresh.filter(message__text="", message__is_backlog=False).exists()


def _note_arrival(conversation: Conversation, channel: Channel, message: Message, chat_id: str, now: datetime) -> None:
    changes: dict[str, Any] = {
        "channel": channel,
        "chat_id": chat_id,
        "last_message_at": now,
        "preview": message.text[:_PREVIEW],
    }
    if message.direction == Message.Direction.IN:
        changes["last_inbound_at"] = max(conversation.last_inbound_at or message.written_at, message.written_at)
        changes["unread"] = F("unread") + 1
        if conversation.state == Conversation.State.CLOSED:
            changes["state"] = Conversation.State.ASSISTANT
        if _is_to_be_answered(message, now):
            changes["pending_since"] = conversation.pending_since or now
        changes["idle_told"] = False
        Channel.objects.filter(pk=channel.pk).update(last_inbound_at=now)
    Conversation.objects.filter(pk=conversation.pk).update(**changes)
    if message.direction == Message.Direction.IN and leave.heed(conversation=conversation, message=message, now=now):
        Conversation.objects.filter(pk=conversation.pk).update(pending_since=conversation.pending_since)
