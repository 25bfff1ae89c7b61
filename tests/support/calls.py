"""Calls as they were: rows with plausible ends, and the lines that were said in them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from calls.models import CallSession, Turn
from crm.models import Business
from tests.support.factories import NOW, CallSessionFactory, TurnFactory

MEASURED = {
    "STT_FIRST_PARTIAL_MS": 120,
    "STT_FINAL_MS": 420,
    "AI_FIRST_AUDIO_MS": 1220,
    "TTS_READY_MS": 1220,
    "FIRST_AUDIO_SENT_MS": 1240,
    "TOTAL_LATENCY_MS": 1400,
    "BARGE_IN_HIT": True,
    "EOU_REASON": "vad",
}
REFUSED = "[SERVER] slot_unavailable: 2026-11-24 18:15; reason=off_grid; alternatives=2026-11-24 18:00,2026-11-24 19:00"


def a_call(business: Business, **facts: Any) -> CallSession:
    """One in which something was told: it ended two minutes after it began, and was wrapped up a minute later."""
    began = facts.get("started_at", NOW)
    defaults: dict[str, Any] = {
        "duration_s": 120,
        "ended_at": began + timedelta(minutes=2),
        "wrapped_up_at": began + timedelta(minutes=3),
        "outcome": CallSession.Outcome.ANSWERED,
        "summary": "נמסר מידע על חניה.",
    }
    call: CallSession = CallSessionFactory(business=business, **defaults | facts)
    return call


def said(call: CallSession, index: int, speaker: str, text: str, **facts: Any) -> Turn:
    """A line, five seconds after the one before it."""
    turn: Turn = TurnFactory(
        business=call.business, call=call, index=index, speaker=speaker, text=text, **{"at_ms": index * 5000} | facts
    )
    return turn


def page_of(call: CallSession, *parts: object) -> str:
    return "/".join(("/calls", call.call_sid, *map(str, parts), ""))
