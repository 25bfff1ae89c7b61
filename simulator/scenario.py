"""Scenarios: what a caller does, and what must come of it, written in YAML.

    name: quick booking
    from: "+972521234567"           # or anonymous
    steps:
      - say: "שלום, אפשר לקבוע תספורת ליום שלישי ב-{hour}?"
      - {say: "אז {when}", if_said: "לא פנוי"}          # only if the last reply matches
      - wait_for: "(?P<when>יום .*? בשעה \\d+:\\d+)"    # wait until this was said; named parts fill later {words}
      - press: "0521234567#"
      - {say: "רגע", interrupt_after_ms: 600}           # so long into the assistant's next words
      - noise: 400                                      # ms of sound that says nothing
      - silence: 16                                     # seconds, whatever the assistant does meanwhile
      - hang_up: true
    expect:
      - said: "התור נקבע"            # pattern; `times: 1` for exactly so often
      - never_said: "no instruction"
      - ended_by: server             # server, caller, document or error
      - first_reply_words: 24        # at most
      - spoken_by_carrier: "תקלה"

After `say` and `press` the caller waits for the assistant's answer and its end, unless `then: go_on` is given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "scenarios"
_STEP_KINDS = ("say", "press", "wait_for", "noise", "silence", "hang_up")
_STEP_OPTIONS = {"if_said", "unless_said", "interrupt_after_ms", "then", "within"}
_EXPECTATIONS = ("said", "never_said", "ended_by", "first_reply_words", "spoken_by_carrier")
_ANSWER_WITHIN_S = 15.0


class BadScenario(ValueError):
    """The file cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Step:
    """One thing the caller does. `value` is words, keys, a pattern, or a length of time."""

    kind: str
    value: str | float
    if_said: str | None = None
    unless_said: str | None = None
    interrupt_after_ms: int | None = None
    goes_on: bool = False  # without waiting for an answer
    within_s: float = _ANSWER_WITHIN_S

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"


@dataclass(frozen=True)
class Expectation:
    kind: str
    value: str | int
    times: int | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}" + (f" ({self.times} times)" if self.times is not None else "")


@dataclass(frozen=True)
class Scenario:
    """`words` fill the {names} in what the caller says."""

    name: str
    steps: tuple[Step, ...]
    expectations: tuple[Expectation, ...]
    from_: str = "+972521234567"
    ends_within_s: float = 20.0
    words: Mapping[str, str] = field(default_factory=dict)


def load(source: Path | str, **words: str) -> Scenario:
    """A scenario from a file, or one of our own by name. Raises BadScenario."""
    path = Path(source)
    if not path.suffix and not path.exists():
        path = FOLDER / f"{source}.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadScenario(f"{path} cannot be read: {error.__class__.__name__}") from error
    try:
        return parse(yaml.safe_load(text), default_name=path.stem, words=words)
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise BadScenario(f"{path} is no YAML: {problem}") from error
    except BadScenario as error:
        raise BadScenario(f"{path}: {error}") from error


def parse(given: Any, *, default_name: str = "scenario", words: Mapping[str, str] | None = None) -> Scenario:
    """A scenario from what YAML made of the file. Raises BadScenario."""
    known = {"name", "from", "steps", "expect", "ends_within", "words"}
    _check(isinstance(given, dict), "a scenario is a mapping with `steps`")
    _check(not (unknown := given.keys() - known), f"unknown keys: {', '.join(sorted(map(str, unknown)))}")
    steps, expectations = given.get("steps"), given.get("expect", [])
    _check(isinstance(steps, list) and bool(steps), "`steps` is a list with something in it")
    _check(isinstance(expectations, list), "`expect` is a list")
    defaults = {str(name): str(value) for name, value in (given.get("words") or {}).items()}
    return Scenario(
        name=str(given.get("name", default_name)),
        steps=tuple(_step(step, f"steps[{i}]") for i, step in enumerate(steps)),
        expectations=tuple(_expectation(each, f"expect[{i}]") for i, each in enumerate(expectations)),
        from_=str(given.get("from", Scenario.from_)),
        ends_within_s=_number(given.get("ends_within", Scenario.ends_within_s), "ends_within"),
        words=defaults | dict(words or {}),
    )


def _step(given: Any, where: str) -> Step:
    _check(isinstance(given, dict), f"{where} is a mapping such as `say: …`")
    kinds = [kind for kind in _STEP_KINDS if kind in given]
    _check(len(kinds) == 1, f"{where} needs exactly one of {', '.join(_STEP_KINDS)}")
    unknown = given.keys() - _STEP_OPTIONS - {kinds[0]}
    _check(not unknown, f"{where} has unknown keys: {', '.join(sorted(map(str, unknown)))}")
    kind, value = kinds[0], given[kinds[0]]
    if kind in ("noise", "silence"):
        value = _number(value, where)
    elif kind == "press":
        _check(bool(re.fullmatch(r"[0-9*#{}a-z]+", str(value))), f"{where}: keys are 0-9 * #")
    elif kind == "wait_for":
        value = _pattern(value["said"] if isinstance(value, dict) and "said" in value else value, where)
    _check(given.get("then", "wait") in ("wait", "go_on"), f"{where}: `then` is wait or go_on")
    interrupt = given.get("interrupt_after_ms")
    return Step(
        kind=kind,
        value=value if isinstance(value, float) else str(value),
        if_said=_pattern(given["if_said"], where) if "if_said" in given else None,
        unless_said=_pattern(given["unless_said"], where) if "unless_said" in given else None,
        interrupt_after_ms=None if interrupt is None else int(_number(interrupt, where)),
        goes_on=given.get("then") == "go_on",
        within_s=_number(given.get("within", _ANSWER_WITHIN_S), where),
    )


def _expectation(given: Any, where: str) -> Expectation:
    _check(isinstance(given, dict), f"{where} is a mapping such as `said: …`")
    kinds = [kind for kind in _EXPECTATIONS if kind in given]
    _check(len(kinds) == 1, f"{where} needs exactly one of {', '.join(_EXPECTATIONS)}")
    unknown = given.keys() - {kinds[0], "times"}
    _check(not unknown, f"{where} has unknown keys: {', '.join(sorted(map(str, unknown)))}")
    kind, value = kinds[0], given[kinds[0]]
    if kind == "first_reply_words":
        value = int(_number(value, where))
    elif kind == "ended_by":
        _check(value in ("server", "caller", "document", "error"), f"{where}: server, caller, document or error")
    else:
        value = _pattern(value, where)
    return Expectation(kind, value, int(_number(given["times"], where)) if "times" in given else None)


def _pattern(value: Any, where: str) -> str:
    _check(isinstance(value, str), f"{where}: a pattern is text")
    try:
        re.compile(value)
    except re.error as error:
        raise BadScenario(f"{where}: not a pattern: {error}") from error
    return str(value)


def _number(value: Any, where: str) -> float:
    _check(isinstance(value, int | float) and not isinstance(value, bool) and value >= 0, f"{where}: not a number")
    return float(value)


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise BadScenario(message)
