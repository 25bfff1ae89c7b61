"""Where an automatic message can be sent to a customer, and in which form it may arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crm.models import Lead, LeadIdentity, Medium
from whatsapp.models import Channel, Conversation, FlowRule

OPEN_FOR = timedelta(hours=24)  # after the customer's last message Twilio takes free text


@dataclass(frozen=True)
class Way:
    """The conversation to write in, and the template where only an approved one arrives."""

    conversation: Conversation
    template: dict[str, Any] | None = None


def way_to(*, lead: Lead, rule: FlowRule, values: dict[str, str], now: datetime) -> Way | None:
    """None where nothing arrives: nobody is connected, or we would have to begin a chat that we may not begin."""
    channel = Channel.objects.filter(is_current=True).exclude(provider=Channel.Provider.WEB).first()
    if channel is None or channel.state != Channel.State.WORKING:
        return None
    conversation = Conversation.objects.filter(lead=lead, medium=Medium.WHATSAPP).select_related("channel").first()
    if channel.provider == Channel.Provider.BAILEYS:
        # Only into chats that exist: a linked phone that writes to strangers is blocked.
        return Way(conversation) if conversation and conversation.channel_id == channel.pk else None
    if conversation and conversation.channel_id == channel.pk and _is_open(conversation, now):
        return Way(conversation)
    if not (rule.content_sid and lead.phone):
        return None
    chat_id = f"whatsapp:{lead.phone}"
    if conversation is None:
        conversation, _ = Conversation.objects.get_or_create(
            lead=lead, medium=Medium.WHATSAPP, defaults={"channel": channel, "chat_id": chat_id}
        )
        LeadIdentity.objects.bulk_create(
            [LeadIdentity(business_id=lead.business_id, lead=lead, channel=channel.provider, external_id=chat_id)],
            ignore_conflicts=True,
        )
    elif conversation.channel_id != channel.pk:
        Conversation.objects.filter(pk=conversation.pk).update(channel=channel, chat_id=chat_id)
        conversation.channel, conversation.chat_id = channel, chat_id
    return Way(conversation, {"content_sid": rule.content_sid, "variables": _numbered(values)})


def can_reach(lead: Lead, *, rule: FlowRule, now: datetime) -> bool:
    """Whether a message of this rule would have a way today; nothing is written."""
    channel = Channel.objects.filter(is_current=True).exclude(provider=Channel.Provider.WEB).first()
    if channel is None or channel.state != Channel.State.WORKING:
        return False
    conversation = Conversation.objects.filter(lead=lead, medium=Medium.WHATSAPP, channel=channel).first()
    if conversation is not None and conversation.opted_out_at is not None:
        return False
    if channel.provider == Channel.Provider.BAILEYS:
        return conversation is not None
    return bool(conversation and _is_open(conversation, now)) or bool(rule.content_sid and lead.phone)


def _is_open(conversation: Conversation, now: datetime) -> bool:
    return conversation.last_inbound_at is not None and now - conversation.last_inbound_at < OPEN_FOR


def _numbered(values: dict[str, str]) -> dict[str, str]:
    """Templates number their gaps: in the order in which the purpose names its fields."""
    return {str(number): value or "-" for number, value in enumerate(values.values(), start=1)}
