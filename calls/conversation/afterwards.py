"""What a caller says once their appointment is made: do they mean this one, at another time, or one more?"""

from __future__ import annotations

import msgspec

from calls.conversation.events import Reading
from calls.conversation.making import Booked
from calls.conversation.wanted import split_start

_ABOUT_IT = ("none", "no", "yes", "book")  # a question about another time changes nothing


def is_about(reading: Reading) -> bool:
    """The sentence names a time, rightly or wrongly that of the appointment."""
    return reading.intent in _ABOUT_IT and bool(reading.day or reading.hour) and not reading.no_day


def is_another(booked: Booked, reading: Reading) -> bool:
    """Plainly a further appointment is wanted, or one for somebody else."""
    if reading.intent not in _ABOUT_IT or reading.intent == "no":
        return False
    named, known = set((reading.name or "").split()), set(booked.name.split())
    somebody_else = reading.intent == "book" and bool(named) and not named & known
    return reading.another or somebody_else


def is_then(booked: Booked, reading: Reading) -> bool:
    """The time that is named is the appointment's own, in one of the ways in which the words may be meant."""
    day, hour = split_start(booked.start)
    said = [(reading.day, reading.hour), *reading.alternatives]
    return any(one in (None, day) and other in (None, hour) for one, other in said)


def put_right(booked: Booked, reading: Reading) -> Reading:
    """The time that was meant, whole: an hour alone is on the same day, a day alone at the same hour."""
    day, hour = split_start(booked.start)
    return msgspec.structs.replace(
        reading,
        intent="no",
        day=reading.day or day,
        hour=reading.hour or hour,
        alternatives=tuple((other or day, at or hour) for other, at in reading.alternatives),
    )
