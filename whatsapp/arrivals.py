"""What follows when something of a customer's arrived: who answers, and what was told of it before it came.

Every channel calls `receive` inside the transaction of its own delivery.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F

from crm.services import add_follow_up
from whatsapp import desk, early, live
from whatsapp.incoming import Incoming, store
from whatsapp.models import Channel, Conversation, Message, MessageMedia

_PREVIEW = 120


def receive(*, channel: Channel, incoming: Incoming, now: datetime) -> Message | None:
    """Keep a message and have it answered; None if it is known already.

    Whoever of the business writes on its own phone steps in with that, as if they had answered here.
    """
    message = store(channel=channel, incoming=incoming, now=now)
    if message is None:
        return None
    told = early.take(channel.business_id, channel.provider, message.provider_id)
    if told.get("revoked"):
        _revoke(message, now)
    elif "text" in told:
        _edit(message, str(told["text"]), now)
    if message.author == Message.Author.OWNER_PHONE and not message.is_backlog:
        desk.take_over(conversation=message.conversation, by=None, now=now)
    if incoming.media is not None and incoming.media.source:
        _queue_fetch(message)
    queue_answer(message.conversation_id, channel.business_id)
    return message


def _queue_fetch(message: Message) -> None:
    from whatsapp.tasks import fetch_file  # noqa: PLC0415 -- tasks do what stands here

    transaction.on_commit(partial(fetch_file.delay, message.business_id, message.media.pk), robust=True)


def queue_answer(conversation_id: int, business_id: int) -> None:
    """Once the transaction is committed, if somebody waits. A broker that is down costs nothing: there is a sweep."""
    from whatsapp.tasks import answer  # noqa: PLC0415 -- tasks do what stands here

    if Conversation.objects.filter(pk=conversation_id, pending_since__isnull=False).exists():
        transaction.on_commit(partial(answer.delay, business_id, conversation_id), robust=True)


def edited(*, channel: Channel, provider_id: str, text: str, now: datetime) -> bool:
    """The customer changed a message. False if it is not here (yet): then it is changed when it comes."""
    return _told(channel, provider_id, now, text=text)


def revoked(*, channel: Channel, provider_id: str, now: datetime) -> bool:
    """The customer took a message back. False as in `edited`."""
    return _told(channel, provider_id, now, revoked=True)


def _told(channel: Channel, provider_id: str, now: datetime, **fact: object) -> bool:
    if (message := _known(channel, provider_id)) is None:
        early.note(channel.business_id, channel.provider, provider_id, **fact)
        if (message := _known(channel, provider_id)) is None:
            return False
    if "text" in fact:
        return _edit(message, str(fact["text"]), now)
    return _revoke(message, now)


def _known(channel: Channel, provider_id: str) -> Message | None:
    rows = Message.objects.select_for_update(of=("self",)).select_related("conversation__lead")
    return rows.filter(provider=channel.provider, provider_id=provider_id).first()


def _edit(message: Message, text: str, now: datetime) -> bool:
    """Not answered yet, it is answered as it reads now. Else somebody of the staff looks whether that changes anything.

    What stood there at first stays in `data`: the answer was given to that.
    """
    if message.revoked_at is not None or message.text == text:
        return False
    data = message.data | {"before": message.data.get("before", message.text)}
    Message.objects.filter(pk=message.pk).update(text=text, data=data, edited_at=now)
    conversation = Conversation.objects.select_related("lead").get(pk=message.conversation_id)
    if message.direction == Message.Direction.IN and message.pk <= conversation.answered_to:
        add_follow_up(
            business=message.business,
            lead=conversation.lead,
            reason="הלקוח שינה הודעה אחרי שנענתה: לבדוק אם התשובה עדיין נכונה",
            due_at=now,
            key=f"message.edited:{message.pk}",
        )
        Conversation.objects.filter(pk=conversation.pk).update(unread=F("unread") + 1)
    _renew_preview(message, text)
    return True


def _revoke(message: Message, now: datetime) -> bool:
    """That there was a message stays; what it said goes, with its file. Nothing is answered that was taken back."""
    if message.revoked_at is not None:
        return False
    Message.objects.filter(pk=message.pk).update(text="", data={}, revoked_at=now)
    for media in MessageMedia.objects.filter(message=message):
        if media.file.name:
            transaction.on_commit(partial(media.file.storage.delete, media.file.name), robust=True)
        media.delete()
    unanswered = Message.objects.filter(
        conversation=message.conversation_id,
        direction=Message.Direction.IN,
        revoked_at=None,
        pk__gt=message.conversation.answered_to,
    )
    if not unanswered.exists():
        Conversation.objects.filter(pk=message.conversation_id).update(pending_since=None)
    _renew_preview(message, "")
    return True


def _renew_preview(message: Message, text: str) -> None:
    newest = Message.objects.filter(conversation=message.conversation_id).exclude(direction=Message.Direction.NOTE)
    if newest.order_by("pk").values_list("pk", flat=True).last() == message.pk:
        Conversation.objects.filter(pk=message.conversation_id).update(preview=text[:_PREVIEW])
    live.announce(message.business_id, conversation=message.conversation_id)
