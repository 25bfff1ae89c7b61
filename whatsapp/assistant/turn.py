"""All that a customer wrote since the last answer, as one thing to answer. Pure but for the query."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.phones import normalize_phone
from whatsapp.models import Conversation, Message

LONGEST = 4000  # characters that are looked at; walls of text say what they want at the beginning
WAITED_FOR = timedelta(seconds=90)  # for a voice message to be written down
_Kind = Message.Kind
_WORDS = re.compile(r"[^\W_]")
_YES, _NO = frozenset("👍👌✅🆗"), frozenset("👎❌🚫")
_HEBREW, _OTHER = re.compile("[\u05d0-\u05ea]"), re.compile(r"[A-Za-z\u0400-\u04ff]")


@dataclass(frozen=True)
class Turn:
    """`kinds` of the messages without words, in order; `numbers` that contact cards offer, E.164."""

    oldest: int
    newest: int
    text: str
    kinds: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    is_button: bool = False

    @property
    def is_emoji(self) -> bool:
        """Nothing in it is a word: signs, stickers, reactions."""
        others = [kind for kind in self.kinds if kind != _Kind.STICKER]
        return not others and not self.numbers and not _WORDS.search(self.text)

    @property
    def sign(self) -> str:
        """What a lone sign says where a yes or no was asked for: yes no, or nothing."""
        signs = set(self.text)
        if signs & _YES and not signs & _NO:
            return "yes"
        return "no" if signs & _NO else ""

    @property
    def language(self) -> str:
        """Of the customer's words: he en (and for whoever writes neither of them: en)."""
        return "en" if _OTHER.search(self.text) and not _HEBREW.search(self.text) else "he"


def unanswered(conversation: Conversation) -> list[Message]:
    """The customer's messages that nobody dealt with, in order. What the staff answered is dealt with."""
    spoken = Message.objects.filter(
        conversation=conversation,
        direction=Message.Direction.OUT,
        author__in=(Message.Author.STAFF, Message.Author.OWNER_PHONE),
    )
    last = spoken.order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = Message.objects.filter(
        conversation=conversation, direction=Message.Direction.IN, pk__gt=max(conversation.answered_to, last)
    )
    return list(rows.select_related("media").order_by("pk"))


def is_being_heard(messages: Sequence[Message], now: datetime) -> bool:
    """A voice message among them is still being fetched or written down, and that is worth waiting for."""
    for message in messages:
        media = getattr(message, "media", None)
        due = media is not None and not media.transcript and media.due_at is not None
        if message.kind == _Kind.AUDIO and due and now - message.created_at < WAITED_FOR:
            return True
    return False


def turn_of(messages: Sequence[Message]) -> Turn | None:
    """None where nothing is left to answer: all taken back, heeded as it came, too old, or not readable yet."""
    told = [
        message
        for message in messages
        if message.revoked_at is None
        and not (message.is_backlog or message.is_heeded)
        and message.kind != _Kind.UNDECRYPTABLE
    ]
    if not told:
        return None
    words, kinds, numbers = [], [], []
    for message in told:
        media = getattr(message, "media", None)
        said = message.text.strip() or (media.transcript.strip() if media is not None else "")
        cards = [normalize_phone(number) for number in _card_numbers(message)]
        numbers += [number for number in cards if number]
        if said:
            words.append(said)
        elif not any(cards):
            kinds.append(str(message.kind))
    button = told[-1].kind == _Kind.BUTTON
    return Turn(told[0].pk, told[-1].pk, "\n".join(words)[:LONGEST], tuple(kinds), tuple(numbers), button)


def _card_numbers(message: Message) -> list[str]:
    if message.kind != _Kind.CONTACT:
        return []
    cards = message.data.get("contacts")
    cards = cards if isinstance(cards, list) else []
    return [str(phone) for card in cards if isinstance(card, dict) for phone in card.get("phones") or ()]
