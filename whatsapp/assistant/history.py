"""What was written before, as the language model reads it: whole turns, the newest with the tools they used."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from whatsapp.assistant.trace import Kind
from whatsapp.models import AgentTrace, Conversation, Message

TURNS = 6
WITH_TOOLS = 2  # of the last turns
REMEMBERED = timedelta(hours=72)
MOST_MESSAGES = 60
LONGEST = 1000  # characters of a message
Item = dict[str, Any]


def history(conversation: Conversation, *, before: int, now: datetime) -> list[Item]:
    """Items from before the message of this id, oldest first. A turn begins where the customer speaks again."""
    rows = Message.objects.filter(
        conversation=conversation, pk__lt=before, revoked_at=None, created_at__gt=now - REMEMBERED
    ).exclude(direction=Message.Direction.NOTE)
    rows = rows.exclude(status=Message.Status.FAILED).select_related("media")
    turns = _turns(list(reversed(rows.order_by("-pk")[:MOST_MESSAGES])))[-TURNS:]
    items: list[Item] = []
    for left, turn in zip(range(len(turns), 0, -1), turns, strict=True):
        items += _items(turn, with_tools=left <= WITH_TOOLS)
    return items


def _turns(messages: Sequence[Message]) -> list[list[Message]]:
    """Whole ones only: what stands before the customer's first word belongs to a turn that was cut."""
    turns: list[list[Message]] = []
    answered = True
    for message in messages:
        is_in = message.direction == Message.Direction.IN
        if is_in and answered:
            turns.append([])
        answered = not is_in
        if turns:
            turns[-1].append(message)
    return turns


def _items(turn: Sequence[Message], *, with_tools: bool) -> list[Item]:
    items: list[Item] = []
    for message in turn:
        media = getattr(message, "media", None)
        text = (message.text or (media.transcript if media else "") or f"[{message.kind}]")[:LONGEST]
        if message.direction == Message.Direction.IN:
            items.append({"role": "user", "content": text})
            continue
        if with_tools and message.answers is not None:
            items += _tool_items(message)
        by_staff = message.author in (Message.Author.STAFF, Message.Author.OWNER_PHONE)
        items.append({"role": "assistant", "content": f"[staff] {text}" if by_staff else text})
    return items


def _tool_items(answer: Message) -> list[Item]:
    steps = AgentTrace.objects.filter(
        run__conversation=answer.conversation_id,
        run__message_id=answer.answers,
        run__replay_of=None,
        kind=Kind.TOOL,
    )
    items: list[Item] = []
    for step in steps.order_by("pk"):
        call_id = f"call_{step.pk}"
        asked = json.dumps(step.arguments, ensure_ascii=False)
        name = step.name.replace(".", "_")
        items += [
            {"type": "function_call", "call_id": call_id, "name": name, "arguments": asked},
            {
                "type": "function_call_output",
                "call_id": call_id,
                "output": json.dumps(step.result, ensure_ascii=False),
            },
        ]
    return items


class Thread:
    """The conversation as a session of the agents library, which asks for items and brings new ones.

    What it brings is kept as messages and steps of runs anyway, so nothing is stored a second time.
    """

    session_settings = None

    def __init__(self, conversation_id: int, items: list[Item]) -> None:
        self.session_id = str(conversation_id)
        self._items = items

    async def get_items(self, limit: int | None = None) -> list[Item]:
        """All of them: a limit by number could part a call from its result."""
        return list(self._items)

    async def add_items(self, items: list[Any]) -> None:
        return None

    async def pop_item(self) -> None:
        return None

    async def clear_session(self) -> None:
        self._items = []
