"""The parts of a scenario as they stand in its file: what the caller does, and what must come of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator import misfortunes
from simulator.misfortunes import Trouble

ANSWER_WITHIN_S = 15.0
_STEP_KINDS = (
    *("say", "backchannel", "press", "wait_for", "wait_until", "noise", "cough", "echo", "silence", "hang_up"),
    "trouble",
)
_STEP_OPTIONS = {"if_said", "unless_said", "interrupt_after_ms", "while_hearing", "then", "within", "loudness"}
_HAPPENINGS = ("answered", "carrier", "beep", "recorded", "dial", "person", "bridged", "dialled", "ended")
_SOUNDS = ("noise", "cough", "echo")
_PATTERNS = (
    *("said", "never_said", "spoken_by_carrier", "heard_to_end", "cut", "person_heard"),
    *("server_said", "server_never_said", "follow_up", "end_reason"),
)
_NUMBERS = (
    *("first_reply_words", "longest_silence_ms", "dialled", "replies"),
    *("false_claims", "sessions", "voice_messages"),
)
_FACTS = ("no_appointment", "no_follow_up", "no_customer")
_CHOICES = {
    "ended_by": ("server", "caller", "document", "error"),
    "outcome": (
        *("booked", "rescheduled", "cancelled", "message", "transferred", "answered", "abandoned", "failed", "none"),
    ),
}
_APPOINTMENT_KEYS = {"start", "name", "phone", "service"}
_EXPECTATIONS = (*_PATTERNS, *_NUMBERS, *_FACTS, *_CHOICES, "order", "appointment", "cancelled")
SERVER_SIDE = {
    *("outcome", "appointment", "no_appointment", "cancelled", "server_said", "server_never_said", "false_claims"),
    *("follow_up", "no_follow_up", "no_customer", "end_reason", "sessions", "voice_messages"),
}


class BadScenario(ValueError):
    """The file cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Step:
    """One thing the caller does, or that befalls the call.

    `value` is words, keys, a pattern, a length of time, or a trouble.
    """

    kind: str
    value: str | float | Trouble
    if_said: str | None = None
    unless_said: str | None = None
    interrupt_after_ms: int | None = None
    while_hearing: str | None = None
    goes_on: bool = False  # without waiting for an answer
    within_s: float = ANSWER_WITHIN_S
    loudness: float | None = None  # of a sound, as a share of a voice's

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"


@dataclass(frozen=True)
class Expectation:
    """`value` is a pattern, a number, a word, several patterns, or the facts of an appointment."""

    kind: str
    value: str | int | tuple[str, ...] | Mapping[str, str]
    times: int | None = None

    @property
    def is_server_side(self) -> bool:
        """A telephone cannot tell; it takes a look at what the server stored."""
        return self.kind in SERVER_SIDE

    def __str__(self) -> str:
        value = dict(self.value) if isinstance(self.value, Mapping) else self.value
        return f"{self.kind}: {value}" + (f" ({self.times} times)" if self.times is not None else "")


def read_step(given: Any, where: str) -> Step:
    """A step of the file. Raises BadScenario."""
    check(isinstance(given, dict), f"{where} is a mapping such as `say: …`")
    kinds = [kind for kind in _STEP_KINDS if kind in given]
    check(len(kinds) == 1, f"{where} needs exactly one of {', '.join(_STEP_KINDS)}")
    unknown = given.keys() - _STEP_OPTIONS - {kinds[0]}
    check(not unknown, f"{where} has unknown keys: {', '.join(sorted(map(str, unknown)))}")
    kind = kinds[0]
    check("loudness" not in given or kind in _SOUNDS, f"{where}: only {', '.join(_SOUNDS)} have a loudness")
    check(given.get("then", "wait") in ("wait", "go_on"), f"{where}: `then` is wait or go_on")
    interrupt = given.get("interrupt_after_ms")
    return Step(
        kind=kind,
        value=_step_value(kind, given[kind], where),
        if_said=pattern(given["if_said"], where) if "if_said" in given else None,
        unless_said=pattern(given["unless_said"], where) if "unless_said" in given else None,
        interrupt_after_ms=None if interrupt is None else int(number(interrupt, where)),
        while_hearing=pattern(given["while_hearing"], where) if "while_hearing" in given else None,
        goes_on=given.get("then") == "go_on" or kind == "backchannel",
        within_s=number(given.get("within", ANSWER_WITHIN_S), where),
        loudness=number(given["loudness"], where) if "loudness" in given else None,
    )


def _step_value(kind: str, value: Any, where: str) -> str | float | Trouble:
    if kind in (*_SOUNDS, "silence"):
        return number(value, where)
    if kind == "trouble":
        return read_trouble(value, where)
    if kind == "press":
        check(bool(re.fullmatch(r"[0-9*#{}a-z]+", str(value))), f"{where}: keys are 0-9 * #")
    elif kind == "wait_until":
        check(value in _HAPPENINGS, f"{where}: {', '.join(_HAPPENINGS)}")
    elif kind == "wait_for":
        return pattern(value["said"] if isinstance(value, dict) and "said" in value else value, where)
    return str(value)


def read_trouble(given: Any, where: str) -> Trouble:
    """`name`, or `{name: value}`. Raises BadScenario."""
    if isinstance(given, dict):
        check(len(given) == 1, f"{where}: one trouble at a time")
        (name, value), *_ = given.items()
    else:
        name, value = given, True
    try:
        return misfortunes.trouble(str(name), value)
    except ValueError as error:
        raise BadScenario(f"{where}: {error}") from error


def read_troubles(given: Any, where: str, kind: str) -> tuple[Trouble, ...]:
    """Troubles from the first ring on, all of one kind. Raises BadScenario."""
    check(isinstance(given, dict), f"{where} is a mapping of troubles")
    found = tuple(read_trouble({name: value}, f"{where}.{name}") for name, value in given.items())
    for each in found:
        check(each.kind == kind, f"{where}.{each.name} is no trouble of the {kind}")
    return found


def read_expectation(given: Any, where: str) -> Expectation:
    """One line of `expect`. Raises BadScenario."""
    check(isinstance(given, dict), f"{where} is a mapping such as `said: …`")
    kinds = [kind for kind in _EXPECTATIONS if kind in given]
    check(len(kinds) == 1, f"{where} needs exactly one of {', '.join(_EXPECTATIONS)}")
    unknown = given.keys() - {kinds[0], "times"}
    check(not unknown, f"{where} has unknown keys: {', '.join(sorted(map(str, unknown)))}")
    value = _expected(kinds[0], given[kinds[0]], where)
    return Expectation(kinds[0], value, int(number(given["times"], where)) if "times" in given else None)


def _expected(kind: str, value: Any, where: str) -> str | int | tuple[str, ...] | Mapping[str, str]:
    if kind in _NUMBERS:
        return int(number(value, where))
    if kind in _FACTS:
        check(value is True, f"{where}: `{kind}` is true")
        return ""
    if kind in _CHOICES:
        check(value in _CHOICES[kind], f"{where}: {', '.join(_CHOICES[kind][:-1])} or {_CHOICES[kind][-1]}")
        return str(value)
    if kind == "order":
        check(isinstance(value, list) and len(value) > 1, f"{where}: `order` is a list of patterns")
        return tuple(pattern(each, where) for each in value)
    if kind in ("appointment", "cancelled"):
        check(isinstance(value, dict) and "start" in value, f"{where}: an appointment has a `start`")
        known = ", ".join(sorted(_APPOINTMENT_KEYS))
        check(not value.keys() - _APPOINTMENT_KEYS, f"{where}: an appointment has {known}")
        return {str(name): str(each) for name, each in value.items()}
    return pattern(value, where)


def pattern(value: Any, where: str) -> str:
    check(isinstance(value, str), f"{where}: a pattern is text")
    try:
        re.compile(value)
    except re.error as error:
        raise BadScenario(f"{where}: not a pattern: {error}") from error
    return str(value)


def number(value: Any, where: str) -> float:
    check(isinstance(value, int | float) and not isinstance(value, bool) and value >= 0, f"{where}: not a number")
    return float(value)


def check(holds: bool, message: str) -> None:
    if not holds:
        raise BadScenario(message)
