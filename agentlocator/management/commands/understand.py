"""`manage.py understand`: JSON lines in, what the Hebrew parser made of each out."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import TextIOWrapper
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.management.base import BaseCommand

from booking.hebrew import Context, label_of, parse
from booking.hebrew.owner_rules import read_rules

_DEFAULT_ZONE = "Asia/Jerusalem"
_YEARS = range(1900, 2201)  # far from both ends of the calendar, where counting days ahead overflows
_ASKED = (None, "name", "phone", "time", "date", "confirm")


class Unreadable(ValueError):
    """A line that is not a question to the parser; its text says what is wrong, never what was said."""


class Command(BaseCommand):
    help = (
        "Reads JSON lines {id, text, now, tz, context?} on stdin; prints what was understood, one answer a line. "
        "With --policy the lines are {id, text}, owners' prompts, and the answers their rules. "
        "With --claims the lines are {id, text}, sentences of the assistant, and the answers what they claim."
    )
    requires_system_checks: list[str] = []  # no database, no network

    def add_arguments(self, parser: ArgumentParser) -> None:
        modes = parser.add_mutually_exclusive_group()
        modes.add_argument("--policy", action="store_true", help="read rules in owners' prompts instead of sentences")
        modes.add_argument("--claims", action="store_true", help="label sentences of the assistant by what they claim")

    def handle(self, *args: Any, **options: Any) -> None:
        if isinstance(sys.stdin, TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")  # a broken byte costs its line only
        failed = False
        read = rules_of if options["policy"] else claims_of if options["claims"] else meaning_of
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
