"""Patience with a silent caller: no unprompted word before 15 s, one question, then a goodbye."""

from __future__ import annotations

from enum import Enum

SILENCE_TIMER = "silence"
PATIENCE_MS = 15_000


class Silence(Enum):
    PATIENT = "patient"
    ASKED = "asked"
    LEAVING = "leaving"


class Watch:
    """Counts the stretches in which nobody said anything."""

    def __init__(self) -> None:
        self.stage = Silence.PATIENT
        self.running = False

    def broken(self) -> None:
        """The caller said or keyed something."""
        self.stage = Silence.PATIENT

    def elapsed(self) -> Silence:
        """A whole stretch of silence went by. Returns what it means now."""
        self.running = False
        self.stage = Silence.ASKED if self.stage is Silence.PATIENT else Silence.LEAVING
        return self.stage
