"""Whether a sentence agrees to the change of an appointment that was asked about. Nothing else is consent."""

from __future__ import annotations

from enum import Enum

from calls.conversation.events import KnownAppointment, Reading
from calls.conversation.lookup import is_at
from calls.conversation.wanted import Wanted


class Step(Enum):
    """How far a change has come."""

    LOOK = "look"  # find out what there is, or go on with what is known
    NUMBER = "number"  # asked: under which number?
    WHICH = "which"  # asked: is it this one?
    TIME = "time"  # asked: where to?
    AGREE = "agree"  # asked: shall it be done?
    OFFER = "offer"  # asked: shall a person call?
    REST = "rest"  # it was done, or left as it was; a further time may still be about it
    OVER = "over"


def names_time(reading: Reading) -> bool:
    return bool(reading.day or reading.hour or reading.no_day)


def agreed(reading: Reading, *, step: Step, aim: str, target: Wanted, chosen: KnownAppointment | None) -> bool | None:
    """A yes or no to what was asked at this step; None if the sentence is neither."""
    if step is Step.TIME:
        asked = bool(target.proposals or target.offered) and not names_time(reading)
        return reading.intent == "yes" if asked and reading.intent in ("yes", "no") else None
    if step not in (Step.WHICH, Step.AGREE):
        return None
    if reading.intent == "no":
        return None if names_time(reading) else False
    if reading.intent == aim:  # כן, לבטל
        return None if names_time(reading) else True
    if reading.intent != "yes":
        return None
    return True if step is Step.WHICH or _is_the_same(reading, aim, target, chosen) else None


def _is_the_same(reading: Reading, aim: str, target: Wanted, chosen: KnownAppointment | None) -> bool:
    """A yes that names a time agrees only to the change with that time."""
    if reading.no_day:
        return False
    said = [(reading.day, reading.hour), *reading.alternatives]
    if aim == "cancel":
        return any(chosen is not None and is_at(chosen, *when) for when in said)
    return any(day in (None, target.day) and hour in (None, target.hour) for day, hour in said)
