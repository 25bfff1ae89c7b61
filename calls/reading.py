"""Everything the page of one call shows, loaded in a number of queries that does not depend on the call's length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.safestring import SafeString

from booking import why_not
from booking.diary import Overlooked
from booking.models import Appointment
from booking.results import Refused
from booking.timeline import Entry, entries
from booking.why_not import Check, Question
from calls import retention
from calls.badges import is_running
from calls.call_page import Line, lines_of
from calls.chips import moment_text, reason_in_words, reason_of, refused_at
from calls.models import BlockedNumber, CallSession, PracticeAppointment, Recording, Turn
from calls.numbers import number_of
from calls.outcome_appointment import changed_in
from calls.practice.trial import trial_of
from calls.waterfall import Timing, timings_of
from crm.admin.badges import badge
from crm.models import Business, FollowUp

PART = 300  # lines of a transcript at once
TIMINGS_SHOWN = 12  # before the rest is unfolded
SUMMARY_TAKES = timedelta(minutes=3)  # at most; later it will not come by itself
MAP_UNITS = 1000  # width of the drawing of who speaks when
_APPOINTMENT_TONES = {
    Appointment.Status.HELD: "live",
    Appointment.Status.CONFIRMED: "ok",
    Appointment.Status.CANCELLED: "hollow",
    Appointment.Status.COMPLETED: "ok",
    Appointment.Status.NO_SHOW: "bad",
}


# --- the transcript ----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Transcript:
    """A part of the call's lines. `earlier` and `later`: the numbers from which the parts beside it begin."""

    lines: list[Line]
    earlier: int | None
    later: int | None


def transcript(call: CallSession, *, at: int) -> Transcript:
    """The part in which the line of this number stands; two queries."""
    first = max(0, at) // PART * PART
    turns = list(call.turns.filter(index__gte=first, index__lt=first + PART).order_by("index"))
    beyond = call.turns.filter(index__gte=first + PART).order_by("index").values_list("index", flat=True).first()
    zone = zone_of(call)
    today = timezone.localdate(call.started_at, zone)
    return Transcript(
        lines=list(lines_of(turns, today=today, zone=zone)),
        earlier=first - PART if first else None,
        later=beyond // PART * PART if beyond is not None else None,
    )


def zone_of(call: CallSession) -> ZoneInfo:
    return ZoneInfo(str(call.business.timezone))


# --- how long answers took, and who spoke when -------------------------------------------------------
@dataclass(frozen=True)
class Stretch:
    """Somebody speaks, in drawing units from the left: time runs from left to right."""

    speaker: str
    x: int
    width: int


@dataclass(frozen=True)
class Measured:
    timings: list[Timing]
    turns: list[Turn]  # without their words
    interruptions: int

    @property
    def usual_ms(self) -> float | None:
        totals = [timing.total_ms for timing in self.timings if timing.total_ms is not None]
        return median(totals) if totals else None

    @property
    def shown(self) -> list[Timing]:
        return self.timings[:TIMINGS_SHOWN]

    @property
    def rest(self) -> list[Timing]:
        return self.timings[TIMINGS_SHOWN:]

    def map(self, length_s: int | None) -> list[Stretch]:
        """Who speaks when, of a call of that length. Each speaks until the next one does."""
        spoken = [turn for turn in self.turns if turn.speaker in (Turn.Speaker.CALLER, Turn.Speaker.ASSISTANT)]
        if not length_s or not spoken:
            return []
        whole_ms = max(length_s * 1000, spoken[-1].at_ms + 1)
        starts = [turn.at_ms * MAP_UNITS // whole_ms for turn in spoken]
        ends = [*starts[1:], MAP_UNITS]
        return [
            Stretch(turn.speaker, start, max(1, end - start - 1))
            for turn, start, end in zip(spoken, starts, ends, strict=True)
        ]


def measured(call: CallSession) -> Measured:
    """Of the whole call, however long; one query."""
    turns = list(call.turns.order_by("index").defer("text"))
    timings = timings_of(turns)
    return Measured(timings, turns, sum(timing.barge_in for timing in timings))


# --- the summary -------------------------------------------------------------------------------------
def summary_state(call: CallSession, *, now: datetime, asked_at: datetime | None = None) -> str:
    """`running`, `ready`, `pending` (it comes by itself) or `failed`. `asked_at`: it was ordered again then."""
    if is_running(call):
        return "running"
    if call.summary:
        return "ready"
    over_at = call.ended_at or call.started_at + timedelta(seconds=call.duration_s or 0)
    since = max(over_at, asked_at) if asked_at else over_at
    is_due = call.wrapped_up_at is None or (asked_at is not None and call.wrapped_up_at < asked_at)
    return "pending" if is_due and now < since + SUMMARY_TAKES else "failed"


# --- recordings --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Sound:
    """A recording and whether it can be heard; `follows` the transcript, line by line."""

    recording: Recording
    can_play: bool
    is_gone: bool
    follows: bool
    deleted_on: datetime | None = None  # when it will be, by the business's settings


def sounds(call: CallSession) -> list[Sound]:
    """The call's own recording first; two queries."""
    found: list[Sound] = []
    kept_days = retention.days_kept()
    for recording in call.recordings.order_by("kind", "created_at"):
        is_stored = recording.status == Recording.Status.STORED
        is_there = is_stored and bool(recording.file) and recording.file.storage.exists(str(recording.file.name))
        whole = recording.kind == Recording.Kind.CALL and not any(other.follows for other in found)
        deleted_on = retention.due(recording, kept_days) if is_there else None
        found.append(Sound(recording, is_there, is_stored and not is_there, whole and is_there, deleted_on))
    return found


# --- the appointment ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Came:
    """The appointment that came of the call, as it stands now, and what happened to it after the call."""

    row: Appointment | PracticeAppointment
    state: SafeString
    later: list[Entry] = field(default_factory=list)
    is_practice: bool = False


def appointment(call: CallSession) -> Came | None:
    if call.from_browser:
        tried = call.practice_appointments.select_related("service", "resource").order_by("-pk").first()
        tone = "ok" if tried and tried.status == PracticeAppointment.Status.CONFIRMED else "hollow"
        return Came(tried, badge(tried.get_status_display(), tone), is_practice=True) if tried else None
    row = call.appointment or changed_in(call)
    if row is None:
        return None
    over_at = call.ended_at or call.started_at + timedelta(seconds=call.duration_s or 0)
    later = [entry for entry in entries(row) if entry.at > over_at]
    return Came(row, badge(row.get_status_display(), _APPOINTMENT_TONES[Appointment.Status(row.status)]), later)


# --- why not -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class WhyNot:
    """A time that was refused in the call: what was said of it then, and every rule as it is now."""

    index: int
    when: SafeString
    reason: str
    checks: Sequence[Check]
    message: str = ""  # where no rule could be looked at
    on_trial: bool = False  # the call tried another week

    @property
    def is_possible_now(self) -> bool:
        return bool(self.checks) and all(check.kept for check in self.checks)


def why_refused(call: CallSession, business: Business, *, index: int) -> WhyNot | None:
    """Of the refusal in this line; None if there is none. Looked at as if the present were that moment of the call."""
    turn = call.turns.filter(index=index, speaker=Turn.Speaker.SERVER).first()
    wanted = refused_at(turn.text) if turn else None
    if turn is None or wanted is None:
        return None
    zone = zone_of(call)
    when = moment_text(wanted, timezone.localdate(call.started_at, zone))
    reason = reason_in_words(reason_of(turn.text))
    trial = trial_of(call)
    if trial is not None and trial.hours is not None:
        return WhyNot(index, when, reason, (), on_trial=True)
    asked_at = call.started_at + timedelta(milliseconds=turn.at_ms)
    came = call.appointment
    found = why_not.checks(
        business,
        Question(wanted.replace(tzinfo=zone), came.service.slug if came and came.service else None),
        now=trial.moment(asked_at) if trial else asked_at,
        overlooked=Overlooked(came.pk if came else 0, call.call_sid),
    )
    if isinstance(found, Refused):
        return WhyNot(index, when, reason, (), message=found.message)
    return WhyNot(index, when, reason, found)


# --- people ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Caller:
    """Who called, and what can be done with the number."""

    number: str
    is_blocked: bool
    earlier: int  # calls of the same customer before this one, counted up to `MOST_EARLIER`
    is_erased: bool  # the customer's card was deleted, or the customer themselves
    erased_at: datetime | None


MOST_EARLIER = 99


def caller(call: CallSession) -> Caller:
    number = number_of(call.from_number)
    earlier = 0
    if call.lead_id:
        earlier = CallSession.objects.filter(lead=call.lead_id, started_at__lt=call.started_at)[:MOST_EARLIER].count()
    return Caller(
        number=number,
        is_blocked=bool(number) and BlockedNumber.objects.filter(number=number).exists(),
        earlier=earlier,
        is_erased=call.person_erased_at is not None
        or (call.lead_id is None and call.wrapped_up_at is not None and not call.from_browser),
        erased_at=call.person_erased_at,
    )


def follow_ups(call: CallSession) -> list[FollowUp]:
    """What is to be done about the call first, then what was; one query."""
    rows = FollowUp.objects.filter(call_sid=call.call_sid).select_related("done_by", "assigned_to")
    return sorted(rows, key=lambda row: (row.done_at is not None, row.due_at))
