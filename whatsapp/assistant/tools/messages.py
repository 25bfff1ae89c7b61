"""Messages: reading this conversation, and writing to somebody else, which a person has to allow."""

from __future__ import annotations

from django.utils.translation import gettext_noop
from pydantic import Field

from crm.lead_services import owner_of_phone
from crm.phones import normalize_phone
from whatsapp.assistant.actor import Permission
from whatsapp.assistant.tools.base import Arguments, Json, Tool, Work, refused
from whatsapp.models import Conversation, Message
from whatsapp.outgoing import send

LONGEST = 1000
MOST_FETCHED = 30
THIRD_PERSON = gettext_noop("it reaches a third person")


class Send(Arguments):
    to: str = Field(description="The number of somebody else. This customer is answered with plain text instead.")
    text: str


class FetchThread(Arguments):
    limit: int | None = Field(description="How many messages, 20 if null.")


def _send(work: Work, asked: Send) -> Json:
    """Only into a conversation that exists, and only to who wants messages: nobody is written to out of the blue."""
    phone = normalize_phone(asked.to)
    if phone is None:
        return refused("invalid_phone")
    if phone == work.lead.phone:
        return refused("answer_instead")
    text = asked.text[:LONGEST].strip()
    if not text:
        return refused("empty")
    person = owner_of_phone(phone)
    chats = Conversation.objects.filter(lead=person, medium=work.actor.conversation.medium, opted_out_at=None)
    chat = chats.select_related("channel").first() if person is not None else None
    if chat is None:
        return refused("no_chat")
    message = send(
        conversation=chat, text=text, author=Message.Author.ASSISTANT, now=work.now, purpose=f"tool:{work.key}"[:120]
    )
    return {"ok": True, "message_id": message.pk if message else None}


def _fetch(work: Work, asked: FetchThread) -> Json:
    count = max(1, min(asked.limit or 20, MOST_FETCHED))
    rows = Message.objects.filter(conversation=work.actor.conversation, revoked_at=None)
    if work.actor.by is None:
        rows = rows.exclude(direction=Message.Direction.NOTE)  # what the staff say among themselves
    zone = work.actor.business.timezone
    return {
        "ok": True,
        "messages": [
            {"from": row.author, "at": f"{row.written_at.astimezone(zone):%Y-%m-%d %H:%M}", "text": row.text[:400]}
            for row in reversed(rows.order_by("-pk")[:count])
        ],
    }


def _why(work: Work, asked: Send) -> str:
    return THIRD_PERSON if normalize_phone(asked.to) != work.lead.phone else ""


TOOLS = (
    Tool(
        "whatsapp.send",
        "Send a message to somebody else on the customer's behalf. A person of the staff has to allow it first.",
        Send,
        Permission.SEND,
        _send,
        has_effects=True,
        why_approve=_why,
    ),
    Tool(
        "whatsapp.fetch_thread",
        "Earlier messages of this conversation.",
        FetchThread,
        Permission.OWN_READ,
        _fetch,
    ),
)
