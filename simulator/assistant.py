"""An assistant that does what it is told, and nothing else.

It knows its instructions and the conversation. Instructions carry a table, one line per situation:

    greeting -> "שלום, הגעתם ל…. איך אפשר לעזור?"
    [SERVER] slot_available -> "מעולה, הזמן הזה פנוי: {when}. רוצה שאקבע אותו עכשיו?"    the item's day and hour
    [SERVER] slot_unavailable; reason=outside_hours -> "…{alternatives}…"
    [SERVER] slot_unavailable; alternatives= -> "…"        an item whose `alternatives` are empty
    [SERVER] confirm: X -> "X"                             X, or {X}, is what the item says there
    [SERVER] appointment_created: {json} -> {say}          a field of the item

The line that asks for most and still fits is the one that counts. A situation without a line is answered with words
that nobody can overlook.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from booking.hebrew.speech import say_date, say_time

_LINE = re.compile(r"^[\s\-*•]*(?P<key>(?:\[SERVER\] )?[a-z_]+[^\n]*?)\s*(?:->|→)\s*(?P<words>.+?)\s*$", re.MULTILINE)
_ITEM = re.compile(r"\[SERVER\] (?P<name>[a-z_]+)(?P<rest>.*)", re.DOTALL)
_TODAY = re.compile(r"היום יום \S+, (\d{1,2})/(\d{1,2})/(\d{4})")
_FIELD = re.compile(r"\{(\w+)\}")
_GOODBYE = re.compile(r"(?<!\w)(להתראות|ביי|שלום ולהתראות)(?!\w)")
_QUOTES = '"“”„׳״`'
_DAYS = ("שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת", "ראשון")
_MONTHS = (
    *("ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני"),
    *("יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר", "דצמבר"),
)


@dataclass(frozen=True)
class Said:
    """One item of the conversation. `heard` is False for a reply of which nothing was played."""

    role: str  # system user assistant
    text: str
    heard: bool = True


@dataclass(frozen=True)
class _Rule:
    name: str
    value: str  # after the colon, empty where any will do
    conditions: dict[str, str]
    words: str


class Instructions:
    """The table found in a session's instructions."""

    def __init__(self, text: str) -> None:
        self._rules = [_rule(found["key"], found["words"]) for found in _LINE.finditer(text)]
        told = _TODAY.search(text)
        self._today = date(*map(int, reversed(told.groups()))) if told else None

    def words(self, situation: str) -> str:
        """What to say in a situation that is not an item of the server's."""
        for rule in self._rules:
            if rule.name == situation and not rule.value and not rule.conditions:
                return _unquoted(rule.words)
        return f"(no instruction for {situation})"

    def words_for(self, item: str) -> str:
        """What to say to a `[SERVER]` item."""
        found = _ITEM.match(item)
        if found is None:
            return f"(no instruction for {item[:40]})"
        name, value, fields = f"[SERVER] {found['name']}", *_fields(found["rest"])
        fitting = [rule for rule in self._rules if rule.name == name and _fits(rule, value, fields)]
        if not fitting:
            return f"(no instruction for {found['name']})"
        best = max(fitting, key=lambda rule: (len(rule.conditions), bool(rule.value)))  # of equals the first
        return _filled(best.words, value, fields, self._today)


def reply(instructions: str, conversation: Iterable[Said]) -> str:
    """The next words of the assistant."""
    table = Instructions(instructions)
    said = list(conversation)
    last_reply = max((i for i, each in enumerate(said) if each.role == "assistant" and each.heard), default=-1)
    new = said[last_reply + 1 :]
    last_turn = max((i for i, each in enumerate(new) if each.role == "user"), default=-1)
    orders = [
        each.text
        for i, each in enumerate(new)
        if each.role == "system" and (i > last_turn and each.text.startswith("[SERVER]") or _is_deed(each.text))
    ]
    if orders:
        return " ".join(words for order in orders if (words := table.words_for(order)))
    turns = [each.text for each in new if each.role == "user"]
    if not turns:
        return table.words("greeting" if last_reply < 0 else "no_event")
    if not turns[-1].strip():
        return table.words("not_understood")
    return table.words("goodbye" if _GOODBYE.search(turns[-1]) else "no_event")


def _is_deed(item: str) -> bool:
    """It tells of something done, which the caller must learn even if they spoke in between."""
    return item.startswith("[SERVER] appointment_")


# --- reading -----------------------------------------------------------------------------------------
def _rule(key: str, words: str) -> _Rule:
    found = re.match(r"(?:\[SERVER\] )?[a-z_]*", key)
    name = found[0] if found else ""
    value, conditions = _conditions(key[len(name) :].strip())
    return _Rule(name, value, conditions, words)


def _conditions(rest: str) -> tuple[str, dict[str, str]]:
    """What a line's key asks for; words in capitals, braces or angle brackets stand for anything."""
    head, *others = rest.removeprefix(":").split(";")
    value = head.strip()
    pairs = [part.partition("=") for part in others]
    conditions = {name.strip(): wanted.strip() for name, _, wanted in pairs if not _anything(wanted.strip())}
    return ("" if _anything(value) else value), conditions


def _anything(text: str) -> bool:
    return bool(re.fullmatch(r"\{.*\}|<.*>|…|\.\.\.|[A-Z][A-Z\-: ,|…]*", text))


def _fields(rest: str) -> tuple[str, dict[str, str]]:
    """An item's value and its named fields."""
    value = rest.removeprefix(":").strip()
    if value.startswith("{"):
        try:
            return value, {name: str(field) for name, field in json.loads(value).items()}
        except ValueError:
            return value, {}
    head, *others = value.split(";")
    pairs = [part.partition("=") for part in others]
    if not all(equals for _, equals, _ in pairs):
        return value, {}  # a sentence with a semicolon in it
    return head.strip(), {name.strip(): field.strip() for name, _, field in pairs}


def _fits(rule: _Rule, value: str, fields: dict[str, str]) -> bool:
    return rule.value in ("", value) and all(fields.get(name, "") == wanted for name, wanted in rule.conditions.items())


# --- wording -----------------------------------------------------------------------------------------
def _unquoted(words: str) -> str:
    return words.strip().strip(_QUOTES).strip()


def _filled(words: str, value: str, fields: dict[str, str], today: date | None) -> str:
    """The words with what the item says in place of `{field}`, `{X}` or a bare X."""
    known = {**fields, "X": value, "value": value, "text": value}
    text = _unquoted(words)
    if text in ("X", "say"):
        return known.get(text, f"(the item has no {text})")

    def field(found: re.Match[str]) -> str:
        name = found[1]
        if name == "when":
            return _spoken(value) if today is None else _in_words(value, today)
        if name == "alternatives":
            return " או ".join(_spoken(each) for each in known.get(name, "").split(",") if each)
        return known.get(name) or (value if name.islower() and not fields else f"(the item has no {name})")

    return _FIELD.sub(field, text)


def _in_words(moment: str, today: date) -> str:
    """YYYY-MM-DD HH:MM as somebody says it who knows what day it is: מחר, בשעה שש בערב."""
    at = _moment(moment)
    return moment if at is None else f"{say_date(at.date(), today)}, בשעה {say_time(at.time())}"


def _spoken(moment: str) -> str:
    """YYYY-MM-DD HH:MM as a person says it."""
    at = _moment(moment)
    if at is None:
        return moment
    day = "שבת" if at.weekday() == 5 else f"יום {_DAYS[at.weekday()]}"
    return f"{day}, {at.day} ב{_MONTHS[at.month - 1]}, בשעה {at:%H:%M}"


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d %H:%M")  # noqa: DTZ007 -- local time of the business, as given
    except ValueError:
        return None
