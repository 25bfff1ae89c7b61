"""A caller who follows a scenario."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from calls.clock import Clock
from simulator import audio
from simulator.carrier import Call, Happened, Line, Person
from simulator.misfortunes import LINE, Trouble, strike_line
from simulator.scenario import Scenario, Step
from simulator.verdict import Outcome, holds

_ECHO_LOUDNESS = 0.1
_POLL_S = 0.02
_PAUSE_AFTER_REPLY_S = 0.5  # so long it must be quiet until a reply counts as finished
_GREETING_WITHIN_S = 20.0
_AT_ONCE = ("trouble", "wait_for", "wait_until")  # as a first step they do not wait for the greeting


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
    person: Person | None = None,
    strike: Callable[[Trouble], None] | None = None,
) -> Outcome:
    """Place the call, do the steps, wait for the end, judge by what a telephone can know.

    `strike` makes the troubles happen that are not the telephone line's.
    """
    who = person or scenario.person
    call = Call(line, to=to, from_=from_ or scenario.from_, clock=clock, on_event=on_event, person=who)
    for trouble in scenario.line:
        strike_line(trouble, call)
    outcome = Outcome(call)
    calling = asyncio.ensure_future(call.run())
    try:
        await _Caller(outcome, scenario, calling, strike).follow()
    except _GaveUp as reason:
        outcome.failed.append(str(reason))
        call.hang_up()
    finally:
        if not calling.done():
            await asyncio.wait({calling}, timeout=10)
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
    if why := _never_connected(call, scenario):
        outcome.failed = [why]  # everything else follows from it
    else:
        told = [each for each in scenario.expectations if not each.is_server_side]
        outcome.failed += [f"expected {each}" for each in told if not holds(each, outcome)]
        outcome.failed += _broke(call, scenario)
    return outcome


def _never_connected(call: Call, scenario: Scenario) -> str | None:
    """Why no assistant was reached, unless the scenario is about just that."""
    about_it = any(
        each.kind == "spoken_by_carrier" or each.value in ("error", "document") for each in scenario.expectations
    )
    if about_it or any(stream.was_open for stream in call.streams):
        return None
    errors = [event.text for event in call.events if event.what == "error"]
    heard = " ".join(event.text for event in call.events if event.what == "carrier")
    return " ".join(errors) or f"The call was not connected to an assistant; it heard: {heard or 'nothing'}"


def _broke(call: Call, scenario: Scenario) -> list[str]:
    """What the call broke down of, unless the scenario says how it ends: that has been judged."""
    if call.ended_by != "error" or any(each.kind == "ended_by" for each in scenario.expectations):
        return []
    return [event.text for event in call.events if event.what == "error"][-1:]


class _Caller:
    def __init__(
        self,
        outcome: Outcome,
        scenario: Scenario,
        calling: asyncio.Future[None],
        strike: Callable[[Trouble], None] | None,
    ) -> None:
        call = outcome.call
        self._outcome, self._call, self._scenario, self._calling = outcome, call, scenario, calling
        self._strike = strike
        self._words = dict(scenario.words)
        self._spoke_at = call.clock.now()
        self._seen = 0  # events that were waited for

    async def follow(self) -> None:
        """All steps in order; returns when the call is over."""
        first = self._scenario.steps[0]
        if first.interrupt_after_ms is None and first.while_hearing is None and first.kind not in _AT_ONCE:
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
        if step.while_hearing is not None:
            await self._while_hearing(step, step.while_hearing)
        match step.kind:
            case "say" | "backchannel":
                await self._call.say(self._filled(step))
            case "press":
                await self._call.press(self._filled(step))
            case _:
                await self._do_something_else(step)
                return
        self._spoke_at = self._call.clock.now()
        if step.kind != "backchannel" and self._call.is_answered:
            self._outcome.spoke_until.append(self._spoke_at)
        if not step.goes_on:
            await self._reply(str(step), step.within_s)

    async def _do_something_else(self, step: Step) -> None:
        match step.kind:
            case "noise" | "cough":
                sound = audio.noise(int(float(str(step.value))))
                await self._call.sound(sound if step.loudness is None else audio.softer(sound, step.loudness))
            case "echo":
                sound = self._call.listener.last_sounds(int(float(str(step.value))))
                await self._call.sound(audio.softer(sound, step.loudness or _ECHO_LOUDNESS))
            case "silence":
                await self._rest(float(str(step.value)))
            case "wait_for":
                await self._wait_for(step)
            case "wait_until":
                await self._wait_until(step)
            case "trouble":
                self._trouble(step.value)
            case "hang_up":
                self._call.hang_up()
                await self._rest(self._scenario.ends_within_s)

    def _trouble(self, trouble: object) -> None:
        assert isinstance(trouble, Trouble)
        if trouble.kind == LINE:
            strike_line(trouble, self._call)
        elif self._strike is not None:
            self._strike(trouble)

    def _filled(self, step: Step) -> str:
        try:
            return str(step.value).format_map(self._words)
        except (KeyError, ValueError, IndexError) as error:
            raise _GaveUp(f"in `{step}` the words for {error} are not known") from error

    async def _wait_for(self, step: Step) -> None:
        found: re.Match[str] | None = None

        def said() -> bool:
            nonlocal found
            spoken = [event.text for event in self._call.events if event.what == "carrier"]
            hits = (re.search(str(step.value), words) for words in [*reversed(self._call.listener.words), *spoken])
            found = next((hit for hit in hits if hit), None)
            return found is not None

        if not await self._until(said, step.within_s) or found is None:
            raise _GaveUp(f"nobody said {step.value!r} within {step.within_s:g} s")
        self._words |= {name: words for name, words in found.groupdict().items() if words is not None}

    async def _wait_until(self, step: Step) -> None:
        """Wait for something that has not happened yet when the step before it was over."""
        seen = self._seen

        def happened() -> bool:
            return any(event.what == step.value for event in self._call.events[seen:])

        if not await self._until(happened, step.within_s) and not happened():
            raise _GaveUp(f"there was no `{step.value}` within {step.within_s:g} s")
        self._seen = next(i for i, e in enumerate(self._call.events) if i >= seen and e.what == step.value) + 1

    async def _while_hearing(self, step: Step, words: str) -> None:
        """Wait until these words come out of the receiver, and go on in the middle of them."""
        listener = self._call.listener

        def hearing() -> bool:
            last = listener.words[-1] if listener.words else ""
            return listener.quiet_for() < 1 and re.search(words, last) is not None

        if not await self._until(hearing, step.within_s):
            raise _GaveUp(f"{words!r} was not being said within {step.within_s:g} s, so there was no `{step}`")

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
