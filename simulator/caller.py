"""A caller who follows a scenario, and the verdict on what came of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from calls.clock import Clock
from simulator import audio
from simulator.carrier import Call, Happened, Line
from simulator.scenario import Expectation, Scenario, Step

_POLL_S = 0.02
_PAUSE_AFTER_REPLY_S = 0.5  # so long it must be quiet until a reply counts as finished
_GREETING_WITHIN_S = 20.0


@dataclass
class Outcome:
    """How the call went. `failed` names what did not come true; empty means that all is well."""

    call: Call
    failed: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.failed


class _GaveUp(Exception):
    """A step cannot be done; the message says why."""


async def run_scenario(
    scenario: Scenario,
    line: Line,
    *,
    to: str,
    from_: str = "",
    clock: Clock | None = None,
    on_event: Callable[[Happened], None] | None = None,
) -> Outcome:
    """Place the call, do the steps, wait for the end, judge."""
    call = Call(line, to=to, from_=from_ or scenario.from_, clock=clock, on_event=on_event)
    outcome = Outcome(call)
    calling = asyncio.ensure_future(call.run())
    try:
        await _Caller(call, scenario, calling).follow()
    except _GaveUp as reason:
        outcome.failed.append(str(reason))
        call.hang_up()
    finally:
        if not calling.done():
            await asyncio.wait({calling}, timeout=10)
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
    if trouble := _never_connected(call, scenario):
        outcome.failed = [trouble]  # everything else follows from it
    else:
        outcome.failed += [f"expected {each}" for each in scenario.expectations if not holds(each, call)]
    return outcome


def _never_connected(call: Call, scenario: Scenario) -> str | None:
    """Why no assistant was reached, unless the scenario is about just that."""
    about_it = any(each.kind == "spoken_by_carrier" or each.value == "error" for each in scenario.expectations)
    if about_it or any(stream.was_open for stream in call.streams):
        return None
    errors = [event.text for event in call.events if event.what == "error"]
    heard = " ".join(event.text for event in call.events if event.what == "carrier")
    return " ".join(errors) or f"The call was not connected to an assistant; it heard: {heard or 'nothing'}"


def holds(expectation: Expectation, call: Call) -> bool:
    """Whether an expectation came true, by what a telephone can know."""
    replies = call.listener.words
    value = expectation.value
    match expectation.kind:
        case "said":
            found = sum(len(re.findall(str(value), words)) for words in replies)
            return found == expectation.times if expectation.times is not None else found > 0
        case "never_said":
            return not any(re.search(str(value), words) for words in replies)
        case "ended_by":
            return call.ended_by == value
        case "first_reply_words":
            return bool(replies) and len(replies[0].split()) <= int(value)
    spoken = [event.text for event in call.events if event.what == "carrier"]
    return any(re.search(str(value), words) for words in spoken)


class _Caller:
    def __init__(self, call: Call, scenario: Scenario, calling: asyncio.Future[None]) -> None:
        self._call, self._scenario, self._calling = call, scenario, calling
        self._words = dict(scenario.words)
        self._spoke_at = call.clock.now()

    async def follow(self) -> None:
        """All steps in order; returns when the call is over."""
        first = self._scenario.steps[0]
        if first.interrupt_after_ms is None:
            await self._reply("answering the call", _GREETING_WITHIN_S)
        for step in self._scenario.steps:
            if self._calling.done():
                break  # expectations tell whether that was right
            if self._applies(step):
                await self._do(step)
        await self._rest(self._scenario.ends_within_s)
        if not self._calling.done():
            self._call.hang_up()

    def _applies(self, step: Step) -> bool:
        replies = self._call.listener.words
        last = replies[-1] if replies else ""
        if step.if_said is not None and not re.search(step.if_said, last):
            return False
        return step.unless_said is None or not re.search(step.unless_said, last)

    async def _do(self, step: Step) -> None:
        if step.interrupt_after_ms is not None:
            await self._into_speech(step, step.interrupt_after_ms / 1000)
        match step.kind:
            case "say":
                await self._call.say(self._filled(step))
            case "press":
                await self._call.press(self._filled(step))
            case "noise":
                await self._call.sound(audio.noise(int(step.value)))
                return
            case "silence":
                await self._rest(float(step.value))
                return
            case "wait_for":
                await self._wait_for(step)
                return
            case "hang_up":
                self._call.hang_up()
                await self._rest(self._scenario.ends_within_s)
                return
        self._spoke_at = self._call.clock.now()
        if not step.goes_on:
            await self._reply(str(step), step.within_s)

    def _filled(self, step: Step) -> str:
        try:
            return str(step.value).format_map(self._words)
        except (KeyError, ValueError, IndexError) as error:
            raise _GaveUp(f"in `{step}` the words for {error} are not known") from error

    async def _wait_for(self, step: Step) -> None:
        found: re.Match[str] | None = None

        def said() -> bool:
            nonlocal found
            hits = (re.search(str(step.value), words) for words in reversed(self._call.listener.words))
            found = next((hit for hit in hits if hit), None)
            return found is not None

        if not await self._until(said, step.within_s) or found is None:
            raise _GaveUp(f"nobody said {step.value!r} within {step.within_s:g} s")
        self._words |= {name: words for name, words in found.groupdict().items() if words is not None}

    async def _into_speech(self, step: Step, seconds: float) -> None:
        """Wait until the assistant has been audible for so long."""
        listener = self._call.listener
        began_at = listener.audible_ms

        def speaking() -> bool:
            return listener.audible_ms - began_at >= seconds * 1000

        if not await self._until(speaking, step.within_s):
            raise _GaveUp(f"the assistant did not speak long enough to be interrupted by `{step}`")

    async def _reply(self, after: str, within_s: float) -> None:
        """Wait for the assistant's answer and for its end."""
        listener = self._call.listener

        def answered() -> bool:
            sounded = listener.last_sound_at is not None and listener.last_sound_at > self._spoke_at
            return sounded and listener.quiet_for() >= _PAUSE_AFTER_REPLY_S

        if not await self._until(answered, within_s) and not self._calling.done():
            raise _GaveUp(f"the assistant did not answer within {within_s:g} s after {after}")

    async def _rest(self, seconds: float) -> None:
        """Let time pass, or the call end."""
        await self._until(lambda: False, seconds)

    async def _until(self, condition: Callable[[], bool], within_s: float) -> bool:
        """Whether it came true in time, before the call ended."""
        deadline = self._call.clock.now() + within_s
        while not condition():
            if self._calling.done() or self._call.clock.now() > deadline:
                return False
            await self._call.clock.sleep(_POLL_S)
        return True
