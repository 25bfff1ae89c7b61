"""The end of a run: one transaction holds the answer, what it leaves behind, and the way on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from faq.attachments import media_type_of
from faq.models import FaqEntry
from whatsapp import desk, live
from whatsapp.assistant.trace import Kind, Trace
from whatsapp.models import AgentRun, Conversation, Message, MessageMedia
from whatsapp.outgoing import send

Status = AgentRun.Status
_KINDS = {"image": Message.Kind.IMAGE, "video": Message.Kind.VIDEO, "audio": Message.Kind.AUDIO}
_HEAD = 512  # bytes that tell what a file is
GIVEN_UP_AFTER = 3  # attempts at the same messages


@dataclass(frozen=True)
class Ending:
    """What a run came to. `text` is empty where nothing is to be said; `dialog` is what the rules keep, None: as is."""

    text: str = ""
    dialog: Sequence[Any] | None = None
    hand_over: str = ""
    opts_out: bool = False
    waits: bool = False  # for a person's word
    entry: FaqEntry | None = None  # its picture or file goes with the answer


@dataclass
class Place:
    """Where an answer goes. `newest`: the customer's newest message that it answers; None after a person decided."""

    conversation: Conversation
    lease: UUID
    trace: Trace
    newest: int | None
    purpose: str = field(default="")

    @property
    def run(self) -> AgentRun:
        return self.trace.run


def finish(place: Place, ending: Ending, *, now: datetime) -> bool:
    """Send the answer and let go of the conversation; False if somebody else has it by now, and nothing was sent."""
    with transaction.atomic():
        rows = Conversation.objects.select_for_update(no_key=True).select_related("channel", "business", "lead")
        conversation = rows.get(pk=place.conversation.pk)
        if conversation.lease != place.lease:
            close_run(place.run, Status.FAILED, error="taken_over", now=now)
            return False
        if ending.text and conversation.state == Conversation.State.ASSISTANT:
            _say(place, conversation, ending, now)
        changes: dict[str, Any] = {"lease": None, "leased_until": None}
        if place.newest is not None:
            changes |= {"answered_to": place.newest, "pending_since": None}
            newer = _newer(conversation, place.newest)
            if newer is not None:
                changes["pending_since"] = newer.created_at
        if ending.dialog is not None:
            changes |= {"dialog": list(ending.dialog), "dialog_at": now}
        if ending.opts_out and conversation.opted_out_at is None:
            changes["opted_out_at"] = now
        Conversation.objects.filter(pk=conversation.pk).update(**changes)
        if ending.hand_over and conversation.state == Conversation.State.ASSISTANT:
            desk.hand_to_staff(conversation=conversation, reason=ending.hand_over[:200], now=now)
        place.run.answer = ending.text
        close_run(place.run, Status.WAITING if ending.waits else Status.DONE, now=now)
        live.announce(conversation.business_id, conversation=conversation.pk, run=place.run.pk)
        if changes.get("pending_since") is not None or place.newest is None:
            queue_answer(conversation)
    return True


def close_run(run: AgentRun, status: Status, *, now: datetime, error: str = "") -> None:
    """How it ended; a run that waits has not ended."""
    run.status, run.error = status, error
    run.ended_at = None if status == Status.WAITING else now
    run.save(update_fields=["status", "error", "ended_at", "answer", "engine", "state", "version"])
    live.announce(run.business_id, conversation=run.conversation_id, run=run.pk)


def queue_answer(conversation: Conversation) -> None:
    """Once the transaction is committed. A broker that is down costs nothing: the sweep finds who waits."""
    from whatsapp.tasks import answer  # noqa: PLC0415 -- tasks do what stands here

    transaction.on_commit(partial(answer.delay, conversation.business_id, conversation.pk), robust=True)


def _say(place: Place, conversation: Conversation, ending: Ending, now: datetime) -> None:
    mimetype = _mimetype(ending.entry)
    message = send(
        conversation=conversation,
        text=ending.text,
        author=Message.Author.ASSISTANT,
        now=now,
        answers=place.newest,
        purpose=place.purpose,
        kind=_KINDS.get(mimetype.partition("/")[0], Message.Kind.DOCUMENT) if mimetype else Message.Kind.TEXT,
    )
    if message is not None and ending.entry is not None and mimetype:
        file = ending.entry.media
        MessageMedia.objects.create(message=message, file=file.name, mimetype=mimetype, bytes=file.size)
    place.trace.step(Kind.REPLY, "answer", result={"ok": message is not None, "text": ending.text})


def _mimetype(entry: FaqEntry | None) -> str:
    """Of the file that goes with a ready answer; empty without one, or if it is gone."""
    if entry is None or not entry.media:
        return ""
    try:
        with entry.media.open("rb") as file:
            return media_type_of(file.read(_HEAD))
    except OSError:
        return ""


def _newer(conversation: Conversation, than: int) -> Message | None:
    """What the customer wrote while this was being answered."""
    rows = Message.objects.filter(
        conversation=conversation, direction=Message.Direction.IN, pk__gt=than, is_backlog=False
    )
    return rows.order_by("pk").first()
