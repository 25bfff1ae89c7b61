"""Interruptions in calls to the product over real sockets, judged by what the caller hears.

The time of these calls is virtual: what is measured is what the product decides to wait for, not how busy the machine
is. What the machine adds is the media path's figure, measured in real time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from benchmarks.interruptions.catalogue import HONOUR, Interruption
from simulator import audio, ulaw
from simulator.carrier import Call
from simulator.listener import Reply
from tests.support.telephone import House

STATEMENT = "אנחנו במרכז העיר ליד הכיכר הגדולה, מעל חנות הספרים, והכניסה היא מהחצר האחורית. "
FILLER = "איפה אתם נמצאים?"
WISH = "יש מקום מחרתיים ב{hour}?"
HOURS = ("עשר בבוקר", "אחת עשרה בבוקר", "אחת בצהריים", "שתיים בצהריים", "ארבע אחר הצהריים", "שש בערב")
QUESTION = "רוצה שאקבע"
PER_CALL = 6
QUIET_S = 0.8  # so long it must be quiet until a reply is over; a held reply goes on within 1.2 s of the sound's end
HELD_S = 4.0
_POLL_S = 0.01
_utterances = count(1)


@dataclass(frozen=True)
class Result:
    """`stopped_ms`: from the sound's beginning to the end of the play-out, None where it never stopped."""

    of: Interruption
    heard_to_end: bool
    stopped_ms: float | None

    @property
    def as_expected(self) -> bool:
        return self.heard_to_end != (self.of.expected == HONOUR)


class NoReply(Exception):
    """The assistant did not say what was to be interrupted."""


def batches(chosen: Sequence[Interruption]) -> Iterator[list[Interruption]]:
    """What goes into one call: a few of a kind, or a single one into a question."""
    for expected in dict.fromkeys(each.expected for each in chosen):
        alike = [each for each in chosen if each.expected == expected and not each.into_question]
        yield from (alike[start : start + PER_CALL] for start in range(0, len(alike), PER_CALL))
    yield from ([each] for each in chosen if each.into_question)


async def play(house: House, batch: Sequence[Interruption], *, to: str) -> list[Result]:
    """One call with these interruptions in it."""
    house.options.lie = lambda words: None if QUESTION in words else STATEMENT
    call = house.ring(to=to)
    try:
        await house.until(lambda: call.listener.replies and call.listener.quiet_for() > QUIET_S)
        return [await _interrupt(house, call, each) for each in batch]
    finally:
        call.hang_up()
        await house.stored(call)


async def _interrupt(house: House, call: Call, interruption: Interruption) -> Result:
    reply = await _reply(house, call, interruption)
    at_ms = interruption.at_ms if interruption.at_ms >= 0 else _length_ms(reply) + interruption.at_ms
    await _wait(house, lambda: house.clock.now() - reply.started_at >= at_ms / 1000)
    stream = call.stream
    assert stream is not None  # the assistant was heard on it
    clears, began = len(stream.cleared_at), house.clock.now()
    await call.sound(_sound(call, interruption))
    await _wait(house, lambda: call.listener.quiet_for() > HELD_S or (reply.complete and _quiet(call)))
    stopped = stream.cleared_at[clears] if len(stream.cleared_at) > clears else None
    if interruption.into_question and interruption.expected == HONOUR:
        taken = any(each is not reply for each in call.listener.replies[call.listener.replies.index(reply) :])
        return Result(interruption, not taken, None)  # it is nearly over: that it was the answer is what counts
    return Result(interruption, reply.complete, None if stopped is None else 1000 * (stopped - began))


async def _reply(house: House, call: Call, interruption: Interruption) -> Reply:
    """The one to interrupt, as it begins to be heard."""
    before = len(call.listener.replies)
    hour = HOURS[interruption.number % len(HOURS)]
    await call.say(WISH.format(hour=hour) if interruption.into_question else FILLER)
    if not await _wait(house, lambda: len(call.listener.replies) > before):
        raise NoReply(str(interruption))
    return call.listener.replies[before]


def _length_ms(reply: Reply) -> int:
    """Of all of it, however little was heard so far."""
    assert isinstance(reply.heard, audio.Heard)  # the assistant's own voice
    return reply.heard.packets * ulaw.FRAME_MS


def _quiet(call: Call) -> bool:
    return call.listener.quiet_for() > QUIET_S


async def _wait(house: House, condition: Callable[[], object], within_s: float = 15.0) -> bool:
    until = house.clock.now() + within_s
    while not condition():
        if house.clock.now() > until:
            return False
        await house.clock.sleep(_POLL_S)
    return True


# --- sounds ------------------------------------------------------------------------------------------
def _sound(call: Call, interruption: Interruption) -> bytes:
    match interruption.kind:
        case "words":
            spoken = audio.speech(interruption.words, audio.CALLER, next(_utterances) % 256)
            return _as_loud(spoken, interruption.loudness)
        case "echo":
            return audio.softer(call.listener.last_sounds(interruption.length_ms), interruption.loudness)
    return audio.softer(audio.noise(interruption.length_ms), interruption.loudness)


def _as_loud(spoken: bytes, loudness: float) -> bytes:
    """Speech at another level. Its words, which sit in the lowest bit, stay."""
    louder = bytes(ulaw.encode(int(ulaw.decode(code) * loudness)) & 0xFE for code in range(256))
    return bytes(high | low & 1 for high, low in zip(spoken.translate(louder), spoken, strict=True))
