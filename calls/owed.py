"""What the staff owes a caller: one follow-up per call, in the words that say most. Within the business's scope."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from booking.policy import DAY, openings
from booking.services import effective_policy
from calls.models import CallSession
from crm.models import FollowUp
from crm.services import add_follow_up

CALL_BACK_WITHIN = timedelta(hours=1)
_LOOKED_AHEAD = 14 * DAY

PROMISED = "לחזור ללקוח אחרי שיחה"
WANTS_PERSON = "לחזור ללקוח שביקש לדבר עם נציג"
WANTS_MESSAGE = "לחזור ללקוח שביקש להשאיר הודעה"
NOT_TAKEN = "לחזור ללקוח: השיחה שהועברה לנציג לא נענתה"
LEFT_MESSAGE = "להאזין להודעה הקולית ולחזור ללקוח"
_LEAST_FIRST = (PROMISED, WANTS_MESSAGE, WANTS_PERSON, NOT_TAKEN, LEFT_MESSAGE)


def owe(call: CallSession, reason: str, now: datetime) -> None:
    """A person must get back to the caller. What is done already, or owed for more, stays as it is."""
    words = _worded(call, reason)
    due = due_at(call, now)
    owed = add_follow_up(
        business=call.business, lead=call.lead, reason=words, due_at=due, key=_key(call), call_sid=call.call_sid
    )
    less = Q(pk__in=())
    for each in _LEAST_FIRST[: _LEAST_FIRST.index(reason)]:  # about whatever it was: a call's topic may change
        less |= Q(reason=each) | Q(reason__startswith=f"{each} (")
    FollowUp.objects.filter(less, pk=owed.pk, done_at=None).update(reason=words)


def belongs_to_caller(call: CallSession) -> None:
    """The caller is known now."""
    FollowUp.objects.filter(key=_key(call), lead=None).update(lead=call.lead)


def due_at(call: CallSession, now: datetime) -> datetime:
    """Within an hour in which somebody is there: while it is closed, of the next opening."""
    policy = effective_policy(call.business, now=now)
    today = policy.local(now).date()
    spans = (opening.span for _day, opening in openings(policy, today - DAY, today + _LOOKED_AHEAD))
    return min((max(span.start, now) for span in spans if span.end > now), default=now) + CALL_BACK_WITHIN


def _worded(call: CallSession, reason: str) -> str:
    longest: int = FollowUp._meta.get_field("reason").max_length or 0
    return (f"{reason} ({call.topic})" if call.topic else reason)[:longest]


def _key(call: CallSession) -> str:
    return f"call:{call.call_sid}"
