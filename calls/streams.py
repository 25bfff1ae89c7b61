"""What a media stream must know besides the rules: when somebody is there, and what earlier streams said and did."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from booking.intervals import Interval, merge
from booking.policy import DAY, BusinessPolicy, openings
from calls.conversation.events import CallFacts, KnownAppointment
from calls.conversation.staff import whisper
from calls.models import CallSession, EventLog, Turn
from calls.summary import booked_in
from calls.tokens import Claim
from calls.writer import turn_writer

HORIZON = timedelta(hours=3)  # longer than any call
HISTORY_LINES = 12
LINES_IN_FLIGHT = 50  # left free where the earlier stream's last lines may still be on their way to the database
LINES_SECONDS = 2.0  # that they are waited for
LEAST_MS, LEAST_MICROUSD = 60_000, 1  # left to a further stream of a call that has used up what it may


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


def begun_at(facts: CallFacts, began: datetime) -> CallFacts:
    """Facts that were loaded ahead, as told from the stream's beginning. `began` is in the business's zone."""
    waited = _ms(began - datetime.fromisoformat(facts.started_at))
    opened = tuple((max(0, opens - waited), closes - waited) for opens, closes in facts.open_ms if closes > waited)
    return msgspec.structs.replace(facts, started_at=began.isoformat(), open_ms=opened)


def _ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)


def further_facts(facts: CallFacts, call: CallSession, claim: Claim, now: datetime) -> CallFacts:
    """The same for a further stream of the call, which knows and may do what the earlier ones left to it."""
    used_ms = _ms(now - call.started_at)
    limit = facts.max_cost_microusd
    return msgspec.structs.replace(
        facts,
        resumed=claim.resumed,
        history=history_of(call),
        first_line=first_line(call, claim),
        booked=booked_earlier(call),
        max_call_ms=max(LEAST_MS, facts.max_call_ms - used_ms),
        max_cost_microusd=max(LEAST_MICROUSD, limit - call.cost_microusd) if limit else 0,
    )


def await_lines() -> None:
    """Blocks until what an earlier stream said is in the database, as far as this process has it; not for long."""
    with suppress(TimeoutError):
        turn_writer.flush().result(LINES_SECONDS)


def booked_earlier(call: CallSession) -> KnownAppointment | None:
    """The appointment that was made in this call and stands."""
    row = booked_in(call)
    if row is None:
        return None
    start = row.starts_at.astimezone(call.business.timezone)
    return KnownAppointment(
        row.pk, f"{start:%Y-%m-%d %H:%M}", row.service.name if row.service else "", row.customer_name
    )


def history_of(call: CallSession) -> tuple[tuple[str, str], ...]:
    """(speaker, words heard) of the last lines that were spoken, oldest first; with them what the staff whispered."""
    spoken = call.turns.exclude(speaker=Turn.Speaker.SERVER).exclude(text="").filter(heard_fraction__gt=0)
    lines = reversed(spoken.order_by("-index")[:HISTORY_LINES])
    return tuple(
        ("server", whisper(line.text)) if line.speaker == Turn.Speaker.STAFF else (line.speaker, line.text)
        for line in lines
    )


def first_line(call: CallSession, claim: Claim) -> int:
    """The number of a further stream's first transcript line."""
    last = call.turns.order_by("-index").values_list("index", flat=True).first()
    following = 0 if last is None else last + 1
    is_stored = EventLog.objects.filter(call=call, part=claim.part - 1).exists()  # its lines were written before it
    return following if is_stored else following + LINES_IN_FLIGHT
