"""How long a call may last and what it may cost; both ends are announced, and polite."""

from __future__ import annotations

from calls.conversation.actions import AnyAction, StartTimer
from calls.conversation.events import CallFacts

LIMIT_TIMER = "limit"
NOTICE_MS = 60_000  # before the end of a long call
SHORTEST_NOTICE_MS = 20_000
AFTER_COST_MS = 30_000  # between the notice and the end, where money is the limit


class Limits:
    """`noticed`: the caller was told that the call ends soon; `reached`: nothing takes the goodbye back."""

    def __init__(self, facts: CallFacts) -> None:
        self._max_ms = facts.max_call_ms
        self._max_cost = facts.max_cost_microusd
        self._noticed = False
        self.reached = False
        self.spent_microusd = 0

    def begin(self) -> list[AnyAction]:
        return [StartTimer(LIMIT_TIMER, max(SHORTEST_NOTICE_MS, self._max_ms - NOTICE_MS))]

    def spend(self, microusd: int) -> bool:
        """Count what a response cost. True if the caller must now be told that the call ends soon."""
        self.spent_microusd += microusd
        return bool(self._max_cost) and self.spent_microusd >= self._max_cost and not self._noticed

    def notice(self, *, of_cost: bool = False) -> list[AnyAction]:
        """The caller is told; the end comes a while later."""
        self._noticed = True
        return [StartTimer(LIMIT_TIMER, AFTER_COST_MS if of_cost else min(NOTICE_MS, self._max_ms // 2))]

    def elapsed(self) -> bool:
        """The timer fired. True if the end has come, false if it is time for the notice."""
        self.reached = self._noticed
        return self.reached
