"""Patience with a silent caller: no unprompted word before 15 s, one question, then a goodbye.

A caller who asked to wait is told once, 3 s after they asked, that we are still there.
"""

from __future__ import annotations

from enum import Enum

SILENCE_TIMER = "silence"
PATIENCE_MS = 15_000
ASKED_TO_WAIT_MS = 3_000
BEGINS_MS = 500  # from asking the assistant to speak until it is heard
SHORTEST_MS = 100
ANSWERED_AFTER_MS = 6_000  # something else was heard since: the call went on by itself


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
        self._asked_to_wait_ms: int | None = None  # when the caller did
        self._reassured = False

    def patience_ms(self, at_ms: int) -> int:
        """How long the stretch that begins now may be."""
        if self._asked_to_wait_ms is not None and at_ms - self._asked_to_wait_ms > ANSWERED_AFTER_MS:
            self._asked_to_wait_ms = None
        if self._asked_to_wait_ms is None or self._reassured:
            return PATIENCE_MS
        return max(SHORTEST_MS, self._asked_to_wait_ms + ASKED_TO_WAIT_MS - BEGINS_MS - at_ms)

    @property
    def is_asked_to_wait(self) -> bool:
        """The caller wants a moment without a word of ours."""
        return self._asked_to_wait_ms is not None

    def broken(self) -> None:
        """The caller said or keyed something."""
        self.stage = Silence.PATIENT
        self._asked_to_wait_ms = None

    def asked_to_wait(self, at_ms: int) -> None:
        """The sentence that asked for it ended then."""
        self._asked_to_wait_ms = at_ms

    def elapsed(self) -> Silence:
        """A whole stretch of silence went by. Returns what it means now."""
        self.running = False
        if self._asked_to_wait_ms is not None and not self._reassured:
            self._reassured = True
            return Silence.HELD
        self.stage = Silence.ASKED if self.stage is Silence.PATIENT else Silence.LEAVING
        return self.stage
