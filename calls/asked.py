"""What callers asked: counted where an entry answered it, kept for the staff where nothing of ours could have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from booking.hebrew import Context, parse
from booking.models import Service
from calls.choices import service_named
from calls.models import CallSession, Turn
from crm.models import Medium
from faq.matching import subjects_of
from faq.services import active_entries, match_among, note_answered, note_unanswered

MOST = 20  # questions of one call
_ABOUT_A_SERVICE = frozenset(("price", "duration"))


def note_questions(call: CallSession, turns: Sequence[Turn], *, now: datetime) -> None:
    """Once, when a call is over; in its business's scope. A provider may be asked, so outside a transaction."""
    began = call.started_at.astimezone(call.business.timezone)
    asked = [turn.text for turn in turns if turn.speaker == Turn.Speaker.CALLER and _asks(turn.text, began)]
    if not asked:
        return
    business = call.business
    entries = active_entries(business, call.started_at, Medium.PHONE)
    services = tuple(Service.objects.filter(is_active=True).values_list("slug", "name"))
    for text in list(dict.fromkeys(asked))[:MOST]:
        found = match_among(entries, text, business=business)
        if found.entry is not None:
            note_answered(entry=found.entry, now=now)
        elif not found.wish and not _is_in_the_settings(text, services):
            note_unanswered(business=business, text=text, medium=Medium.PHONE, reference=call.call_sid, now=now)


def _asks(text: str, moment: datetime) -> bool:
    return bool(text) and (text.rstrip().endswith("?") or parse(text, moment, Context()).intent == "question")


def _is_in_the_settings(text: str, services: tuple[tuple[str, str], ...]) -> bool:
    """Opening hours, and what a service costs and takes: the assistant is told these with every call."""
    subjects = subjects_of(text)
    return "hours" in subjects or (bool(subjects & _ABOUT_A_SERVICE) and service_named(text, services) is not None)
