"""Days and hours as they are written: digits, with the day of the week and the date. Pure, but for the language."""

from __future__ import annotations

from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

_LETTERS = ("א׳", "ב׳", "ג׳", "ד׳", "ה׳", "ו׳")
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def day(on: date, today: date, *, bare: bool = False) -> str:
    """מחר (יום ד׳ 25/11), ביום ג׳ 1/12; `bare` as it stands after ל or של: יום ג׳ 1/12."""
    named = _named(on, today)
    near = {0: _("today"), 1: _("tomorrow")}.get((on - today).days)
    if near:
        return f"{near} ({named})"
    return named if bare else _("on {day}").format(day=named)


def _named(on: date, today: date) -> str:
    number = (on.weekday() + 1) % 7
    said = f"{on.day}/{on.month}" if abs((on - today).days) < 300 else f"{on.day}/{on.month}/{on.year}"
    if (get_language() or "").startswith("he"):
        name = f"יום {_LETTERS[number]}" if number < 6 else "שבת"
    else:
        name = _DAYS[number]
    return f"{name} {said}"


def at(start: str, today: date, *, bare: bool = False) -> str:
    """Of a start such as "2026-11-25 12:00": מחר (יום ד׳ 25/11) בשעה 12:00."""
    on = date.fromisoformat(start[:10])
    return _("{day} at {hour}").format(day=day(on, today, bare=bare), hour=start[11:16])


def either(starts: list[str], today: date) -> str:
    """Times to choose from; a day that they share is named once."""
    if not starts:
        return ""
    parts = [at(starts[0], today)]
    for before, start in zip(starts, starts[1:], strict=False):
        parts.append(start[11:16] if start[:10] == before[:10] else at(start, today))
    *first, last = parts
    return _("{some} or {last}").format(some=", ".join(first), last=last) if first else last
