"""Phone numbers as the carrier writes them."""

from __future__ import annotations

from crm.phones import normalize_phone

LONGEST = 40


def number_of(raw: str) -> str:
    """The number as E.164, empty if it is withheld or none."""
    raw = raw.strip()
    if len(raw) > LONGEST or "\x00" in raw:  # a NUL would not reach the database
        return ""
    return normalize_phone(raw) or ""
