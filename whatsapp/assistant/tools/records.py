"""What was said: recordings, transcripts, summaries, and entries about them in the customer's timeline."""

from __future__ import annotations

from pydantic import Field

from calls.models import CallSession, Turn
from crm.services import record_activity
from whatsapp.assistant.actor import Permission
from whatsapp.assistant.tools.base import Arguments, Json, Tool, Work, refused
from whatsapp.models import Message

LONGEST = 1000
LINES = 20
QUOTED = 3
_IN = Message.Direction.IN


class LogCreate(Arguments):
    summary: str = Field(description="What happened, for the staff, in Hebrew, at most two sentences.")


class AttachRecording(Arguments):
    message_id: int | None = Field(description="A voice message of this conversation; null for the last one.")


class LastTranscript(Arguments):
    pass


class Summary(Arguments):
    pass


def _log(work: Work, asked: LogCreate) -> Json:
    entry = record_activity(
        lead=work.lead,
        kind="message.log",
        medium=work.actor.conversation.medium,
        text=asked.summary[:LONGEST],
        occurred_at=work.now,
        key=f"log:{work.key}",
    )
    return {"ok": True, "activity_id": entry.pk}


def _attach(work: Work, asked: AttachRecording) -> Json:
    rows = Message.objects.filter(
        conversation=work.actor.conversation, direction=_IN, kind=Message.Kind.AUDIO, revoked_at=None
    ).select_related("media")
    if asked.message_id is not None:
        rows = rows.filter(pk=asked.message_id)
    message = rows.order_by("-pk").first()
    if message is None:
        return refused("no_recording")
    media = getattr(message, "media", None)
    record_activity(
        lead=work.lead,
        kind="message.voice",
        medium=work.actor.conversation.medium,
        text=media.transcript[:LONGEST] if media else "",
        occurred_at=message.written_at,
        key=f"message.voice:{message.pk}",
    )
    return {"ok": True, "message_id": message.pk}


def _last_transcript(work: Work, asked: LastTranscript) -> Json:
    """Of their last voice message, else of their last call."""
    voice = Message.objects.filter(
        conversation=work.actor.conversation, direction=_IN, kind=Message.Kind.AUDIO, media__transcript__gt=""
    ).select_related("media")
    if (message := voice.order_by("-pk").first()) is not None:
        return {"ok": True, "of": "voice message", "text": message.media.transcript[:LONGEST]}
    call = CallSession.objects.filter(lead=work.lead).order_by("-started_at").first()
    if call is None:
        return refused("no_transcript")
    spoken = call.turns.filter(speaker=Turn.Speaker.CALLER).exclude(text="").order_by("-index")[:LINES]
    lines = [turn.text for turn in reversed(spoken)]
    return {"ok": True, "of": "call", "text": "\n".join(lines)[:LONGEST]} if lines else refused("no_transcript")


def _summary(work: Work, asked: Summary) -> Json:
    """An extract: what the customer said last, and what was done for them."""
    said = Message.objects.filter(conversation=work.actor.conversation, direction=_IN, revoked_at=None).exclude(text="")
    quotes = [message.text[:160] for message in reversed(said.order_by("-pk")[:QUOTED])]
    done = work.ledger.done_in_words()
    if not quotes and not done:
        return refused("nothing_said")
    return {"ok": True, "said": quotes, "done": done}


TOOLS = (
    Tool(
        "calls.log_create",
        "Write an entry about this contact into the customer's timeline.",
        LogCreate,
        Permission.OWN_WRITE,
        _log,
        has_effects=True,
    ),
    Tool(
        "calls.attach_recording",
        "Keep a voice message of the customer in their timeline.",
        AttachRecording,
        Permission.OWN_WRITE,
        _attach,
        has_effects=True,
    ),
    Tool(
        "stt.get_last_transcript",
        "What the customer said in their last voice message or call.",
        LastTranscript,
        Permission.OWN_READ,
        _last_transcript,
    ),
    Tool("summary.generate", "What was said and done in this conversation.", Summary, Permission.OWN_READ, _summary),
)
