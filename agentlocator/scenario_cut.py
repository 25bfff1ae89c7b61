"""A scenario cut from a recorded call: what its caller said, keyed, interrupted and kept silent about.

What `agentlocator.scenario_masks` recognises as personal gives way to made-up values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentlocator.scenario_masks import Masks, mask_steps
from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.journal import Step

CALLER = "+972521234567"
WORTH_TELLING_MS = 3_000  # of silence; the caller of a scenario pauses for half a second anyway
PAUSE_MS = 500
OVERLAP_MS = 150  # less of the assistant's last word is no interruption
SAME_KEYS_MS = 6_000  # between two keys of one number
_DEEDS = {
    "[SERVER] appointment_created": "התור נקבע בהצלחה",
    "[SERVER] appointment_rescheduled": "הועבר",
    "[SERVER] appointment_cancelled": "בוטל",
}


@dataclass
class _Act:
    """Something the caller did. `since_ms`: how long the assistant had been audible, if it was."""

    kind: str  # say cough press
    value: str
    began_ms: int
    ended_ms: int
    since_ms: int | None = None
    is_turn: bool = True
    answered: bool = False  # something of the assistant was heard before the caller's next act
    silence_ms: int = 0  # before it


@dataclass
class _Tape:
    """The call as a line of acts, with what was audible between them."""

    acts: list[_Act] = field(default_factory=list)
    audible_from_ms: int = 0
    audible_until_ms: int = 0
    deeds: set[str] = field(default_factory=set)
    hung_up_ms: int | None = None
    end_ms: int = 0

    def sound(self, at_ms: int, until_ms: int) -> None:
        if at_ms > self.audible_until_ms:
            self.audible_from_ms = at_ms
        self.audible_until_ms = max(self.audible_until_ms, until_ms)
        if self.acts:
            self.acts[-1].answered = True

    def act(self, kind: str, value: str, at_ms: int) -> _Act:
        over = self.audible_until_ms - at_ms > OVERLAP_MS
        act = _Act(kind, value, at_ms, at_ms, at_ms - self.audible_from_ms if over else None)
        quiet_since = max(self.audible_until_ms, self.acts[-1].ended_ms if self.acts else 0)
        act.silence_ms = 0 if over else max(0, at_ms - quiet_since)
        self.acts.append(act)
        return act


def cut(
    parts: Sequence[Sequence[Step]], *, name: str, customers: Collection[str] = (), keep_personal: bool = False
) -> dict[str, Any]:
    """The scenario, as its file says it. `parts` are the call's streams in order, each with its own clock.

    `customers` are the names of the business's customers: whom else the caller may speak of.

    Raises ValueError if the caller did nothing that could be played again.
    """
    tape = _tape(parts)
    steps = [step for act in tape.acts for step in _steps(act)] + _end(tape)
    if not tape.end_ms:
        raise ValueError("the call holds nothing that could be played again")
    events = [step.event for part in parts for step in part]
    caller = next((event.facts.caller_phone for event in events if isinstance(event, ev.CallAnswered)), "")
    scenario: dict[str, Any] = {"name": name, "from": caller or "anonymous"}
    expect: list[dict[str, Any]] = [{"said": words} for deed, words in _DEEDS.items() if deed in tape.deeds]
    expect.append({"never_said": "no instruction|the item has no"})
    expect.append({"ended_by": "server" if tape.hung_up_ms is None else "caller"})
    if not keep_personal:
        scenario["from"] = CALLER if caller else "anonymous"
        scenario["words"] = mask_steps(steps, Masks(_names(events), customers))
    return scenario | {"steps": steps, "expect": expect}


# --- reading the log ---------------------------------------------------------------------------------
def _tape(parts: Sequence[Sequence[Step]]) -> _Tape:
    tape = _Tape()
    for part in parts:
        tape.hung_up_ms = None  # where another stream follows, it was that one which ended, not the call
        _Reader(tape, offset_ms=tape.end_ms).read(part)
    tape.acts = [act for act in tape.acts if act.kind]
    return tape


class _Reader:
    """One media stream of the call onto the tape."""

    def __init__(self, tape: _Tape, offset_ms: int) -> None:
        self._tape, self._offset_ms = tape, offset_ms
        self._utterances: dict[str, _Act] = {}
        self._began: dict[str, int] = {}  # of what plays, by item

    def read(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self._event(step.event, self._offset_ms + step.event.at_ms, step.actions)
            for action in step.actions:
                self._action(action, self._offset_ms + step.event.at_ms)
            self._tape.end_ms = self._offset_ms + step.event.at_ms

    def _event(self, event: ev.AnyEvent, at_ms: int, actions: Sequence[do.AnyAction]) -> None:
        match event:
            case ev.AudioSent(item_id=item_id, sent_ms=sent_ms):
                began = self._began.setdefault(item_id, max(at_ms, self._tape.audible_until_ms))
                self._tape.sound(at_ms, began + sent_ms)
            case ev.LineQueued(audio_ms=audio_ms) if audio_ms:
                self._tape.sound(at_ms, max(at_ms, self._tape.audible_until_ms) + audio_ms)
            case ev.SpeechStarted(item_id=item_id):
                self._utterances[item_id] = self._tape.act("", "", at_ms)
            case ev.SpeechStopped(item_id=item_id, speech_ms=speech_ms) if item_id in self._utterances:
                act = self._utterances[item_id]
                act.kind, act.value, act.ended_ms = "cough", str(speech_ms), max(at_ms, act.ended_ms)
            case ev.CallerTranscript(item_id=item_id, text=text) if item_id in self._utterances:
                self._transcribed(self._utterances[item_id], text, actions)
            case ev.KeyPressed(key=key):
                self._key(key, at_ms)
            case ev.CallerHungUp():
                self._tape.hung_up_ms = at_ms
            case _:
                pass

    def _transcribed(self, act: _Act, text: str, actions: Sequence[do.AnyAction]) -> None:
        dropped = any(isinstance(action, do.DeleteItem) for action in actions)
        if text.strip() and not (dropped and act.since_ms is None):
            act.kind, act.value, act.is_turn = "say", text.strip(), not dropped

    def _key(self, key: str, at_ms: int) -> None:
        last = self._tape.acts[-1] if self._tape.acts else None
        goes_on = last is not None and last.kind == "press" and at_ms - last.ended_ms < SAME_KEYS_MS
        if last is None or not goes_on or last.value.endswith("#"):
            last = self._tape.act("press", "", at_ms)
        last.value, last.ended_ms = last.value + key, at_ms

    def _action(self, action: do.AnyAction, at_ms: int) -> None:
        match action:
            case do.PausePlayback() | do.StopPlayback():
                self._tape.audible_until_ms = min(self._tape.audible_until_ms, at_ms)
                self._began.clear()
            case do.ResumePlayback(item_id=item_id, from_ms=from_ms):
                self._began[item_id] = at_ms - from_ms
            case do.AddServerItem(text=text):
                self._tape.deeds |= {deed for deed in _DEEDS if text.startswith(deed)}
            case _:
                pass


# --- writing the steps -------------------------------------------------------------------------------
def _steps(act: _Act) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    if act.silence_ms > WORTH_TELLING_MS:
        steps.append(_silence(act.silence_ms - PAUSE_MS))
    kind = "backchannel" if act.kind == "say" and not act.is_turn else act.kind
    value: str | int = int(act.value) if kind == "cough" else act.value.replace("{", "{{").replace("}", "}}")
    step: dict[str, Any] = {kind: value}
    if act.since_ms is not None:
        step["interrupt_after_ms"] = max(0, act.since_ms)
    if kind in ("say", "press") and not act.answered:
        step["then"] = "go_on"
    return [*steps, step]


def _end(tape: _Tape) -> list[dict[str, Any]]:
    over = tape.end_ms if tape.hung_up_ms is None else tape.hung_up_ms
    quiet_ms = over - max(tape.audible_until_ms, tape.acts[-1].ended_ms if tape.acts else 0)
    if tape.hung_up_ms is None:
        # Whoever kept silent until the server said goodbye keeps silent again, for longer than that took.
        return [] if tape.acts else [_silence(over)]
    if quiet_ms < 0:
        return [{"hang_up": True, "interrupt_after_ms": max(0, over - tape.audible_from_ms)}]
    return ([_silence(quiet_ms)] if quiet_ms > WORTH_TELLING_MS else []) + [{"hang_up": True}]


def _silence(ms: int) -> dict[str, Any]:
    return {"silence": round(ms / 1000, 1)}


# --- who it was about ----------------------------------------------------------------------------------
def _names(events: Iterable[ev.AnyEvent]) -> list[str]:
    """Every name that the server knew in this call, the longest first."""
    found: set[str] = set()
    for event in events:
        match event:
            case ev.CallAnswered(facts=facts):
                found.add(facts.caller_name)
            case ev.Understood(reading=reading):
                found.add(reading.name or "")
            case ev.AppointmentsFound(appointments=appointments):
                found |= {row.name for row in appointments}
            case ev.BookingAnswered(answer=answer):
                found.add(answer.customer_name)
            case _:
                pass
    return sorted((name.strip() for name in found if name.strip()), key=lambda name: (-len(name), name))
