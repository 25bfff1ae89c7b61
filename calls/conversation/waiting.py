"""No dead air: whoever waits for an answer hears something within four seconds."""

from __future__ import annotations

from calls.conversation.actions import AnyAction, StartTimer, StopTimer

WAITING_TIMER = "waiting"
HOLD_AFTER_MS = 3_000
SHORTEST_MS = 100
MAX_HOLDS = 3  # "one moment" said so often in a row is worth nothing more


class Waiting:
    """Watches the stretches in which an answer is owed and nothing is heard."""

    def __init__(self) -> None:
        self.running = False
        self.held = 0  # times in a row that a caller was held
        self._since_ms: int | None = None  # when the wait began

    def watch(self, at_ms: int, *, is_owed: bool, is_heard: bool, waited_ms: int = 0) -> list[AnyAction]:
        """Called after every event. `is_heard`: the caller makes a sound; `waited_ms`: so long they wait already."""
        if is_owed and not self.running:
            self.running = True
            self._since_ms = at_ms - waited_ms if self._since_ms is None else self._since_ms
            return [StartTimer(WAITING_TIMER, max(SHORTEST_MS, self._since_ms + HOLD_AFTER_MS - at_ms))]
        if not is_owed and not is_heard:
            self._since_ms = None
        if not is_owed and self.running:
            self.running = False
            return [StopTimer(WAITING_TIMER)]
        return []

    def caller_spoke(self) -> None:
        """Something worth an answer: the wait begins anew. A cough does not end it."""
        self._since_ms = None

    def go_on(self, ms: int) -> list[AnyAction]:
        """It is not so late yet: there was something to hear until a while ago."""
        self.running = True
        return [StartTimer(WAITING_TIMER, ms)]

    def elapsed(self) -> bool:
        """The caller has waited long enough. False if they were told to wait too often already."""
        self.running = False
        self._since_ms = None
        self.held += 1
        return self.held <= MAX_HOLDS

    def over(self) -> None:
        """The answer is being heard."""
        self.held = 0
