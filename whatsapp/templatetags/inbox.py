"""How messages are shown: whose they are, what kind of file they carry, where a place is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from calls.chips import day_text
from crm.phones import normalize_phone
from crm.templatetags.isolates import isolate
from whatsapp import errors
from whatsapp.models import Conversation, Message, MessageMedia
from whatsapp.pages.media import SHOWN, bare_type

register = template.Library()
MOST_CARDS = 5
_AUTHORS = Message.Author


@register.filter
def author_of(message: Message, conversation: Conversation) -> SafeString | str:
    """Who wrote it: the customer and members by name."""
    if message.author == _AUTHORS.CONTACT:
        return format_html("<bdi>{}</bdi>", conversation.lead.name or _("Customer"))
    if message.author == _AUTHORS.STAFF and message.by is not None:
        return format_html("<bdi>{}</bdi>", message.by.get_full_name() or message.by.get_username())
    return str(_AUTHORS(message.author).label)


@register.filter
def has_media(message: Message) -> bool:
    return hasattr(message, "media")


@register.filter
def shown_as(media: MessageMedia) -> str:
    """image, audio or video, where a browser may show it; nothing for what is only saved."""
    kind = bare_type(media.mimetype)
    return kind.partition("/")[0] if kind in SHOWN else ""


@register.filter
def error_words(code: str) -> str:
    """Why it was not sent."""
    return str(errors.words(code))


@register.filter
def refusal_words(code: str) -> str:
    """Why a file was not kept."""
    return str(errors.refusal(code))


@register.filter
def day_words(day: date) -> SafeString | str:
    """Today and yesterday by their names; others by weekday and date, with the year where it is another."""
    today = timezone.localdate()
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return day_text(day) if day.year == today.year else isolate(f"{day:%d/%m/%Y}")


@dataclass(frozen=True)
class Place:
    """`address`: of a map; the coordinates in it are numbers, whatever the sender wrote."""

    address: str
    name: str


@register.filter
def place_of(message: Message) -> Place | None:
    try:
        latitude, longitude = float(message.data["latitude"]), float(message.data["longitude"])
    except (KeyError, TypeError, ValueError):
        return None
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return None
    name = str(message.data.get("name") or message.data.get("address") or "")
    return Place(f"https://www.google.com/maps?q={latitude:.6f},{longitude:.6f}", name)


@dataclass(frozen=True)
class Card:
    name: str
    phones: list[str]


@register.filter
def cards_of(message: Message) -> list[Card]:
    """The people of a contact card; only numbers that can be dialled."""
    contacts: Any = message.data.get("contacts", [message.data])
    rows = [row for row in contacts if isinstance(row, dict)] if isinstance(contacts, list) else []
    cards = [Card(str(row.get("name") or ""), _numbers(row)) for row in rows[:MOST_CARDS]]
    return [card for card in cards if card.name or card.phones]


def _numbers(row: dict[str, Any]) -> list[str]:
    given = row.get("phones") or [row.get("phone")]
    if not isinstance(given, list):
        return []
    return [number for each in given if isinstance(each, str) and (number := normalize_phone(each))]
