"""Through which channel a message leaves, and how that channel names the customer."""

from __future__ import annotations

from dataclasses import dataclass

from crm.models import Lead, LeadIdentity
from whatsapp.models import Channel, Conversation, Message
from whatsapp.outcomes import Never

_Provider = Channel.Provider


@dataclass(frozen=True)
class Route:
    channel: Channel
    to: str


def route_of(message: Message, *, fixed: bool) -> Route | Never:
    """The channel of the conversation's last message, unless the business has changed to another one since.

    `fixed`: it was tried already and may have been taken: nothing but the same door will do.
    """
    conversation = message.conversation
    if fixed and message.data.get("to"):
        tried = Channel.objects.filter(provider=message.provider).first()
        return Route(tried, str(message.data["to"])) if tried else Never("channel_off")
    channel = _in_use(conversation)
    if channel is None:
        return Never("channel_off")
    to = _address(conversation, channel)
    return Route(channel, to) if to else Never("no_chat" if channel.provider == _Provider.BAILEYS else "no_number")


def _in_use(conversation: Conversation) -> Channel | None:
    own = conversation.channel
    if own.provider == _Provider.WEB or own.is_current:
        return own
    return Channel.objects.filter(is_current=True).exclude(provider=_Provider.WEB).first()


def _address(conversation: Conversation, channel: Channel) -> str:
    if conversation.channel_id == channel.pk and conversation.chat_id:
        return conversation.chat_id
    if channel.provider == _Provider.TWILIO:
        return _known(conversation.lead, channel, "whatsapp:") or _by_number(conversation.lead)
    if channel.provider == _Provider.BAILEYS:
        return _known(conversation.lead, channel, "")  # only where they have written to that phone
    return conversation.chat_id or "web"


def _by_number(lead: Lead) -> str:
    return f"whatsapp:{lead.phone}" if lead.phone else ""


def _known(lead: Lead, channel: Channel, prefix: str) -> str:
    rows = LeadIdentity.objects.filter(lead=lead, channel=channel.provider, external_id__startswith=prefix)
    return rows.order_by("-pk").values_list("external_id", flat=True).first() or ""
