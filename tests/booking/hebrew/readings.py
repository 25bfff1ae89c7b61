"""Sentences with what must be understood from them, and the measures by which the understanding is judged.

The format and the reading rules are those of the samples' README: JSON lines with `text`, `now`, `tz`, `context` and
`expected`, whose `alternatives` are further accepted values.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from booking.hebrew import Context, Understanding, parse

HERE = Path(__file__).parent
OPTIONAL = ("part", "date_range", "time_range", "from", "reject")
Case = dict[str, Any]
Answer = dict[str, Any]


def sentences(name: str) -> list[Case]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def understood(case: Case) -> Understanding:
    given = case.get("context") or {}
    now = datetime.fromisoformat(case["now"]).astimezone(ZoneInfo(case["tz"]))
    return parse(case["text"], now, Context(**given))


def accepted(case: Case) -> list[Answer]:
    expected = case["expected"]
    return [expected, *({**expected, **other} for other in expected.get("alternatives", []))]


def has_right_moment(case: Case, answer: Answer) -> bool:
    return any((answer["date"], answer["time"]) == (one["date"], one["time"]) for one in accepted(case))


def is_harmful(case: Case, answer: Answer) -> bool:
    """A date or time that was not said, given without a doubt: it would book the wrong appointment."""
    if has_right_moment(case, answer) or answer["ambiguous"]:
        return False
    return any(
        answer[field] is not None and all(answer[field] != one[field] for one in accepted(case))
        for field in ("date", "time")
    )


def has_right_intent(case: Case, answer: Answer) -> bool:
    expected = case["expected"]
    return answer["intent"] in expected.get("intent_any", [expected["intent"]])


def has_right(field: str, case: Case, answer: Answer) -> bool:
    return any(answer[field] == one[field] for one in accepted(case))


def assert_understood(case: Case) -> None:
    """Everything that the sentence is expected to say, one by one."""
    answer, expected = understood(case).as_dict(), case["expected"]
    assert has_right_moment(case, answer), answer
    assert has_right_intent(case, answer), answer
    assert has_right("name", case, answer), answer
    assert has_right("phone", case, answer), answer
    assert any(answer.get("phone_partial", False) == (one.get("phone_partial") or False) for one in accepted(case)), (
        answer
    )
    if expected.get("ambiguous") is not None:
        assert answer["ambiguous"] == expected["ambiguous"], answer
    for key in OPTIONAL:
        if key in expected:
            assert any(answer.get(key) == one[key] for one in accepted(case)), answer


@dataclass(frozen=True, slots=True)
class Sums:
    """Shares of the sentences they concern, from 0 to 1."""

    moment: float
    harmful: float
    intent: float
    phone: float  # of those that hold a number
    invented_phone: float  # of those that hold none
    name: float  # of those that give a name
    invented_name: float  # of those that give none


def sums(cases: list[Case]) -> Sums:
    answers = [(case, understood(case).as_dict()) for case in cases]
    named, unnamed = _parted(answers, "name")
    phoned, unphoned = _parted(answers, "phone")
    return Sums(
        moment=_share(has_right_moment(*each) for each in answers),
        harmful=_share(is_harmful(*each) for each in answers),
        intent=_share(has_right_intent(*each) for each in answers),
        phone=_share(has_right("phone", *each) for each in phoned),
        invented_phone=_share(answer["phone"] is not None for _, answer in unphoned),
        name=_share(has_right("name", *each) for each in named),
        invented_name=_share(not has_right("name", *each) for each in unnamed),
    )


def _parted(answers: list[tuple[Case, Answer]], field: str) -> tuple[list[tuple[Case, Answer]], ...]:
    with_one = [each for each in answers if each[0]["expected"][field] is not None]
    return with_one, [each for each in answers if each[0]["expected"][field] is None]


def _share(hits: Any) -> float:
    counted = list(hits)
    return sum(counted) / len(counted) if counted else 0.0
