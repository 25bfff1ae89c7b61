"""What was typed, made fit for looking up, and shown again inside what was found."""

from __future__ import annotations

import re

from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm.words import one_line

LONGEST = 100
_BEFORE, _AFTER = 40, 80


def tidy(typed: str) -> str:
    """Single spaces, nothing invisible, no longer than the box."""
    return one_line(typed[: 2 * LONGEST])[:LONGEST].rstrip()


def mark(text: str, term: str) -> SafeString:
    """The text with the first place where the term stands marked; all of it escaped."""
    found = _find(text, term)
    if found is None:
        return format_html("{}", text)
    return format_html("{}<mark>{}</mark>{}", text[: found[0]], text[found[0] : found[1]], text[found[1] :])


def excerpt(text: str, term: str) -> SafeString:
    """The words around the term, which is marked."""
    found = _find(text, term)
    start, end = found or (0, 0)
    first = 0 if start <= _BEFORE else text.rfind(" ", 0, start - _BEFORE) + 1
    last = len(text) if len(text) - end <= _AFTER else text.find(" ", end + _AFTER)
    last = len(text) if last < 0 else last
    shown = ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")
    return mark(shown, term)


def _find(text: str, term: str) -> tuple[int, int] | None:
    found = re.search(re.escape(term), text, re.IGNORECASE) if term else None
    return found.span() if found else None
