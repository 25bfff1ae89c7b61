"""Scenarios: what a caller does, and what must come of it, written in YAML.

    name: quick booking
    from: "+972521234567"           # or anonymous
    steps:
      - say: "שלום, אפשר לקבוע תספורת ליום שלישי ב-{hour}?"
      - {say: "אז {when}", if_said: "לא פנוי"}          # only if the last reply matches
      - wait_for: "(?P<when>יום .*? בשעה \\d+:\\d+)"    # wait until this was said; named parts fill later {words}
      - wait_until: beep                                # or answered, carrier, recorded, dial, person, bridged, dialled
      - press: "0521234567#"
      - {say: "רגע", interrupt_after_ms: 600}           # so long into the assistant's next words
      - {backchannel: "אהה", while_hearing: "מספר"}     # as soon as these words are heard; nobody waits for an answer
      - cough: 300                                      # ms of sound that says nothing; also `noise`
      - {echo: 800, loudness: 0.1}                      # the last ms of the assistant's own voice, come back
      - silence: 16                                     # seconds, whatever the assistant does meanwhile
      - trouble: {answers_stall: [3]}                   # something breaks now (simulator/misfortunes.py)
      - hang_up: true
    person: {kind: answers, after_s: 3}                 # who picks up when the call is handed over
    line: {status_callback: never}                      # troubles of the telephone line from the first ring on
    expect:
      - said: "התור נקבע"            # pattern; `times: 1` for exactly so often
      - never_said: "no instruction"
      - order: ["לא פנוי", "נקבע"]   # one after the other
      - heard_to_end: "מספר טלפון"   # the reply with these words was heard whole; `cut`: never to its end
      - replies: 3                   # how many utterances were heard
      - ended_by: server             # server, caller, document or error
      - first_reply_words: 24        # at most
      - longest_silence_ms: 4000     # at most: between the caller's words and the answer, or within a sentence
      - spoken_by_carrier: "תקלה"
      - dialled: 1                   # how many times a person was called
      - person_heard: "בעניין"

After `say` and `press` the caller waits for the assistant's answer and its end, unless `then: go_on` is given.

The rest needs the test house, which owns the business, the calendar, the date and the provider:

    now: 2026-11-22 12:00            # when the call comes in, local time
    business: {settings: {slot_size_min: 30}, services: […]}        # parts of a business file that differ from usual
    given:
      - appointment: {start: 2026-11-24 17:00, name: "דנה לוי"}     # of this caller, unless `phone` says whose
      - taken: 2026-11-24 18:00
      - customer: {name: "דנה לוי"}
      - blocked: "+972521234567"
    provider: {lies: [{instead_of: "איזה יום", says: "קבעתי לך תור"}]}
    expect:
      - outcome: booked
      - appointment: {start: 2026-11-24 17:00, name: "דנה לוי", phone: "+972521234567"}   # the one live appointment
      - no_appointment: true
      - cancelled: {start: 2026-11-24 17:00}
      - server_said: "slot_unavailable"          # a [SERVER] line; also server_never_said
      - follow_up: "לחזור"                       # something for the staff to do; also no_follow_up
      - false_claims: 1                          # also sessions (of the provider) and voice_messages
      - end_reason: "limit"
      - no_customer: true
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from simulator.misfortunes import LINE, PROVIDER, Trouble
from simulator.person import PERSONS, Person
from simulator.scenario_parts import (
    BadScenario,
    Expectation,
    Step,
    check,
    number,
    read_expectation,
    read_step,
    read_troubles,
)

__all__ = ["FOLDER", "BadScenario", "Expectation", "Given", "Scenario", "Step", "load", "parse"]

FOLDER = Path(__file__).parent / "scenarios"
_KEYS = {"name", "from", "steps", "expect", "ends_within", "words", "person", "line"}
_HOUSE_KEYS = {"now", "business", "given", "provider"}
_GIVEN_KINDS = {"appointment": {"start", "name", "phone", "service"}, "customer": {"name", "phone"}}


@dataclass(frozen=True)
class Given:
    """Something that is so before the call: an appointment, a taken time, a customer, a blocked number."""

    kind: str
    facts: Mapping[str, str]


@dataclass(frozen=True)
class Scenario:
    """`words` fill the {names} in what the caller says."""

    name: str
    steps: tuple[Step, ...]
    expectations: tuple[Expectation, ...]
    from_: str = "+972521234567"
    ends_within_s: float = 20.0
    words: Mapping[str, str] = field(default_factory=dict)
    person: Person | None = None
    line: tuple[Trouble, ...] = ()
    now: datetime | None = None  # naive: local time of the business
    business: Mapping[str, Any] = field(default_factory=dict)
    given: tuple[Given, ...] = ()
    provider: tuple[Trouble, ...] = ()
    house_keys: tuple[str, ...] = ()  # what of the file only the test house can do


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
    check(isinstance(given, dict), "a scenario is a mapping with `steps`")
    unknown = given.keys() - _KEYS - _HOUSE_KEYS
    check(not unknown, f"unknown keys: {', '.join(sorted(map(str, unknown)))}")
    steps, expectations, facts = given.get("steps"), given.get("expect", []), given.get("given", [])
    check(isinstance(steps, list) and bool(steps), "`steps` is a list with something in it")
    check(isinstance(expectations, list), "`expect` is a list")
    check(isinstance(facts, list), "`given` is a list")
    check(isinstance(given.get("business", {}), dict), "`business` is a mapping, as in a business file")
    defaults = {str(name): str(value) for name, value in (given.get("words") or {}).items()}
    read_steps = tuple(read_step(step, f"steps[{i}]") for i, step in enumerate(steps))
    expected = tuple(read_expectation(each, f"expect[{i}]") for i, each in enumerate(expectations))
    return Scenario(
        name=str(given.get("name", default_name)),
        steps=read_steps,
        expectations=expected,
        from_=str(given.get("from", Scenario.from_)),
        ends_within_s=number(given.get("ends_within", Scenario.ends_within_s), "ends_within"),
        words=defaults | dict(words or {}),
        person=_person(given["person"]) if "person" in given else None,
        line=read_troubles(given.get("line", {}), "line", LINE),
        now=_moment(given["now"], "now") if "now" in given else None,
        business=given.get("business", {}),
        given=tuple(_given(each, f"given[{i}]") for i, each in enumerate(facts)),
        provider=read_troubles(given.get("provider", {}), "provider", PROVIDER),
        house_keys=_house_keys(given, read_steps, expected),
    )


def _house_keys(
    given: Mapping[str, Any], steps: tuple[Step, ...], expected: tuple[Expectation, ...]
) -> tuple[str, ...]:
    troubles = [
        f"trouble: {step.value.name}" for step in steps if isinstance(step.value, Trouble) and step.value.kind != LINE
    ]
    return (*sorted(_HOUSE_KEYS & given.keys()), *troubles, *(each.kind for each in expected if each.is_server_side))


def _given(given: Any, where: str) -> Given:
    check(isinstance(given, dict) and len(given) == 1, f"{where} is one of appointment, taken, customer, blocked")
    (kind, value), *_ = given.items()
    if kind == "taken":
        return Given(kind, {"start": _text(_moment(value, where))})
    if kind == "blocked":
        return Given(kind, {"phone": str(value)})
    check(kind in _GIVEN_KINDS, f"{where} is one of appointment, taken, customer, blocked")
    check(isinstance(value, dict), f"{where}.{kind} is a mapping")
    check(not value.keys() - _GIVEN_KINDS[kind], f"{where}.{kind} has {', '.join(sorted(_GIVEN_KINDS[kind]))}")
    facts = {str(name): str(each) for name, each in value.items()}
    if kind == "appointment":
        facts["start"] = _text(_moment(facts.get("start", ""), where))
    return Given(kind, facts)


def _person(given: Any) -> Person:
    check(isinstance(given, dict) and given.get("kind") in PERSONS, f"person: `kind` is one of {', '.join(PERSONS)}")
    try:
        return Person(**given)
    except TypeError as error:
        raise BadScenario(f"person: {error}") from error


def _moment(value: Any, where: str) -> datetime:
    try:
        return datetime.strptime(str(value), "%Y-%m-%d %H:%M")  # noqa: DTZ007 -- local time of the business
    except ValueError as error:
        raise BadScenario(f"{where}: not a time such as 2026-11-24 17:00") from error


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
