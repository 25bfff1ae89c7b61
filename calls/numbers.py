"""Phone numbers as the carrier writes them."""

from __future__ import annotations

from crm.phones import normalize_phone

LONGEST = 40
# What carriers send for a withheld number, some of it spelled on a keypad (ANONYMOUS, RESTRICTED …).
_WITHHELD = frozenset(("anonymous", "restricted", "unavailable", "unknown", "blocked")) | frozenset(
    ("+266696687", "+7378742833", "+86282452253", "+8656696", "+2562533")
)


def called_number(raw: str) -> str:
    """The number as E.164, empty if it is none."""
    raw = raw.strip()
    if len(raw) > LONGEST or "\x00" in raw:  # a NUL would not reach the database
        return ""
    return normalize_phone(raw) or ""


def caller_phone(raw: str) -> str:
    """The caller's number as E.164, empty if it is withheld or none."""
    return "" if raw.strip().lower() in _WITHHELD else called_number(raw)
