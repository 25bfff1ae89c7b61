"""Everything that may go wrong in a call, by names that can be read in a scenario.

Three things break: the voice provider, the telephone line, and the calendar. Troubles with a list are used up in
order, one by each answer, sentence or connection; a single value in its place is a list of one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.provider_options import ProviderOptions

if TYPE_CHECKING:
    from simulator.carrier import Call

PROVIDER, LINE, CALENDAR = "provider", "line", "calendar"


@dataclass(frozen=True)
class Trouble:
    """`value` is what the file says; `kind` tells whose trouble it is."""

    name: str
    kind: str
    value: Any

    def __str__(self) -> str:
        return self.name


Provider = Callable[[ProviderOptions, Any], None]
OnLine = Callable[["Call", Any], None]


def trouble(name: str, value: Any) -> Trouble:
    """A trouble of this name. Raises ValueError if there is none, or its value is of another sort."""
    for kind, table in ((PROVIDER, _PROVIDER), (LINE, _LINE), (CALENDAR, _CALENDAR)):
        if name in table:
            _check(value, table[name][0], name)
            return Trouble(name, kind, value)
    known = ", ".join(sorted({*_PROVIDER, *_LINE, *_CALENDAR}))
    raise ValueError(f"no trouble is called {name}; there are {known}")


def strike_provider(trouble: Trouble, options: ProviderOptions, cut_all: Callable[[], None]) -> None:
    """Let it happen to the stand-in of the provider."""
    if trouble.name == "breaks":
        cut_all()
    else:
        _PROVIDER[trouble.name][1](options, trouble.value)


def strike_line(trouble: Trouble, call: Call) -> None:
    """Let it happen to the telephone line of this call."""
    _LINE[trouble.name][1](call, trouble.value)


# --- values ------------------------------------------------------------------------------------------
_YES, _NUMBER, _TEXT, _TIMES, _LIST, _CHANGES, _MAPPING = "yes", "number", "text", "times", "list", "changes", "mapping"


def _check(value: Any, sort: str, name: str) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        _YES: value is True,
        _NUMBER: is_number and value >= 0,
        _TEXT: isinstance(value, str),
        _TIMES: value is True or (isinstance(value, int) and value > 0),
        _LIST: value is not True and value is not None and not isinstance(value, dict),
        _CHANGES: isinstance(value, list) and all(isinstance(each, dict) and "instead_of" in each for each in value),
        _MAPPING: isinstance(value, dict),
    }[sort]
    if not fits:
        wanted = {_CHANGES: "a list of {instead_of: …, says: …} or {instead_of: …, hears: …}", _YES: "true"}
        raise ValueError(f"{name} takes {wanted.get(sort, f'a {sort}')}")


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _queue(name: str) -> tuple[str, Provider]:
    """Adds to an option that is a queue."""
    return _LIST, lambda options, value: getattr(options, name).extend(_all(value))


def _count(name: str) -> tuple[str, Provider]:
    return _TIMES, lambda options, value: setattr(options, name, getattr(options, name) + int(value))


def _number(name: str) -> tuple[str, Provider]:
    return _NUMBER, lambda options, value: setattr(options, name, float(value))


# --- the provider ------------------------------------------------------------------------------------
def _lie(options: ProviderOptions, changes: list[Mapping[str, Any]]) -> None:
    options.lie = _changed(changes, "says", None)


def _mishear(options: ProviderOptions, changes: list[Mapping[str, Any]]) -> None:
    options.mishear = _changed(changes, "hears", "as it is")


def _changed(changes: list[Mapping[str, Any]], key: str, otherwise: str | None) -> Callable[[str], str | None]:
    """A function from the right words to what comes instead. Each change happens once unless it says `always`."""
    left = [dict(change) for change in changes]

    def change(words: str) -> str | None:
        for each in left:
            if re.search(str(each["instead_of"]), words):
                if not each.get("always"):
                    left.remove(each)
                return None if each.get(key) is None else str(each[key])
        return None if otherwise is None else words

    return change


def _swallow(options: ProviderOptions, value: Any) -> None:
    options.swallow["response.create"] = options.swallow.get("response.create", 0) + int(value)


def _refuse(options: ProviderOptions, value: Mapping[str, Any]) -> None:
    for event, codes in value.items():
        options.refuse.setdefault(str(event), type(options.lies)()).extend(_all(codes))


def _fail_transcripts(options: ProviderOptions, value: Any) -> None:
    options.mishears.extend([None] * int(value))


def _gone_models(options: ProviderOptions, value: Any) -> None:
    options.unknown_transcription_models = frozenset(map(str, _all(value)))


def _later(options: ProviderOptions, value: Any) -> None:
    raise AssertionError("handled by strike_provider")


_PROVIDER: dict[str, tuple[str, Provider]] = {
    # what it says and hears
    "lies": (_CHANGES, _lie),
    "mishears": (_CHANGES, _mishear),
    "hears_noise_as": (_TEXT, lambda options, value: setattr(options, "ghost", value)),
    "fails_transcripts": (_TIMES, _fail_transcripts),
    "late_transcripts": _queue("transcription_delays"),  # seconds
    "unfinished_transcripts": _count("untold_transcripts"),
    "gone_transcription_models": (_LIST, _gone_models),
    "double_vad": _count("double_vad"),
    # its sessions
    "refuses_connections": _queue("refuse_connects"),  # an HTTP status, hang or reset
    "refused_key": (_YES, lambda options, value: setattr(options, "api_key", "another key")),
    "late_session": _number("session_created_delay_s"),
    "session_lasts": _number("expires_after_s"),
    "freezes_after": _number("freezes_after_s"),
    "breaks_after": _queue("drop_after_deltas"),  # pieces of 0.2 s that are still heard
    "breaks": (_YES, _later),
    # its answers
    "speed": _number("speed"),  # 1: audio is made only as fast as it plays
    "slow_answers": _number("first_audio_delay_s"),
    "late_words": (_NUMBER, lambda options, value: setattr(options, "words_late_ms", int(value))),  # behind their sound
    "slow_transcripts": _number("transcription_delay_s"),
    "late_created": _queue("created_delays"),  # seconds
    "never_created": (_TIMES, _swallow),
    "unannounced_answers": _count("uncreated"),
    "uninvited_answers": _count("uninvited"),
    "late_cancels": _count("cancel_races"),
    "mute_answers": _count("mute_replies"),
    "answers_in_two": _count("split_replies"),
    "answers_stall": _queue("stalls"),  # seconds
    "endless_answers": _count("endless_replies"),
    "fails_answers": _queue("fail_responses"),  # codes
    "refuses": (_MAPPING, _refuse),  # type of our event: codes
    "strange_events": (
        _TIMES,
        lambda options, value: options.strays.extend([{"type": "some.future.event", "delta": {"x": 1}}] * int(value)),
    ),
}


# --- the line ----------------------------------------------------------------------------------------
def _on_stream(name: str) -> OnLine:
    def strike(call: Call, value: Any) -> None:
        if call.stream is not None:
            method = getattr(call.stream, name)
            method() if value is True else method(int(value))

    return strike


def _lose_marks(call: Call, value: Any) -> None:
    if call.stream is not None:
        call.stream.returns_marks = False


_LINE: dict[str, tuple[str, OnLine]] = {
    "stream_breaks": (_YES, lambda call, value: call.drop_stream()),
    "loses_sound": (_NUMBER, _on_stream("lose")),  # ms of the caller's voice
    "holds_sound": (_NUMBER, _on_stream("hold")),  # ms, and then all of it at once
    "swaps_sound": (_YES, _on_stream("swap")),
    "repeats_sound": (_YES, _on_stream("repeat")),
    "loses_marks": (_YES, _lose_marks),
    "status_callback": (_TEXT, lambda call, value: setattr(call, "status_callback", value)),  # never, or first
}
_CALENDAR: dict[str, tuple[str, None]] = {
    "calendar_stuck": (_NUMBER, None),  # seconds in which nobody gets an answer from it
}
