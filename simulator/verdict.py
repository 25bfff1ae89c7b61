"""What came of a call, by what a telephone can know: which of a scenario's expectations came true."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.carrier import Call
from simulator.scenario import Expectation

_VOICES = ("carrier", "beep", "dial", "person", "bridged", "dialled")  # what a caller hears besides the assistant


@dataclass
class Outcome:
    """How the call went. `failed` names what did not come true; empty means that all is well."""

    call: Call
    failed: list[str] = field(default_factory=list)
    spoke_until: list[float] = field(default_factory=list)  # the ends of what the caller said and keyed, on its clock

    @property
    def ok(self) -> bool:
        return not self.failed


def holds(expectation: Expectation, outcome: Outcome) -> bool:
    """Whether an expectation came true, by what a telephone can know."""
    call, value = outcome.call, expectation.value
    replies = call.listener.words
    match expectation.kind:
        case "said":
            found = sum(len(re.findall(str(value), words)) for words in replies)
            return found == expectation.times if expectation.times is not None else found > 0
        case "never_said":
            return not any(re.search(str(value), words) for words in replies)
        case "ended_by":
            return call.ended_by == value
        case "first_reply_words":
            return bool(replies) and len(replies[0].split()) <= int(str(value))
        case "order":
            return in_order(value if isinstance(value, tuple) else (), replies)
        case "heard_to_end":
            return any(reply.complete and re.search(str(value), reply.words) for reply in call.listener.replies)
        case "cut":
            return any(not reply.complete and re.search(str(value), reply.words) for reply in call.listener.replies)
        case "longest_silence_ms":
            return longest_silence_ms(outcome) <= int(str(value))
        case "replies":
            return len(replies) == int(str(value))
        case "dialled":
            return sum(event.what == "dial" for event in call.events) == int(str(value))
    heard = "person" if expectation.kind == "person_heard" else "carrier"
    spoken = [event.text for event in call.events if event.what == heard]
    return any(re.search(str(value), words) for words in spoken)


def in_order(patterns: Sequence[str], replies: Sequence[str]) -> bool:
    """Whether each pattern is found in a reply after that of the one before, or later in the same."""
    said, at = "\n".join(replies), 0
    for each in patterns:
        found = re.compile(each).search(said, at)
        if found is None:
            return False
        at = found.end()
    return True


def longest_silence_ms(outcome: Outcome) -> int:
    """How long the caller was left without a sound: after their own words, or within a sentence of the assistant's."""
    call = outcome.call
    began = call.began_at
    voices = [(began + event.at_s,) * 2 for event in call.events if event.what in _VOICES]
    own = [(at, at) for at in outcome.spoke_until]
    sounds = sorted([*call.listener.sounds, *voices, *own, (began + call.events[-1].at_s,) * 2])
    waits = [_next_sound(sounds, spoke_at) - spoke_at for spoke_at in outcome.spoke_until]
    gaps = [reply.longest_gap_s for reply in call.listener.replies]
    return round(max([0.0, *waits, *gaps]) * 1000)


def _next_sound(sounds: Sequence[tuple[float, float]], after: float) -> float:
    """When something is heard next; at once if it is being heard."""
    return next((max(began, after) for began, ended in sounds if ended > after), after)
