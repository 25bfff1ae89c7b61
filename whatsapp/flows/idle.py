"""Conversations that their customer left in the middle of something."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from crm import outbox
from crm.tenancy import for_business, for_everyone
from whatsapp.models import Conversation, Message

SILENT_FOR = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(hours=24)


def notice_idle(now: datetime, limit: int = 200) -> int:
    """Publish `conversation.idle` once for each question of ours that has stood for an hour; how many."""
    with for_everyone("one sweep over all businesses"):
        rows = Conversation.objects.filter(
            state=Conversation.State.ASSISTANT,
            pending_since=None,
            last_message_at__range=(now - FORGOTTEN_AFTER, now - SILENT_FOR),
        ).exclude(idle_told=True)
        waiting = list(rows.order_by("pk").values_list("business_id", "pk")[:limit])
    told = 0
    for business_id, pk in waiting:
        with for_business(business_id):
            told += _notice(pk)
    return told


@transaction.atomic
def _notice(pk: int) -> bool:
    conversation = Conversation.objects.select_for_update().select_related("business").get(pk=pk)
    if conversation.idle_told:
        return False
    Conversation.objects.filter(pk=pk).update(idle_told=True)
    last = Message.objects.filter(conversation=conversation).exclude(direction=Message.Direction.NOTE).last()
    if last is None or last.author != Message.Author.ASSISTANT or not last.text.rstrip().endswith("?"):
        return False
    outbox.publish(
        business=conversation.business,
        name="conversation.idle",
        payload={"lead_id": conversation.lead_id, "conversation_id": pk, "message_id": last.pk},
    )
    return True
