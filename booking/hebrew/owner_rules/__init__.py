"""Rules in an owner's free-text Hebrew prompt: opening hours, 24/7, interval, notice, window, phone.

Pure and deterministic. Nothing is invented: a value needs words that state it, and none beside them that speak of
prices, ages, streets, other houses, the past or a condition. What it finds is shown to the owner before it counts.
"""

from booking.hebrew.owner_rules.always_open import read_always_open
from booking.hebrew.owner_rules.lead_time import read_lead_times
from booking.hebrew.owner_rules.opening_hours import read_hours
from booking.hebrew.owner_rules.phone_needed import read_phone_needed
from booking.hebrew.owner_rules.prompt import normal_form, sentences
from booking.hebrew.owner_rules.slot_size import read_slot_size
from booking.hebrew.owner_rules.timetable import Timetable
from booking.hebrew.owner_rules.values import DAYS_NOT_NAMED, FIELDS, OwnerRules, Rule, week

__all__ = ["DAYS_NOT_NAMED", "OwnerRules", "Rule", "read_rules", "week"]

_SHORTEST_WEEK = 3  # open days
_READERS = (read_slot_size, read_always_open, read_lead_times, read_phone_needed)


def read_rules(text: str) -> OwnerRules:
    """The rules that the prompt states, at most one a field; the last statement wins."""
    found: dict[str, Rule] = {}
    timetable = Timetable()
    prompt = normal_form(text)
    for sentence in sentences(prompt):
        read_hours(sentence, timetable)
        for read in _READERS:
            for rule in read(sentence):
                found[rule.field] = rule
    hours, unnamed = timetable.rule(prompt)
    if hours is not None:
        found[hours.field] = hours
        always = found.get("allow_24_7")
        if always is not None and always.value:
            del found["allow_24_7"]  # hours of their own deny it, whatever the words for "always" were about
    rules = tuple(found[field] for field in FIELDS if field in found)
    return OwnerRules(rules, only=timetable.only and _is_a_week(hours), unnamed=unnamed)


def _is_a_week(hours: Rule | None) -> bool:
    """Beside a day or two, "only" may as well be about their hours: שישי 8-12 בלבד."""
    return hours is not None and sum(bool(windows) for windows in week(hours.value).values()) >= _SHORTEST_WEEK
