"""The other telephone: somebody whom the server has the carrier ring, and what they do about it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calls.clock import Clock
from simulator import audio, twiml
from simulator.carrier_office import Line, Office

PERSONS = ("answers", "rejects", "silent", "no_answer", "busy", "failed")
_THINKS_S = 0.4  # from the last word of a question to the key


@dataclass(frozen=True)
class Person:
    """Who is called, and what they do.

    answers: picks up, listens, presses `key`, talks and hangs up. rejects: picks up, listens, hangs up. silent: picks
    up and presses nothing, as an answering machine does. no_answer, busy, failed (no such number): nobody picks up.
    """

    kind: str = "answers"
    after_s: float = 3.0  # of ringing
    talks_s: float | None = 5.0  # None: until the caller hangs up
    key: str = "1"

    def __post_init__(self) -> None:
        if self.kind not in PERSONS:
            raise ValueError(f"a person is one of {', '.join(PERSONS)}, not {self.kind!r}")


@dataclass(frozen=True)
class Dialled:
    """How ringing a person ended, in the carrier's words."""

    status: str  # completed no-answer busy failed
    bridged: bool = False
    seconds: float = 0.0


class OtherLeg:
    """The second leg of a call. `run` rings the person; cancelled, it simply stops ringing."""

    def __init__(
        self,
        line: Line,
        verb: twiml.Dial,
        person: Person,
        *,
        parent: Office,
        clock: Clock,
        note: Callable[[str, str], None],
    ) -> None:
        self.sid = f"CA{secrets.token_hex(16)}"
        self.bridged = False
        self._verb, self._person, self._clock, self._note = verb, person, clock, note
        caller = verb.caller_id or parent.from_
        self._office = Office(line, call_sid=self.sid, to=verb.number, from_=caller, parent_sid=parent.call_sid)

    async def run(self) -> Dialled:
        person, patience_s = self._person, self._verb.timeout_s
        try:
            if person.kind == "no_answer" or (person.after_s >= patience_s and person.kind != "failed"):
                await self._clock.sleep(patience_s)
                return Dialled("no-answer")
            if person.kind in ("busy", "failed"):
                await self._clock.sleep(min(person.after_s, 1.0))
                return Dialled(person.kind)
            await self._clock.sleep(person.after_s)
            return await self._picked_up()
        finally:
            self.bridged = False
            await self._office.close()

    async def _picked_up(self) -> Dialled:
        began = self._clock.now()
        self._office.status = "in-progress"
        if self._verb.url is not None:
            document = await self._office.fetch(self._verb.url, method=self._verb.url_method)
            if not await self._stays(document):
                return Dialled("completed", False, self._clock.now() - began)
        self.bridged = True
        self._note("bridged", self._verb.number)
        if self._person.talks_s is None:
            await asyncio.Event().wait()
        await self._clock.sleep(self._person.talks_s or 0.0)
        return Dialled("completed", True, self._clock.now() - began)

    async def _stays(self, verbs: Sequence[twiml.Verb]) -> bool:
        """Whether the person is still there, and let through, when the document has been played to them."""
        for verb in verbs:
            match verb:
                case twiml.Say(text=text):
                    await self._hear(text)
                case twiml.Pause(length_s=length_s):
                    await self._clock.sleep(length_s)
                case twiml.Redirect():
                    return await self._stays(await self._office.fetch(verb.url, method=verb.method))
                case twiml.Hangup():
                    return False
                case twiml.Gather():
                    for prompt in verb.prompts:
                        if isinstance(prompt, twiml.Say):
                            await self._hear(prompt.text)
                    if self._person.kind == "rejects":
                        return False
                    if self._person.kind == "answers" and verb.action:
                        await self._clock.sleep(_THINKS_S)
                        keys = {"Digits": self._person.key}
                        return await self._stays(await self._office.fetch(verb.action, keys, method=verb.method))
                    await self._clock.sleep(verb.timeout_s)
                case _:
                    raise twiml.BadTwiml(f"<{type(verb).__name__}> is not played to the person called (13227)")
        return self._person.kind != "rejects"

    async def _hear(self, words: str) -> None:
        self._note("person", words)
        await self._clock.sleep(audio.duration_ms(words) / 1000)
