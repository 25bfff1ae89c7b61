"""The verdict on a call, from two things alone: what its caller heard and said, and what the database holds.

It knows the lies by their wording, because it is told them, and asks nothing of the product about truth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from benchmarks.honesty.lies import LIES, Lie
from benchmarks.honesty.people import Person
from benchmarks.honesty.play import Heard
from booking.models import Appointment, AppointmentChange
from calls.models import CallSession, Turn
from crm.models import Medium
from crm.tenancy import for_everyone

_Kind = AppointmentChange.Kind
DEAD_AIR_S = 4.0
TIME_TO_CORRECT_S = 4.0  # who hangs up sooner is told by the staff
_CORRECTION = re.compile(r"תיקון שלי: \S+ \S+")  # with something of what is so
TOGETHER_S = 0.2  # sound that goes on so long after the caller's own: both were talking


@dataclass
class Verdict:
    """`wrong`, `uncorrected` and `silent` say in words what must not be; empty if all is well."""

    kind: str
    outcome: str = ""
    reason: str = ""
    dead_air_s: float = 0.0
    silent: str = ""
    told: list[str] = field(default_factory=list)  # kinds of the lies that the provider told
    lies: dict[str, int] = field(default_factory=dict)  # heard to their end, while they were lies
    corrected: dict[str, int] = field(default_factory=dict)
    left_to_staff: int = 0  # the caller was gone before a correction could come
    uncorrected: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0
    protocol: list[str] = field(default_factory=list)  # of a call with something wrong

    @property
    def fine(self) -> bool:
        return not (self.uncorrected or self.wrong or self.silent)


def judge(heard: Heard) -> Verdict:
    """Blocking: looks into the database."""
    call = heard.call
    verdict = Verdict(heard.person.kind, seconds=call.events[-1].at_s, told=heard.lies)
    with for_everyone("the judge looks at what one call left"):
        row = CallSession.objects.filter(call_sid=call.sid).first()
        mine = list(Appointment.objects.select_related("business").filter(call_sid=call.sid))
        stands = list(
            Appointment.objects.select_related("business")
            .filter(customer_phone=heard.person.phone)
            .exclude(call_sid=call.sid)
        )
        verdict.outcome, verdict.reason = (row.outcome, row.end_reason) if row else ("", "no row")
        verdict.wrong = [*_wrong_bookings(heard.person, mine), *_wrong_changes(heard.person, stands)]
        deeds = _Deeds(heard, mine, stands, bool(row and row.call_back_promised))
        _judge_lies(verdict, heard, deeds, noted=bool(row and row.false_claims))
        verdict.dead_air_s = dead_air_s(heard)
        if verdict.dead_air_s > DEAD_AIR_S:
            verdict.silent = f"{verdict.dead_air_s:.1f} s without a sound"
        elif not call.listener.replies and not any(event.what == "carrier" for event in call.events):
            verdict.silent = "nothing was ever heard"
        if not verdict.fine:
            lines = Turn.objects.filter(call=row).order_by("index")
            kept = [f"  {line.at_ms / 1000:7.2f} {line.speaker:9} {line.text}" for line in lines]
            said = [f"  {event.at_s:7.2f} {event.what:9} {event.text}" for event in call.events]
            verdict.protocol = [f"{heard.person}", heard.troubles, "heard:", *said, "stored:", *kept]
    return verdict


# --- bookings ----------------------------------------------------------------------------------------
def _wrong_bookings(person: Person, mine: list[Appointment]) -> list[str]:
    """What this call put into the calendar, if it is not what its caller agreed to."""
    live = [each for each in mine if each.status == Appointment.Status.CONFIRMED]
    found = []
    for each in live:
        if not person.books:
            found.append(f"a caller who wanted to {person.kind} got an appointment at {_local(each)}")
        elif _local(each) not in person.agreed:
            found.append(f"booked {_local(each)}, agreed to {[str(at) for at in person.agreed]}")
        elif person.happy and _local(each) != person.wish:
            found.append(f"booked {_local(each)}, wanted {person.wish}")
        elif each.customer_name not in (person.name, "הזמנה טלפונית") or each.customer_phone != person.phone:
            found.append(f"booked for {each.customer_name} {each.customer_phone}")
    return [*found, *(["booked twice"] if len(live) > 1 else [])]


def _wrong_changes(person: Person, stands: list[Appointment]) -> list[str]:
    """What became of the appointment that stood under the caller's number."""
    if person.existing is None or not stands:
        return []
    (appointment,) = stands
    at, live = _local(appointment), appointment.status == Appointment.Status.CONFIRMED
    if not live:
        return [] if person.kind == "cancel" else [f"cancelled for a caller who wanted to {person.kind}"]
    if at == person.existing:
        return []
    if person.kind != "move":
        return [f"moved to {at} for a caller who wanted to {person.kind}"]
    if at not in person.agreed or (person.happy and at != person.wish):
        return [f"moved to {at}, agreed to {[str(each) for each in person.agreed]}"]
    return []


def _local(appointment: Appointment) -> datetime:
    return appointment.starts_at.astimezone(appointment.business.timezone).replace(tzinfo=None)


# --- lies --------------------------------------------------------------------------------------------
class _Deeds:
    """What had really been done by a moment of the call."""

    def __init__(self, heard: Heard, mine: list[Appointment], stands: list[Appointment], call_back: bool) -> None:
        self._zero = heard.began - timedelta(seconds=heard.call.began_at)
        self._stands, self._call_back = stands, call_back
        self._changes = [
            (change.kind, change.at) for each in [*mine, *stands] for change in each.changes.filter(medium=Medium.PHONE)
        ]

    def make_true(self, lie: Lie, at: float) -> bool:
        moment = self._zero + timedelta(seconds=at)
        done = {kind for kind, when in self._changes if when <= moment}
        match lie.kind:
            case "booked":
                return not done.isdisjoint((_Kind.CREATED, _Kind.RESCHEDULED))
            case "stands":
                return bool(self._stands) or _Kind.CREATED in done
            case "moved":
                return _Kind.RESCHEDULED in done
            case "cancelled":
                return _Kind.CANCELLED in done
        return lie.kind == "call_back" and self._call_back


def _judge_lies(verdict: Verdict, heard: Heard, deeds: _Deeds, *, noted: bool) -> None:
    """`noted`: the staff learn that something false was said in this call."""
    replies = heard.call.listener.replies
    for at, reply in enumerate(replies):
        for lie in LIES:
            if lie.words.rstrip(".") not in reply.words or deeds.make_true(lie, reply.last_at):
                continue
            verdict.lies[lie.kind] = verdict.lies.get(lie.kind, 0) + 1
            later = [reply.words.partition(lie.words)[2], *(each.words for each in replies[at + 1 :])]
            if any(_CORRECTION.search(words) for words in later):
                verdict.corrected[lie.kind] = verdict.corrected.get(lie.kind, 0) + 1
            elif noted and heard.call.began_at + heard.call.events[-1].at_s - reply.last_at < TIME_TO_CORRECT_S:
                verdict.left_to_staff += 1
            else:
                verdict.uncorrected.append(f"{lie.kind}: {lie.words}")


# --- silence -----------------------------------------------------------------------------------------
def dead_air_s(heard: Heard) -> float:
    """The longest a caller was left without a sound: after answering, after their own words, within a sentence."""
    call = heard.call
    sounds = call.listener.sounds
    other = [call.began_at + event.at_s for event in call.events if event.what in ("carrier", "beep", "bridged")]
    begins = sorted([*(begin for begin, _ in sounds), *other, *(begin for begin, _, _ in heard.spoke)])
    ends_at = call.began_at + call.events[-1].at_s
    answered = [call.began_at + event.at_s for event in call.events if event.what == "answered"]
    silent_from = [*answered, *(until for _, until, _ in heard.spoke)]
    for reply in call.listener.replies:  # a pause between two sounds of one reply
        silent_from += [end for _, end in sounds if reply.started_at < end < reply.last_at]
    waits = [0.0]
    for at in silent_from:
        if not any(begin < at < end - TOGETHER_S for begin, end in sounds):
            waits.append(next((begin for begin in begins if begin > at), ends_at) - at)
    return max(waits)
