"""What shall be sent to a customer becomes a row first; whoever delivers it takes it from there."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import Truncator

from whatsapp import live
from whatsapp.models import Conversation, Message

ANSWER_LIFE = timedelta(minutes=15)  # an answer that could not leave by then helps nobody
_PREVIEW = 120


def send(
    *,
    conversation: Conversation,
    text: str,
    author: Message.Author,
    now: datetime,
    by: User | None = None,
    purpose: str = "",
    answers: int | None = None,
    template: dict[str, Any] | None = None,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    kind: Message.Kind = Message.Kind.TEXT,
    data: dict[str, Any] | None = None,
) -> Message | None:
    """Put a message into the outbox, in the caller's transaction.

    None where one for this `purpose`, or one that `answers` the same message, is there already.
    """
    with transaction.atomic():
        message = Message(
            business_id=conversation.business_id,
            conversation=conversation,
            direction=Message.Direction.OUT,
            author=author,
            by=by,
            kind=kind,
            text=text,
            data=data or {},
            provider=conversation.channel.provider,
            status=Message.Status.QUEUED,
            created_at=now,
            written_at=now,
            purpose=purpose,
            answers=answers,
            template=template,
            due_at=due_at or now,
            expires_at=expires_at or (due_at or now) + ANSWER_LIFE,
        )
        [row] = Message.objects.bulk_create([message], ignore_conflicts=True)
        stored = Message.objects.filter(key=row.key).first()
        if stored is None:
            return None
        preview = Truncator(text).chars(_PREVIEW)
        Conversation.objects.filter(pk=conversation.pk).update(last_message_at=now, preview=preview, idle_told=False)
        live.announce(conversation.business_id, conversation=conversation.pk)
        if stored.due_at is not None and stored.due_at <= now:
            queue_delivery(stored)
    return stored


def queue_delivery(message: Message) -> None:
    """Once the transaction is committed. A broker that is down costs nothing: the sweep finds the row."""
    from whatsapp.tasks import deliver  # noqa: PLC0415 -- tasks deliver what stands here

    transaction.on_commit(partial(deliver.delay, message.business_id, message.pk), robust=True)
