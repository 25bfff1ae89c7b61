"""No dead air: whoever waits for an answer hears something within four seconds."""

from __future__ import annotations

from calls.conversation.actions import AnyAction, StartTimer, StopTimer

WAITING_TIMER = "waiting"
HOLD_AFTER_MS = 3_000
SHORTEST_MS = 400  # an answer may be about to be heard
MAX_HOLDS = 3  # "one moment" said so often in a row is worth nothing more


class Waiting:
    """Watches the stretches in which an answer is owed and nothing is heard."""

    def __init__(self) -> None:
        self.running = False
        self.held = 0  # times in a row that a caller was held
        self._began_ms: int | None = None  # when something became owed
        self._left: tuple[int, int] | None = None  # when that began which was owed before, and when it was no more
        self._due_ms = 0  # when the caller has waited long enough, as far as known
        self._fires_ms = 0

    def watch(
        self, at_ms: int, *, is_owed: bool, is_coming: bool, goes_on: bool, since_ms: int, lead_ms: int
    ) -> list[AnyAction]:
        """Called after every event.

        `is_coming`: there is something to hear, though perhaps not a sound of it yet; until then it may be cut.
        `goes_on`: the caller makes a sound or presses keys, which interrupts the wait and does not end it. `since_ms`:
        when they last said or heard something. `lead_ms`: what is owed was so already that long ago.
        """
        if not is_owed and not goes_on:
            if self._began_ms is not None:
                self._left = (self._began_ms, at_ms) if is_coming else None
            self._began_ms = None
        elif self._began_ms is None:
            self._began_ms = at_ms - lead_ms
            if self._left is not None and since_ms < self._left[1]:
                self._began_ms = self._left[0]  # an answer was about to be heard, and was not
        self._due_ms = max(self._began_ms or 0, since_ms) + HOLD_AFTER_MS
        if not is_owed:
            return self._stop()
        if self.running and self._fires_ms <= max(self._due_ms, at_ms + SHORTEST_MS):
            return []  # when it fires too early it is started again: what is due moves with every piece of audio
        return self._start(at_ms, max(self._due_ms, at_ms + SHORTEST_MS))

    def is_due(self, at_ms: int) -> bool:
        """The timer fired, and there has been nothing to hear for that long."""
        return self.running and at_ms >= self._due_ms

    def go_on(self, at_ms: int) -> list[AnyAction]:
        """The timer fired too early."""
        return self._start(at_ms, self._due_ms) if self.running else []

    def elapsed(self) -> bool:
        """The caller has waited long enough. False if they were told to wait too often already."""
        self.running = False
        self._began_ms = self._left = None
        self.held += 1
        return self.held <= MAX_HOLDS

    def over(self) -> None:
        """The answer is being heard."""
        self.held = 0

    def _start(self, at_ms: int, fires_ms: int) -> list[AnyAction]:
        self.running, self._fires_ms = True, fires_ms
        return [StartTimer(WAITING_TIMER, fires_ms - at_ms)]

    def _stop(self) -> list[AnyAction]:
        if not self.running:
            return []
        self.running = False
        return [StopTimer(WAITING_TIMER)]
