"""Digits keyed during a call: they collect, `#` commits, `*` clears.

A number that is complete by Israel's numbering plan commits by itself when no further key follows.
"""

from __future__ import annotations

from enum import Enum

MAX_DIGITS = 15  # E.164


class Keyed(Enum):
    COLLECTING = "collecting"
    COMPLETE = "complete"  # commits by itself unless another key follows
    COMMITTED = "committed"
    CLEARED = "cleared"
    IGNORED = "ignored"


def is_complete(digits: str) -> bool:
    """Whether these digits are a whole Israeli number, by length: 05… and 07… ten digits, others 0… nine."""
    if digits.startswith(("05", "07")):
        return len(digits) == 10
    if digits.startswith("0"):
        return len(digits) == 9
    return digits.startswith("5") and len(digits) == 9


class Keypad:
    """The digits keyed so far."""

    def __init__(self) -> None:
        self.digits = ""

    def press(self, key: str) -> Keyed:
        if key == "*":
            self.digits = ""
            return Keyed.CLEARED
        if key == "#":
            return Keyed.COMMITTED if self.digits else Keyed.IGNORED
        if not (key.isdigit() and key.isascii()) or len(self.digits) >= MAX_DIGITS:
            return Keyed.IGNORED
        self.digits += key
        return Keyed.COMPLETE if is_complete(self.digits) else Keyed.COLLECTING

    def take(self) -> str:
        """The committed digits; the pad is empty afterwards."""
        digits, self.digits = self.digits, ""
        return digits
