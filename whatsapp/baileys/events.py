"""What the bridge tells, in our words. Nothing here touches the database.

Contract: reference/twilio-whatsapp.md 7.5.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from whatsapp.incoming import Incoming, IncomingMedia
from whatsapp.limits import LARGEST_FILE
from whatsapp.models import Message
from whatsapp.text import clean, clean_line, place_of

_SESSION = re.compile(r"biz_(\d{1,18})")
_PHONE = re.compile(r"\+\d{7,15}")
_ID = re.compile(r"[!-~]{1,190}")  # printable and without spaces
_ELSEWHERE = ("@g.us", "@broadcast", "@newsletter")  # groups, status and lists: nobody's conversation with us
_KINDS = {
    "text": Message.Kind.TEXT,
    "image": Message.Kind.IMAGE,
    "audio": Message.Kind.AUDIO,
    "video": Message.Kind.VIDEO,
    "document": Message.Kind.DOCUMENT,
    "sticker": Message.Kind.STICKER,
    "location": Message.Kind.LOCATION,
    "contact": Message.Kind.CONTACT,
    "button_reply": Message.Kind.BUTTON,
    "list_reply": Message.Kind.BUTTON,
    "undecryptable": Message.Kind.UNDECRYPTABLE,
}
ACKS = {1: "sent", 2: "delivered", 3: "read", 4: "read"}


class BadEvent(Exception):
    """It is not what the contract says; the text names the field."""


@dataclass(frozen=True)
class Event:
    name: str
    business_id: int
    epoch: int
    seq: int
    at: datetime  # by the bridge's clock
    payload: dict[str, Any]
    me: dict[str, Any] | None = None  # the linked account


def event_of(envelope: Any) -> Event:
    """Raises BadEvent."""
    if not isinstance(envelope, dict):
        raise BadEvent("body")
    session = _SESSION.fullmatch(str(envelope.get("session", "")))
    if session is None:
        raise BadEvent("session")
    payload = envelope.get("payload")
    if not isinstance(payload, dict):
        raise BadEvent("payload")
    return Event(
        name=str(envelope.get("event", ""))[:60],
        business_id=int(session[1]),
        epoch=_whole(envelope, "epoch"),
        seq=_whole(envelope, "seq"),
        at=_moment(_whole(envelope, "timestamp") / 1000),
        payload=payload,
        me=envelope["me"] if isinstance(envelope.get("me"), dict) else None,
    )


def parsed(body: bytes) -> Any:
    """Raises BadEvent."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadEvent("body") from error


def is_elsewhere(payload: dict[str, Any]) -> bool:
    """A group, somebody's status, a list: stored nowhere."""
    return str(payload.get("chat_id", "")).endswith(_ELSEWHERE)


def incoming_of(payload: dict[str, Any], *, now: datetime) -> Incoming:
    """Raises BadEvent."""
    chat_id, phone = identifier(payload, "chat_id"), phone_of(payload)
    kind = _KINDS.get(str(payload.get("type", "")), Message.Kind.UNSUPPORTED)
    lid = payload.get("lid")
    ids = {identifier(payload, "lid")} if lid else set()
    if phone:
        ids.add(address_of(phone))
    return Incoming(
        provider_id=identifier(payload, "message_id"),
        chat_id=chat_id,
        written_at=min(_moment(_whole(payload, "timestamp")), now),
        kind=kind,
        text=clean(payload.get("text")),
        ids=tuple(sorted(ids - {chat_id})),
        phone=phone,
        name=clean_line(payload.get("push_name")),
        data=_data(payload, kind),
        quoted_id=str(payload.get("quoted_id") or "")[:190],
        media=_media(payload.get("media"), kind),
        from_phone=bool(payload.get("from_me")),
    )


def address_of(phone: str) -> str:
    """How WhatsApp names the chat with a number."""
    return f"{phone.removeprefix('+')}@s.whatsapp.net"


def phone_of(payload: dict[str, Any]) -> str | None:
    phone = str(payload.get("phone") or "")
    return phone if _PHONE.fullmatch(phone) else None


def identifier(payload: dict[str, Any], name: str) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise BadEvent(name)
    return value


def _data(payload: dict[str, Any], kind: Message.Kind) -> dict[str, Any]:
    place, cards = payload.get("location"), payload.get("contacts")
    if kind == Message.Kind.BUTTON:
        return {"button_id": clean_line(payload.get("button_id"), 200)}
    if kind == Message.Kind.LOCATION and isinstance(place, dict):
        return place_of(place.get("latitude"), place.get("longitude"), place.get("name"), place.get("address"))
    if kind == Message.Kind.CONTACT and isinstance(cards, list):
        return {"contacts": [_card(card) for card in cards[:20] if isinstance(card, dict)]}
    return {}


def _card(card: dict[str, Any]) -> dict[str, Any]:
    phones = card.get("phones") if isinstance(card.get("phones"), list) else []
    return {
        "name": clean_line(card.get("name")),
        "phones": [str(phone) for phone in phones or [] if _PHONE.fullmatch(str(phone))][:5],
    }


def _media(media: Any, kind: Message.Kind) -> IncomingMedia | None:
    if not isinstance(media, dict):
        return None
    size = media.get("bytes") if isinstance(media.get("bytes"), int) else 0
    seconds = media.get("seconds") if isinstance(media.get("seconds"), int) else None
    source = media.get("id") if isinstance(media.get("id"), str) else ""
    too_large = (size or 0) > LARGEST_FILE
    return IncomingMedia(
        source="" if too_large else str(source or "")[:500],
        mimetype=clean_line(media.get("mimetype"), 100),
        filename=clean_line(media.get("filename"), 200),
        bytes=max(0, size or 0),
        seconds=max(0, seconds) if seconds is not None else None,
        refused="too_large" if too_large else "" if source else "gone",
    )


def _whole(values: dict[str, Any], name: str) -> int:
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**62:
        raise BadEvent(name)
    return value


def _moment(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise BadEvent("timestamp") from error
