"""Patience with a silent caller: no unprompted word before 15 s, one question, then a goodbye.

A caller who asked to wait is told once, after 3 s, that we are still there.
"""

from __future__ import annotations

from enum import Enum

SILENCE_TIMER = "silence"
PATIENCE_MS = 15_000
ASKED_TO_WAIT_MS = 3_000


class Silence(Enum):
    PATIENT = "patient"
    HELD = "held"
    ASKED = "asked"
    LEAVING = "leaving"


class Watch:
    """Counts the stretches in which nobody said anything."""

    def __init__(self) -> None:
        self.stage = Silence.PATIENT
        self.running = False
        self._asked_to_wait = False
        self._reassured = False

    @property
    def patience_ms(self) -> int:
        """How long the next stretch may be."""
        return ASKED_TO_WAIT_MS if self._asked_to_wait and not self._reassured else PATIENCE_MS

    def broken(self) -> None:
        """The caller said or keyed something."""
        self.stage = Silence.PATIENT
        self._asked_to_wait = False

    def asked_to_wait(self) -> None:
        self._asked_to_wait = True

    def elapsed(self) -> Silence:
        """A whole stretch of silence went by. Returns what it means now."""
        self.running = False
        if self._asked_to_wait and not self._reassured:
            self._reassured = True
            return Silence.HELD
        self.stage = Silence.ASKED if self.stage is Silence.PATIENT else Silence.LEAVING
        return self.stage
