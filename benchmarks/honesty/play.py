"""One simulated call: what the caller does, when, and what they hear of it."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from benchmarks.honesty.lies import hard_of_hearing, liar
from benchmarks.honesty.people import NAMES, Act, Person
from simulator.carrier import Call
from simulator.provider_options import ProviderOptions
from tests.support.telephone import House

ANSWER_WITHIN_S = 12.0  # then the caller speaks again, whatever was or was not said
SILENT_CALL_S = 75.0
GOODBYE_WITHIN_S = 15.0
INTERJECTIONS = ("אהה", "כן", "רגע", "אוקיי", "לא, רגע")
INTERRUPTS_IN = 0.4
_POLL_S = 0.05


@dataclass
class Heard:
    """A call as its caller remembers it; `began` is the moment of the ring."""

    person: Person
    call: Call
    began: datetime
    troubles: str  # of the provider, besides lies and mishearing
    lies: list[str]  # that it told, heard or not
    spoke: list[tuple[float, float, str]] = field(default_factory=list)  # from, until, words or keys


async def call_up(house: House, person: Person, *, to: str, now: datetime) -> Heard:
    """The whole call, to its end. `now` is the moment it begins."""
    lies: list[str] = []
    troubles = strike(house.options, person.rng, lies)
    heard = Heard(person, house.ring(to=to, from_=person.phone), now, troubles, lies)
    call = heard.call
    await _until(house, call, lambda: _is_quiet(call, 0.5), ANSWER_WITHIN_S)
    act = person.opening()
    while not house.is_over(call):
        if act.hang_up:
            call.hang_up()
            break
        await _do(house, heard, act)
        words = await _listen(house, heard, since=house.clock.now())
        tired = person.kind == "silent" and house.clock.now() - call.began_at > SILENT_CALL_S
        parted = "להתראות" in act.say and not words
        act = Act(hang_up=True) if tired or parted else person.react(words)
    await house.until(lambda: house.is_over(call), 60)
    if any(stream.was_open for stream in call.streams):
        await house.stored(call)
    return heard


def strike(options: ProviderOptions, rng: random.Random, lies: list[str]) -> str:
    """What will go wrong in the next call, in words too. Whatever was left of the last one is gone."""
    usual = ProviderOptions()
    vars(options).update(vars(ProviderOptions()))
    options.lie = liar(rng, lies)
    options.mishear = hard_of_hearing(rng, NAMES)
    options.transcription_delay_s = rng.uniform(0.2, 0.6)
    options.first_audio_delay_s = rng.uniform(0.4, 0.9)
    if rng.random() < 0.3:  # a provider that is no faster than speech, and tells its words after saying them
        options.speed, options.words_late_ms = rng.uniform(1.05, 1.5), rng.randrange(300, 1500)
    if rng.random() < 0.12:
        options.drop_after_deltas = deque(rng.sample(range(2, 60), rng.randint(1, 2)))
    if rng.random() < 0.04:
        options.refuse_connects = deque(rng.choice(([503], [503] * 4, ["hang"], ["reset", 500], [401])))
    if rng.random() < 0.06:
        options.stalls = deque([rng.uniform(1.0, 6.0)])
    if rng.random() < 0.06:
        options.transcription_delays = deque([rng.uniform(1.5, 5.0)])
    for misfortune in ("uninvited", "cancel_races", "mute_replies", "double_vad", "untold_transcripts", "uncreated"):
        if rng.random() < 0.04:
            setattr(options, misfortune, 1)
    if rng.random() < 0.05:
        options.fail_responses = deque(["server_error"])
    unusual = {name: value for name, value in vars(options).items() if value != getattr(usual, name)}
    return ", ".join(f"{name} {value}" for name, value in unusual.items() if name not in ("lie", "mishear"))


# --- doing and listening -----------------------------------------------------------------------------
async def _do(house: House, heard: Heard, act: Act) -> None:
    """Speak or press, if that is what they do."""
    began = house.clock.now()
    if act.press:
        await heard.call.press(act.press)
    elif act.say:
        await heard.call.say(act.say)
    if act.press or act.say:
        heard.spoke.append((began, house.clock.now(), act.say or act.press))


async def _listen(house: House, heard: Heard, since: float) -> str:
    """Everything that was said since, once the assistant seems to be done."""
    call, rng = heard.call, heard.person.rng
    pause = rng.uniform(0.7, 1.4)

    def answered() -> bool:
        last = call.listener.last_sound_at
        return last is not None and last > since and _is_quiet(call, pause)

    if heard.person.kind == "interrupting" and rng.random() < INTERRUPTS_IN:
        await _interject(house, heard, since)
    await _until(house, call, answered, SILENT_CALL_S if heard.person.kind == "silent" else ANSWER_WITHIN_S)
    return " ".join(reply.words for reply in call.listener.replies if reply.last_at > since)


async def _interject(house: House, heard: Heard, since: float) -> None:
    """A word into the answer."""
    call, rng = heard.call, heard.person.rng
    into_s = rng.uniform(0.3, 2.0)
    began = call.listener.audible_ms

    def audible() -> bool:
        return call.listener.audible_ms - began > into_s * 1000

    if await _until(house, call, audible, 5.0):
        at = house.clock.now()
        word = rng.choice(INTERJECTIONS)
        await call.say(word)
        heard.spoke.append((at, house.clock.now(), word))


def _is_quiet(call: Call, seconds: float) -> bool:
    return bool(call.listener.replies) and call.listener.quiet_for() >= seconds


async def _until(house: House, call: Call, condition: object, within_s: float) -> bool:
    """Whether it came true in time, before the call ended."""
    assert callable(condition)
    deadline = house.clock.now() + within_s
    while not condition():
        if house.is_over(call) or house.clock.now() > deadline:
            return False
        await house.clock.sleep(_POLL_S)
    return True
