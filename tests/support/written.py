"""What customers of the salon wrote in the morning of `tests.support.morning`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import User

from booking.models import Appointment
from crm.models import Business, Lead
from tests.support.factories import (
    AgentRunFactory,
    AgentTraceFactory,
    ApprovalFactory,
    ConversationFactory,
    MessageFactory,
    MessageMediaFactory,
    OutgoingFactory,
    QuickReplyFactory,
)
from whatsapp.models import AgentRun, Approval, Conversation, Message, MessageMedia


@dataclass(frozen=True)
class Written:
    """What customers wrote this morning: one conversation whose run waits for a word, and one that waits for staff."""

    conversation: Conversation
    failed: Message  # ours, that could not be sent
    media: MessageMedia  # a voice message
    run: AgentRun
    approval: Approval


def written_of(
    business: Business, noa: User, michal: Lead, yossi: Lead, appointment: Appointment, now: dt.datetime
) -> Written:
    QuickReplyFactory(business=business, title="כתובת והגעה", text="הרצל 12, קומת קרקע. חניה מאחורי הבניין.")
    at = [now - dt.timedelta(minutes=minutes) for minutes in range(30, 0, -3)]
    talk = ConversationFactory(
        business=business,
        lead=michal,
        created_at=at[0],
        last_message_at=at[6],
        last_inbound_at=at[4],
        preview="לבטל את התור של היום",
        unread=1,
    )
    facts = {"business": business, "conversation": talk}
    first = MessageFactory(**facts, text="היי, יש מקום מחר ב-12?", created_at=at[0], written_at=at[0])
    done = AgentRunFactory(
        **facts,
        message_id=first.pk,
        status=AgentRun.Status.DONE,
        answer="מחר ב־12:00 פנוי. לקבוע?",
        started_at=at[0],
        ended_at=at[0] + dt.timedelta(seconds=2),
        input_tokens=1100,
        output_tokens=140,
        engine=AgentRun.Engine.MODEL,
        model="gpt-6-luna",
        cost_cents="0.4",
        instructions="You answer customers.",
    )
    slot = (now + dt.timedelta(days=1)).replace(hour=10, minute=0)
    AgentTraceFactory(
        business=business,
        run=done,
        index=0,
        name="calendar.find_slots",
        arguments={"start_iso": f"{slot:%Y-%m-%dT%H:%M}"},
        result={"ok": True, "slots": [{"start_iso": slot.isoformat()}]},
        at=at[0] + dt.timedelta(seconds=1),
        ms=41,
    )
    OutgoingFactory(
        **facts,
        text=done.answer,
        status=Message.Status.READ,
        created_at=at[0] + dt.timedelta(seconds=2),
        written_at=at[0] + dt.timedelta(seconds=2),
        due_at=None,
        expires_at=None,
        answers=first.pk,
    )
    MessageFactory(
        **facts,
        direction=Message.Direction.NOTE,
        author=Message.Author.STAFF,
        by=noa,
        provider_id="",
        status=Message.Status.SENT,
        text="רגישה לאמוניה",
        created_at=at[2],
        written_at=at[2],
    )
    failed = OutgoingFactory(
        **facts,
        author=Message.Author.STAFF,
        by=noa,
        text="מחכים לך",
        status=Message.Status.FAILED,
        error="expired",
        created_at=at[3],
        written_at=at[3],
        due_at=None,
        expires_at=None,
    )
    voice = MessageFactory(
        **facts, kind=Message.Kind.AUDIO, text="אני מאחרת בעשר דקות", created_at=at[3], written_at=at[3]
    )
    media = MessageMediaFactory(
        business=business, message=voice, mimetype="audio/ogg", file="messages/voice.ogg", seconds=4, due_at=None
    )
    last = MessageFactory(**facts, text="לבטל את התור של היום", created_at=at[4], written_at=at[4])
    run = AgentRunFactory(**facts, message_id=last.pk, status=AgentRun.Status.WAITING, started_at=at[4])
    approval = ApprovalFactory(
        business=business,
        run=run,
        arguments={"appointment_id": appointment.pk},
        asked_at=at[5],
        expires_at=now + dt.timedelta(hours=12),
    )
    waiting = ConversationFactory(
        business=business,
        lead=yossi,
        state=Conversation.State.WAITING,
        created_at=at[7],
        last_message_at=at[8],
        last_inbound_at=at[8],
        preview="אפשר לדבר עם מישהו?",
        unread=1,
    )
    MessageFactory(
        business=business, conversation=waiting, text="אפשר לדבר עם מישהו?", created_at=at[8], written_at=at[8]
    )
    return Written(talk, failed, media, run, approval)
