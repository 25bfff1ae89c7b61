"""What a media stream must know besides the rules: when somebody is there, and what earlier streams said."""

from __future__ import annotations

from datetime import datetime, timedelta

from booking.intervals import Interval, merge
from booking.policy import DAY, BusinessPolicy, openings
from calls.models import CallSession, EventLog, Turn
from calls.tokens import Claim

HORIZON = timedelta(hours=3)  # longer than any call
HISTORY_LINES = 12
LINES_IN_FLIGHT = 50  # left free where the earlier stream's last lines may still be on their way to the database


def open_spans(policy: BusinessPolicy, start: datetime, end: datetime) -> list[Interval]:
    """When the business is open between two instants, as disjoint spans within them."""
    first, last = policy.local(start).date() - DAY, policy.local(end).date()
    spans = (
        Interval(max(opening.span.start, start), min(opening.span.end, end))
        for _, opening in openings(policy, first, last)
    )
    return merge(span for span in spans if span.start < span.end)


def is_open(policy: BusinessPolicy, now: datetime) -> bool:
    return any(span.holds(now) for span in open_spans(policy, now, now + timedelta(minutes=1)))


def open_ms(policy: BusinessPolicy, began: datetime) -> tuple[tuple[int, int], ...]:
    """The same for the next hours, in milliseconds since the stream began."""
    return tuple(
        (_ms(span.start - began), _ms(span.end - began)) for span in open_spans(policy, began, began + HORIZON)
    )


def _ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)


def history_of(call: CallSession) -> tuple[tuple[str, str], ...]:
    """(speaker, words heard) of the last lines that were spoken, oldest first."""
    spoken = call.turns.exclude(speaker=Turn.Speaker.SERVER).exclude(text="").filter(heard_fraction__gt=0)
    lines = reversed(spoken.order_by("-index")[:HISTORY_LINES])
    return tuple((line.speaker, line.text) for line in lines)


def first_line(call: CallSession, claim: Claim) -> int:
    """The number of this stream's first transcript line."""
    if claim.part == 0:
        return 0
    last = call.turns.order_by("-index").values_list("index", flat=True).first()
    following = 0 if last is None else last + 1
    is_stored = EventLog.objects.filter(call=call, part=claim.part - 1).exists()  # its lines were written before it
    return following if is_stored else following + LINES_IN_FLIGHT
