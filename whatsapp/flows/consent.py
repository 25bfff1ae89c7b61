"""Words by which a customer refuses messages they did not ask for, or wants them again. Pure."""

from __future__ import annotations

import re

_OUT = frozenset(
    ("הסר", "הסירו", "להסיר", "הסרה", "הסירני", "תסירו", "תוריד", "תורידו", "הפסק", "הפסיקו", "להפסיק", "עצור", "עצרו")
    + ("stop", "stopall", "unsubscribe", "opt out", "optout")
)
_OUT_PHRASES = (
    re.compile(r"(?:להסיר|הסירו|תסירו|תורידו|להוריד|הסר) אותי( (?:מרשימת (?:התפוצה|הדיוור)|מהרשימה))?"),
    re.compile(r"(?:תפסיקו|להפסיק|הפסיקו|די|אל ת\w+|לא) (?:לשלוח|שלחו|תשלחו)(?: לי)?(?: יותר)?(?: הודעות)?(?: יותר)?"),
    re.compile(r"(?:נא )?לא לשלוח(?: לי)?(?: יותר)?(?: הודעות)?(?: יותר)?"),
    re.compile(r"(?:please )?(?:stop|don'?t) (?:send(?:ing)?(?: me)?|texting|messaging)(?: me)?(?: messages)?"),
)
_IN = frozenset(("התחל", "התחילו", "חידוש", "הצטרף", "להצטרף", "start", "unstop"))
_NOISE = re.compile(r"[^\w\s']|_")


def _plain(text: str) -> str:
    return " ".join(_NOISE.sub(" ", text.casefold()).split())


def opts_out(text: str) -> bool:
    """The whole message says that no more of them are wanted; a wish among other words is for the assistant."""
    plain = _plain(text).removeprefix("נא ").removesuffix(" בבקשה").removesuffix(" תודה")
    return plain in _OUT or any(pattern.fullmatch(plain) for pattern in _OUT_PHRASES)


def opts_in(text: str) -> bool:
    """The whole message asks for them again."""
    return _plain(text) in _IN
