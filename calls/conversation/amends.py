"""What is put right in lines of our own, where the assistant cannot speak any more. Pure.

Corrections are worded for the assistant's voice. Ours has lines for those about appointments; of a price, an hour or a
free time it says that it was not so, and who knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from calls.conversation import corrections
from calls.conversation.moves import Speak

_WORDED = {
    corrections.NOT_BOOKED: "not_booked",
    corrections.NOT_MOVED: "not_moved",
    corrections.NOT_CANCELLED: "not_cancelled",
    corrections.NOT_SENT: "not_sent",
}

CANCELLED = Speak("was_cancelled")


def amends(texts: Iterable[str], *, stands: str, today: date) -> list[Speak]:
    """The lines for these corrections, each once. `stands`: the local start of the caller's appointment, if any."""
    found: list[Speak] = []
    for text in texts:
        if text.startswith(corrections.MAYBE_WRONG):
            state = text.removeprefix(corrections.MAYBE_WRONG).strip()
            spoken = [Speak("correction_maybe"), *_state(state, stands, today)]
        else:
            spoken = [_line(text, stands, today)]
        found += [line for line in spoken if line not in found]
    corrected = {line.key.removeprefix("correction_") for line in found if line.key.startswith("correction_")}
    return [line for line in found if line.key not in corrected]


def _line(text: str, stands: str, today: date) -> Speak:
    if (worded := _WORDED.get(text)) is not None:
        return Speak(f"correction_{worded}")
    if text.startswith(corrections.REGISTERED) and stands:
        return Speak("correction_appointment_stands", _when(stands, today))
    return Speak("correction_not_exact")


def _state(text: str, stands: str, today: date) -> list[Speak]:
    """How things are, after it was said that something may have been wrong."""
    if text == corrections.WAS_CANCELLED:
        return [CANCELLED]
    if (worded := _WORDED.get(text)) is not None:
        return [Speak(worded)]
    return [stands_line(stands, today)] if text and stands else []


def stands_line(start: str, today: date) -> Speak:
    """Where the appointment stands."""
    return Speak("appointment_stands", _when(start, today))


def _when(start: str, today: date) -> dict[str, str]:
    return {"start": start, "today": today.isoformat()}
