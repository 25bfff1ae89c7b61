"""Whether a customer wants messages that they did not ask for; their word counts at once."""

from __future__ import annotations

from datetime import datetime

from crm.services import record_activity
from whatsapp.flows import consent
from whatsapp.models import Conversation, Message
from whatsapp.outgoing import send

OUT = "הבקשה התקבלה. לא יישלחו יותר הודעות יזומות. כדי לחדש אותן אפשר לכתוב ״התחל״."
IN = "ההודעות חודשו. כדי להפסיק אותן אפשר לכתוב ״הסר״."


def heed(*, conversation: Conversation, message: Message, now: datetime) -> bool:
    """Act on a message that says nothing but stop or start; True if it was one, which then needs no other answer."""
    if consent.opts_out(message.text):
        opted_out_at, word, kind = conversation.opted_out_at or now, OUT, "message.opted_out"
        Message.objects.filter(
            conversation=conversation, author=Message.Author.FLOW, status=Message.Status.QUEUED
        ).update(status=Message.Status.FAILED, error="opted_out", due_at=None)
    elif conversation.opted_out_at is not None and consent.opts_in(message.text):
        opted_out_at, word, kind = None, IN, "message.opted_in"
    else:
        return False
    Conversation.objects.filter(pk=conversation.pk).update(opted_out_at=opted_out_at)
    message.is_heeded = True
    message.save(update_fields=["is_heeded"])
    send(conversation=conversation, text=word, author=Message.Author.ASSISTANT, now=now, purpose=f"leave:{message.pk}")
    record_activity(
        lead=conversation.lead,
        kind=kind,
        medium=conversation.medium,
        text="",
        occurred_at=now,
        key=f"{kind}:{message.pk}",
    )
    return True
