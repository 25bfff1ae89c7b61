"""Digits keyed during a call: they collect, `#` commits, `*` clears, or reads the menu when there is nothing to clear.

A number that is complete by Israel's numbering plan commits by itself when no further key follows, and so does a
key of the menu pressed alone while no number is asked for.
"""

from __future__ import annotations

from enum import Enum

MENU_KEYS = ("0", "1", "2")
MAX_DIGITS = 15  # E.164; a longer burst is kept just too long to be a number, and refused as one


class Keyed(Enum):
    COLLECTING = "collecting"
    COMPLETE = "complete"  # commits by itself unless another key follows
    CHOICE = "choice"  # likewise: a key of the menu
    COMMITTED = "committed"
    CLEARED = "cleared"
    MENU = "menu"  # to be read aloud
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

    @property
    def busy(self) -> bool:
        """Digits are arriving."""
        return bool(self.digits)

    def press(self, key: str, *, number_asked: bool = False) -> Keyed:
        if key == "*":
            cleared, self.digits = self.digits, ""
            return Keyed.CLEARED if cleared or number_asked else Keyed.MENU
        if key == "#":
            return Keyed.COMMITTED if self.digits else Keyed.IGNORED
        if not (key.isdigit() and key.isascii()):
            return Keyed.IGNORED
        if len(self.digits) <= MAX_DIGITS:
            self.digits += key
        if self.digits in MENU_KEYS and not number_asked:
            return Keyed.CHOICE
        return Keyed.COMPLETE if is_complete(self.digits) else Keyed.COLLECTING

    def take(self) -> str:
        """The committed digits; the pad is empty afterwards."""
        digits, self.digits = self.digits, ""
        return digits
