"""`manage.py understand`: JSON lines in, what the Hebrew parser made of each out."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from io import TextIOWrapper
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand

from booking.hebrew import Context, label_of, parse
from booking.hebrew.owner_rules import read_rules
from faq.matching import Index, Item

_DEFAULT_ZONE = "Asia/Jerusalem"
_YEARS = range(1900, 2201)  # far from both ends of the calendar, where counting days ahead overflows
_ENTRY_TEXTS = ("question", "answer")
_ASKED = (None, "name", "phone", "time", "date", "confirm")


class Unreadable(ValueError):
    """A line that is not a question to the parser; its text says what is wrong, never what was said."""


class Command(BaseCommand):
    help = (
        "Reads JSON lines {id, text, now, tz, context?} on stdin; prints what was understood, one answer a line. "
        "With --policy the lines are {id, text}, owners' prompts, and the answers their rules. "
        "With --claims the lines are {id, text}, sentences of the assistant, and the answers what they claim. "
        "With --faq the lines are {id, business, text, entries: [{id, question, answer}]}, and the answers "
        "{id, best, score}: the id of the entry that answers the text, or null; the nearest entry; how near, 0 to 1."
    )
    requires_system_checks: list[str] = []  # no database, no network

    def add_arguments(self, parser: ArgumentParser) -> None:
        modes = parser.add_mutually_exclusive_group()
        modes.add_argument("--policy", action="store_true", help="read rules in owners' prompts instead of sentences")
        modes.add_argument("--claims", action="store_true", help="label sentences of the assistant by what they claim")
        modes.add_argument("--faq", action="store_true", help="find the entry that answers a customer's question")

    def handle(self, *args: Any, **options: Any) -> None:
        if isinstance(sys.stdin, TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")  # a broken byte costs its line only
        failed = False
        modes = {"policy": rules_of, "claims": claims_of, "faq": answer_of}
        read = next((modes[mode] for mode in modes if options[mode]), meaning_of)
        for answer in answers(sys.stdin, read):
            failed = failed or "error" in answer
            self.stdout.write(_written(answer))
        if failed:
            sys.exit(1)


def answers(lines: Iterable[str], answer: Callable[[dict[str, Any]], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One answer for each line that is not blank, in order; an unreadable line yields its error."""
    for line in lines:
        if not line.strip():
            continue
        asked: Any = None
        try:
            asked = json.loads(line)
            found = {"id": _checked(asked).get("id"), **answer(asked)}
        except json.JSONDecodeError:
            found = {"id": None, "error": "not a JSON object"}
        except Unreadable as problem:
            found = {"id": _id_of(asked), "error": str(problem)}
        except Exception as problem:  # the outermost door: one odd line must not cost the answers to the others
            found = {"id": _id_of(asked), "error": f"could not be read: {type(problem).__name__}"}
        yield found


def _id_of(asked: Any) -> Any:
    return asked.get("id") if isinstance(asked, dict) else None


def _written(answer: dict[str, Any]) -> str:
    """The answer as JSON; half a surrogate pair, which no encoding can print, stays escaped."""
    text = json.dumps(answer, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(answer)
    return text


def _checked(asked: Any) -> dict[str, Any]:
    if not isinstance(asked, dict):
        raise Unreadable("not a JSON object")
    if not isinstance(asked.get("text"), str):
        raise Unreadable("text: a string is needed")
    try:
        asked["text"].encode()
    except UnicodeEncodeError as problem:
        raise Unreadable("text: no Unicode") from problem
    return asked


def meaning_of(asked: dict[str, Any]) -> dict[str, Any]:
    """What a caller's sentence asks for."""
    return parse(asked["text"], _local_now(asked), _context(asked.get("context"))).as_dict()


def rules_of(asked: dict[str, Any]) -> dict[str, Any]:
    """The rules that an owner's prompt states."""
    return read_rules(asked["text"]).as_dict()


def claims_of(asked: dict[str, Any]) -> dict[str, Any]:
    """What a sentence of the assistant claims."""
    return {"label": label_of(asked["text"])}


def answer_of(asked: dict[str, Any]) -> dict[str, Any]:
    """Which of the line's entries answers its text; `id` is the entry's, not the line's."""
    entries = asked.get("entries")
    if not isinstance(entries, list):
        raise Unreadable("entries: a list is needed")
    ids = [_entry_id(entry, number) for number, entry in enumerate(entries)]
    found = _index(tuple((entry["question"], entry["answer"]) for entry in entries)).find(asked["text"])
    named = {place: ids[int(place)] for place in (found.id, found.best) if place is not None}
    return {"id": named.get(found.id or ""), "best": named.get(found.best or ""), "score": found.score}


def _entry_id(entry: Any, number: int) -> str | int:
    if not isinstance(entry, dict):
        raise Unreadable(f"entries[{number}]: an object is needed")
    for key in _ENTRY_TEXTS:
        if not isinstance(entry.get(key), str):
            raise Unreadable(f"entries[{number}].{key}: a string is needed")
    name = entry.get("id")
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise Unreadable(f"entries[{number}].id: a string or a whole number is needed")
    return name


@lru_cache(maxsize=64)
def _index(entries: tuple[tuple[str, str], ...]) -> Index:
    """Lines of one business carry the same entries, line after line."""
    return Index.of(Item(str(place), question, answer) for place, (question, answer) in enumerate(entries))


def _local_now(asked: dict[str, Any]) -> datetime:
    """The moment in the business's zone."""
    try:
        zone = ZoneInfo(asked.get("tz") or _DEFAULT_ZONE)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as problem:
        raise Unreadable("tz: not a known time zone") from problem
    try:
        now = datetime.fromisoformat(asked["now"])
    except (KeyError, TypeError, ValueError) as problem:
        raise Unreadable("now: an ISO time with its offset is needed") from problem
    if now.tzinfo is None:
        raise Unreadable("now: an ISO time with its offset is needed")
    if now.year not in _YEARS:
        raise Unreadable(f"now: a year from {_YEARS.start} to {_YEARS.stop - 1} is needed")
    return now.astimezone(zone)


def _context(given: Any) -> Context:
    if given is None:
        return Context()
    if not isinstance(given, dict) or given.get("asked") not in _ASKED:
        raise Unreadable("context: asked is one of name, phone, time, date, confirm")
    if not isinstance(given.get("open_24_7", False), bool):
        raise Unreadable("context: open_24_7 is true or false")
    return Context(asked=given.get("asked"), open_24_7=given.get("open_24_7", False))
