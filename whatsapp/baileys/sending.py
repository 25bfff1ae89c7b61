"""One message handed to the bridge. Its key makes asking twice harmless, so every doubt is asked again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx2

from whatsapp import media_links
from whatsapp.baileys.client import Bridge, Refused, Unreachable
from whatsapp.baileys.states import restricted_until
from whatsapp.models import Channel, Message, MessageMedia
from whatsapp.outcomes import Later, Never, Outcome, Taken

UNREACHABLE = "bridge_unreachable"
_TYPES = {Message.Kind.IMAGE: "image", Message.Kind.AUDIO: "audio"}  # every other file is a document
_MS_PER_LETTER, _LEAST_MS, _MOST_MS = 25, 400, 3000
_STATUSES = {"queued": "sending", "sending": "sending", "sent": "sent", "failed": "failed", "expired": "failed"}
_TO_RETRY = (429, 502, 503, 504)


def send(channel: Channel, message: Message, *, to: str, now: datetime) -> Outcome:
    """The same order byte for byte at every attempt: under one key the bridge refuses another."""
    try:
        answer = Bridge().send(channel.session, _order(message, to), str(message.key))
    except Unreachable as trouble:
        return Later(UNREACHABLE, unsure=trouble.unsure)
    except Refused as refusal:
        return _refused(refusal, channel, message, now)
    provider_id = str(answer.body.get("message_id") or "")[:190]
    return _taken(provider_id, answer.body) if provider_id else Later(UNREACHABLE, unsure=True)


def look(channel: Channel, message: Message) -> Outcome:
    """How far a message got that the bridge has taken."""
    try:
        said = Bridge().message(channel.session, message.provider_id)
    except Unreachable:
        return Later(UNREACHABLE)
    except Refused as refusal:
        return Never("unconfirmed") if refusal.status == httpx2.codes.NOT_FOUND else Later(UNREACHABLE)
    return _taken(message.provider_id, said)


def _taken(provider_id: str, said: dict[str, Any]) -> Taken:
    word = str(said.get("status", "queued"))
    status = _STATUSES.get(word, "sending")
    ack = said.get("ack")
    if status == "sent" and isinstance(ack, int) and ack > 1:
        status = "delivered" if ack == 2 else "read"
    error = ("expired" if word == "expired" else str(said.get("error") or "refused")[:40]) if status == "failed" else ""
    return Taken(provider_id, status, error, look_again=status == "sending")


def _order(message: Message, to: str) -> dict[str, Any]:
    order: dict[str, Any] = {
        "to": {"chat_id": to},
        "type": "text",
        "reply_to": message.quoted_id or None,
        "simulate_typing_ms": min(_MOST_MS, max(_LEAST_MS, len(message.text) * _MS_PER_LETTER)),
        "expires_at": message.expires_at.isoformat() if message.expires_at else None,
    }
    media = MessageMedia.objects.filter(message=message).first()
    if media is None or not media.file:
        return order | {"text": message.text}
    file = {"url": media_links.link(media), "mimetype": media.mimetype, "filename": media.filename or None}
    return order | {"type": _TYPES.get(Message.Kind(message.kind), "document"), "media": file, "caption": message.text}


def _refused(refusal: Refused, channel: Channel, message: Message, now: datetime) -> Outcome:
    match refusal.status, refusal.code:
        case 409, "idempotency_conflict":
            return Never("conflict")
        case (409, _) | (404, _):
            return Later("session_not_working")
        case 423, _:
            until = restricted_until(channel)
            in_time = until is not None and message.expires_at is not None and until < message.expires_at
            return (
                Later("restricted", seconds=(until - now).total_seconds()) if in_time and until else Never("restricted")
            )
        case 401, _:
            return Never("credentials")
        case status, _ if status in _TO_RETRY:
            unsure = status in (502, 504)
            return Later("busy" if status in (429, 503) else UNREACHABLE, unsure=unsure, seconds=refusal.retry_after)
    return Never(refusal.code or "refused")
