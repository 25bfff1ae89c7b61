"""Deterministic Hebrew: what a caller's sentence asks for, and how dates, hours and numbers are said back.

Pure: no clock, no network, no framework. `parse` reads a sentence; `resolve` is the one place where parts of a date
become a date, for the parser and for a language model's answer alike.
"""

from booking.hebrew.answers import Intent
from booking.hebrew.claims import Claim, claims_in, label_of
from booking.hebrew.people import wants_person
from booking.hebrew.resolve import Context, DayPart, Parts, Reading, Resolution, Windows, resolve
from booking.hebrew.small_talk import is_backchannel, is_farewell, is_ghost, is_wait
from booking.hebrew.speech import say_date, say_phone, say_time
from booking.hebrew.stated import stated_numbers
from booking.hebrew.understanding import Understanding, parse

__all__ = [
    "Claim",
    "Context",
    "DayPart",
    "Intent",
    "Parts",
    "Reading",
    "Resolution",
    "Understanding",
    "Windows",
    "claims_in",
    "is_backchannel",
    "is_farewell",
    "is_ghost",
    "is_wait",
    "label_of",
    "parse",
    "resolve",
    "say_date",
    "say_phone",
    "say_time",
    "stated_numbers",
    "wants_person",
]
